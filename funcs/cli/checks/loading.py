"""Has a function loaded by a child process, so that its side effects stay out of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from funcs._data import data_folder
from funcs.cli.checks.finding import Check, Finding
from funcs.emulator.image_folder import ImageFolder

#: Beside the models' own time: to start Python and import what the function imports.
_START_S = 60.0
_LAST_LINES = 5


@dataclass(frozen=True, slots=True)
class Function:
    """What is to be loaded: a ``graph`` if there is one, else the ``handler``.

    ``environ`` is what the function itself sets (``spec.env``). ``is_async``: a trigger of its has
    `mode: async`.
    """

    name: str
    folder: Path
    handler: str
    graph: str
    environ: Mapping[str, str]
    is_async: bool = False


def check_loading(
    function: Function, environ: Mapping[str, str], *, timeout_s: float, start_s: float = _START_S
) -> list[Check]:
    """Load it as a worker would; ``environ`` is what the child inherits.

    ``timeout_s`` bounds the loading of the models, ``start_s`` what comes before.
    """
    name = "graph" if function.graph else "handler"
    with tempfile.TemporaryDirectory(prefix="funcs-check-") as temporary:
        job, result = Path(temporary, "job.json"), Path(temporary, "result.json")
        task = {
            "folder": str(function.folder.resolve()),
            "handler": function.handler,
            "graph": function.graph,
            "is_async": function.is_async,
            "timeout_s": timeout_s,
            "result": str(result),
        }
        job.write_text(json.dumps(task), "utf-8")
        try:
            child = _run(job, function, environ, timeout_s + start_s)
        except subprocess.TimeoutExpired:
            what = f"importing the {name} did not end within {timeout_s + start_s:g} s"
            fix = "start servers and loops in init_context or load, not at the module's top"
            return [Check(name, failures=(Finding(what, fix=fix),))]
        if not result.is_file():
            return [Check(name, failures=(_crash(name, child),))]
        return [_check(each) for each in json.loads(result.read_text("utf-8"))]


def _run(
    job: Path, function: Function, environ: Mapping[str, str], limit_s: float
) -> subprocess.CompletedProcess[str]:
    shown = ImageFolder.of(function.folder, function.environ.values())
    return subprocess.run(
        [
            *shown.head(sys.executable),
            sys.executable,
            "-P",
            "-m",
            "funcs.cli.checks.probe",
            str(job),
        ],
        env=_environment(function, environ),
        cwd=function.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=limit_s,
        check=False,
    )


def _environment(function: Function, environ: Mapping[str, str]) -> dict[str, str]:
    """A worker's: its own folders come first on sys.path."""
    folders = [str(function.folder.resolve())]
    if function.graph:
        folders.append(str(data_folder("handlers") / "serving"))
    if "PYTHONPATH" in environ:
        folders.append(environ["PYTHONPATH"])
    own = {"PYTHONPATH": os.pathsep.join(folders), "PYTHONIOENCODING": "utf-8"}
    own["PYTHONDONTWRITEBYTECODE"] = "1"  # a check leaves nothing behind
    return {**environ, **function.environ, **own}


def _crash(name: str, child: subprocess.CompletedProcess[str]) -> Finding:
    """The child left no result: the user's code ended it."""
    how = f"signal {-child.returncode}" if child.returncode < 0 else f"exit code {child.returncode}"
    last = " | ".join(child.stderr.strip().splitlines()[-_LAST_LINES:])
    what = f"loading the {name} ended the process ({how}){': ' if last else ''}{last}"
    return Finding(what, fix="do not end the process where the function is imported or loaded")


def _check(form: dict[str, object]) -> Check:
    """A Check as the child wrote it."""
    name, said, failures, notes = form["name"], form["said"], form["failures"], form["notes"]
    return Check(str(name), str(said), _findings(failures), _findings(notes))


def _findings(forms: object) -> tuple[Finding, ...]:
    return tuple(Finding(**each) for each in forms) if isinstance(forms, list) else ()
