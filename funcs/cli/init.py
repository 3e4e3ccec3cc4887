"""``funcs init``: makes a folder a function by writing its function.yaml, and nothing else."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.cli.terminal import paint_for
from funcs.emulator.text import printable

if TYPE_CHECKING:
    from funcs.adopt.adoption import Adoption
    from funcs.adopt.inventory import Row

_EPILOG = "code is read, never run; what is there is never changed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the folder, and what to serve where that cannot be told."""
    add = parser.add_argument
    parser.epilog = _EPILOG
    add("path", nargs="?", default=".", type=Path, metavar="PATH", help="folder or .py file (.)")
    entry = parser.add_mutually_exclusive_group()
    entry.add_argument("--handler", default="", metavar="M:F", help="serve it, e.g. main:handler")
    entry.add_argument(
        "--graph", default="", metavar="M:G", help="serve it: a graph, or a funcs.Model class"
    )
    add("--name", default="", metavar="N", help="the function's name (the folder's)")
    add("--dry-run", action="store_true", help="print function.yaml and write nothing")


def run(args: argparse.Namespace) -> int:
    """Say what was found, write function.yaml, say what is left to do; 1 if nothing was written."""
    from funcs.adopt.adoption import Adoption, Wish
    from funcs.cli.check import examine, show

    adoption = Adoption.of(args.path, Wish(args.handler, args.graph, args.name))
    paint = paint_for(sys.stdout, os.environ)
    print(_table(adoption.found, paint("found", "bold")))
    if not adoption.text:
        print(f"{paint('wrote nothing', 'bold')}: nothing of it can be served yet")
        _list(paint("to do", "bold"), adoption.to_do)
        return 1
    if args.dry_run:
        print(f"{paint('would write', 'bold')} {adoption.file}\n\n{adoption.text}")
        _list(paint("to do", "bold"), adoption.to_do)
        return 0
    adoption.write()
    print(f"{paint('wrote', 'bold')} {adoption.file}\n")
    report = examine(adoption.file.parent, static=True, timeout_s=0.0)
    show(report, sys.stdout)
    print()
    _list(paint("to do", "bold"), adoption.to_do)
    print(_next(adoption))
    return 0


def _table(rows: Sequence[Row], head: str) -> str:
    cells = [tuple(map(printable, (row.kind, row.name, row.about))) for row in rows]
    wide, names = (max(len(row[at]) for row in cells) for at in (0, 1))
    lines = [f"  {kind:<{wide}}  {name:<{names}}  {about}".rstrip() for kind, name, about in cells]
    return "\n".join([head, *lines, ""])


def _list(head: str, sentences: Sequence[str]) -> None:
    if sentences:
        print("\n".join([head, *(f"  - {printable(sentence)}" for sentence in sentences), ""]))


def _next(adoption: Adoption) -> str:
    folder = adoption.file.parent
    steps = [] if folder == Path() else [f"cd {folder}"]
    return "\n".join(["next:", "", *(f"  {step}" for step in [*steps, "funcs check", "funcs run"])])
