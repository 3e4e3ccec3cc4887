"""`funcs delete`: remove deployed functions."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from funcs.cli.carry import tell_interrupted
from funcs.cli.targets import add_target_arguments, function_meant, platform_at, without_noun
from funcs.errors import DeployError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the names and where they are."""
    add = parser.add_argument
    add("names", nargs="+", metavar="NAME", help="of functions")
    add("--force", action="store_true", help="though a deploy goes on, or a gateway leads to it")
    add_target_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Remove them; one that is not there is no error, and is told, as it may be a slip."""
    from funcs.deploy.platform import missing

    names = without_noun(args.names)
    if not names:
        raise DeployError("which function? none is named", fix="funcs delete NAME")
    folder = Path.cwd()
    for word in names:
        name, target = function_meant(args, word, folder)
        with platform_at(target, args, folder) as platform:
            was_there = platform.function(name) is not None
            try:
                platform.delete(name, force=args.force)
            except KeyboardInterrupt:
                tell_interrupted(name, f"funcs delete {name} to wait again")
                return 130
            if was_there:
                print(f"{name} is deleted")
            else:
                error = missing(platform, name, target)
                print(f"note: {error.what}; {error.fix}", file=sys.stderr)
    return 0
