"""`funcs run`: serve a function here, as Nuclio would, with what a developer needs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.cli.terminal import paint_for
from funcs.errors import FuncsError

if TYPE_CHECKING:
    from funcs.emulator.console import Console

_LEVELS = ("1.14", "1.15")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the function is, and how to serve it."""
    add = parser.add_argument
    add("path", nargs="?", default=".", metavar="PATH", help="the function's folder (.)")
    add("--workers", type=_count, default=0, metavar="N", help="how many, over function.yaml's")
    add("--port", type=_port, metavar="P", help="8080, or the next free one; 0 for any")
    add("--watch", action="store_true", help="reload whenever a file is saved")
    add(
        "--debug",
        action="store_true",
        help="one worker on this terminal and no timeouts, for breakpoint() in a handler",
    )
    add("--nuclio", choices=_LEVELS, default="", metavar="LEVEL", help="1.14 or 1.15 (1.15)")
    add("--json", action="store_true", help="print JSON lines")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C; 0 then."""
    if sys.platform == "win32":
        print("error: funcs run needs a POSIX system\n  fix: run it in WSL", file=sys.stderr)
        return 2
    from funcs.emulator.emulator import Emulator  # --help does without
    from funcs.emulator.options import Options

    options = Options(
        path=Path(args.path),
        workers=args.workers,
        port=args.port,
        watch=args.watch,
        debug=args.debug,
        nuclio=args.nuclio,
    )
    out = console(as_json=args.json)
    try:
        return Emulator(options, out, os.environ).run()
    except FuncsError as error:
        if not args.json:
            raise
        for problem in getattr(error, "problems", (error,)):
            out.trouble(problem)
        return 1


def console(*, as_json: bool) -> Console:
    """Where it speaks: JSON lines, or text that is coloured on a terminal."""
    from funcs.emulator.console import JsonConsole, TextConsole

    if as_json:
        return JsonConsole(sys.stdout)
    return TextConsole(sys.stdout, paint_for(sys.stdout, os.environ))


def _count(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _port(text: str) -> int:
    number = _whole(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("from 0 to 65535")
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
