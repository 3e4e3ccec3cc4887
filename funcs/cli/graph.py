"""``funcs graph``: what a function's graph does, as text, mermaid or JSON."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.errors import GraphError

if TYPE_CHECKING:
    from funcs.graph import Plan

_ASCII = str.maketrans({"└": "`", "├": "|", "│": "|", "─": "-", "→": ">", "·": "-"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the function's place and the form."""
    add = parser.add_argument
    add("path", nargs="?", default=".", type=Path, metavar="PATH", help="the function's folder (.)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--mermaid", action="store_true", help="as mermaid, for a README or a page")
    form.add_argument("--json", action="store_true", help="as JSON: the steps in running order")


def run(args: argparse.Namespace) -> int:
    """Print the graph; the function's code is imported for that, no model is loaded."""
    with contextlib.redirect_stdout(sys.stderr):  # what user code prints is not the drawing
        plan = load_plan(args.path)
    if args.json:
        print(json.dumps(_to_dict(plan), ensure_ascii=False, indent=2))
        return 0
    from funcs.graph.draw import to_mermaid, to_text

    text = to_mermaid(plan) if args.mermaid else to_text(plan)
    print(text if _can_print(text) else text.translate(_ASCII))
    return 0


def load_plan(path: Path) -> Plan:
    """The plan of the graph of the function at ``path``.

    Raises:
        FuncsError: there is no function, it has no graph, or the graph cannot run.
    """
    from funcs.graph.named import plan_of
    from funcs.loader import load_object
    from funcs.spec import FunctionSpec

    spec = FunctionSpec.of(path)
    if not spec.is_graph:
        what = f"the function {spec.name!r} has no graph: its handler is {spec.handler!r}"
        fix = "name one in spec.runtimeAttributes.funcs.graph, e.g. 'main:graph'"
        raise GraphError(what, where=str(spec.file or spec.folder), fix=fix)
    found = load_object(spec.settings.graph, folder=spec.folder)
    return plan_of(found, spec.settings.graph, where=str(spec.folder))


def _to_dict(plan: Plan) -> dict[str, object]:
    steps = [
        {
            "name": step.name,
            "kind": step.kind,
            "after": list(step.after),
            "models": [route.key for route in step.routes],
        }
        for step in plan.steps
    ]
    return {"name": plan.name, "answers": plan.responder, "steps": steps}


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
