"""`funcs enable`: start a deployed function that was stopped."""

from __future__ import annotations

import argparse
from pathlib import Path

from funcs.cli.carry import tell_interrupted
from funcs.cli.targets import add_target_arguments, named_function, platform_at


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the name and where it is."""
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="of the function; else that of this folder")
    add_target_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Start it and wait until it serves."""
    return switch(args, on=True)


def switch(args: argparse.Namespace, *, on: bool) -> int:
    """Start or stop the function; 0 when it is so."""
    folder = Path.cwd()
    name, target = named_function(args, args.names, folder)
    with platform_at(target, args, folder) as platform:
        try:
            function = platform.enable(name, on=on)
        except KeyboardInterrupt:
            word = "enable" if on else "disable"
            tell_interrupted(name, f"funcs {word} {name} to wait again")
            return 130
    print(f"{function.name} is {function.state}")
    return 0
