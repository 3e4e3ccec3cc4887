"""Loads a function in a process of its own, as a worker would, and writes down what happened.

Run by path with a job file; what user code prints goes to the streams, what we found to a file,
so that neither a print nor a crash can garble it.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funcs.cli.checks.distributions import distribution_of
from funcs.cli.checks.finding import Check, Finding, findings
from funcs.errors import FuncsError, LoadError
from funcs.loader import load_object
from funcs.worker.handler import check_async

if TYPE_CHECKING:
    from funcs.graph import Compiled, ModelEntry, Plan


#: The module that hosts a graph; any other is the user's own, around theirs.
_OURS = "function"


def main(job_file: str) -> None:
    """Carry out the job, write the checks beside it, and end, whatever threads still run."""
    job = json.loads(Path(job_file).read_text("utf-8"))
    folder = Path(job["folder"])
    if job["graph"]:
        checks = check_graph(job["graph"], folder, job["timeout_s"])
        is_own = job["handler"].partition(":")[0] not in ("", _OURS)
        if is_own and all(each.is_ok for each in checks):
            checks.append(check_handler(job["handler"], folder, is_async=job["is_async"]))
    else:
        checks = [check_handler(job["handler"], folder, is_async=job["is_async"])]
    text = json.dumps([asdict(check) for check in checks])
    Path(job["result"]).write_text(text, "utf-8")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a user's thread must not keep us


def check_handler(reference: str, folder: Path, *, is_async: bool) -> Check:
    """The handler of a plain Nuclio function: imported, and callable with two arguments.

    Where its trigger ``is_async``, it must be ``async def``.
    """
    try:
        handler = load_object(reference, folder=folder)
    except LoadError as error:
        return Check("handler", failures=_findings(error))
    if not callable(handler):
        what = f"{reference!r} is a {type(handler).__name__}, which cannot be called"
        return Check("handler", failures=(Finding(what, fix=_HANDLER),))
    try:
        inspect.signature(handler).bind(None, None)
    except ValueError:  # a builtin does not say
        pass
    except TypeError as error:
        what = f"{reference!r} cannot be called with a context and an event: {error}"
        return Check("handler", failures=(Finding(what, _line(handler), _HANDLER),))
    try:
        if is_async:
            check_async(handler)
    except LoadError as error:
        return Check("handler", failures=findings(error))
    return Check("handler", f"{reference} takes a context and an event")


_HANDLER = "write it as def handler(context, event)"


def check_graph(reference: str, folder: Path, timeout_s: float) -> list[Check]:
    """The graph: imported, planned, compiled, its models loaded."""
    try:
        plan = _plan(reference, folder)
    except FuncsError as error:
        return [Check("graph", failures=_findings(error))]
    said = f"{reference}: {' → '.join(step.name for step in plan.steps)}"
    try:
        compiled, seconds = _compile(plan, folder, timeout_s)
    except FuncsError as error:
        return [Check("graph", said, _findings(error))]
    return [Check("graph", said), *_models(compiled, seconds, timeout_s)]


def _plan(reference: str, folder: Path) -> Plan:
    graph = load_object(reference, folder=folder)
    from funcs.graph.named import plan_of

    return plan_of(graph, reference)


def _compile(plan: Plan, folder: Path, timeout_s: float) -> tuple[Compiled, float]:
    """The graph with its models loaded side by side, so that each failure is seen."""
    from funcs.context import make_context
    from funcs.graph import compile_plan
    from funcs.logger import Logger

    started = time.monotonic()
    context = make_context(Logger(sys.stderr))
    compiled = compile_plan(plan, context=context, folder=folder, load="async")
    compiled.models.wait(timeout_s)
    return compiled, time.monotonic() - started


def _models(compiled: Compiled, seconds: float, timeout_s: float) -> list[Check]:
    names = compiled.models.names()
    if not names:
        return []
    failures = tuple(_failure(entry, timeout_s) for entry in compiled.models if not entry.ready)
    return [Check("models", f"{', '.join(names)} loaded in {seconds:.1f} s", failures)]


def _failure(entry: ModelEntry, timeout_s: float) -> Finding:
    if not entry.load_error:
        what = f"model {entry.key!r} is still loading after {timeout_s:g} s"
        return Finding(what, fix="give it longer: funcs check --timeout SECONDS")
    # The entry keeps FuncsError.sentence(), which joins its parts like this.
    what, _, rest = entry.load_error.partition("; at ")
    where, _, fix = rest.partition("; ")
    return Finding(what, where, fix)


def _findings(error: FuncsError) -> tuple[Finding, ...]:
    """The error's findings; a missing package with the line that installs it.

    Of one of ours that the user's file raised while it was imported: that one's.
    """
    cause = error.__cause__
    if isinstance(cause, FuncsError):
        return findings(cause)
    if not isinstance(cause, ModuleNotFoundError) or not cause.name:
        return findings(error)
    name = distribution_of(cause.name.partition(".")[0])
    fix = f"pip install {name}, and name it in requirements.txt"
    return tuple(Finding(each.what, each.where, fix) for each in findings(error))


def _line(handler: Any) -> str:
    code = getattr(handler, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""


if __name__ == "__main__":
    main(sys.argv[1])
