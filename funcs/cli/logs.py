"""`funcs logs`: what a deployed function's replicas wrote."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from funcs.cli.numbers import count, duration
from funcs.cli.targets import add_target_arguments, named_function, platform_at
from funcs.cli.terminal import paint_for, without_colours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the name, how much, and where."""
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="of the function; else that of this folder")
    add("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    add("--tail", type=count, default=0, metavar="LINES", help="the last ones alone")
    add(
        "--since",
        type=duration,
        default="",
        metavar="DURATION",
        help="those of the last 10m, 1h30m, ...",
    )
    add_target_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the log as it is; without its colours where no terminal shows them."""
    folder = Path.cwd()
    name, target = named_function(args, args.names, folder)
    with platform_at(target, args, folder) as platform:
        pieces = platform.logs(name, tail=args.tail, since=args.since, follow=args.follow)
        if not paint_for(sys.stdout, os.environ).colour:
            pieces = without_colours(pieces)
        for piece in pieces:
            sys.stdout.write(piece)
            sys.stdout.flush()
    return 0
