"""`funcs describe`: one deployed function, with what went wrong if something did."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.cli.targets import add_target_arguments, named_function, platform_at

if TYPE_CHECKING:
    from funcs.deploy.deployed import Deployed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the name and where to look."""
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="of the function; else that of this folder")
    add_target_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print it; 0 if it serves."""
    from funcs.deploy.platform import missing

    folder = Path.cwd()
    name, target = named_function(args, args.names, folder)
    with platform_at(target, args, folder) as platform:
        function = platform.function(name)
        if function is None:
            raise missing(platform, name, target)
    print("\n".join(_lines(function)))
    return 0 if function.is_serving else 1


def _lines(function: Deployed) -> list[str]:
    facts = {
        "name": function.name,
        "namespace": function.namespace,
        "project": function.project,
        "state": function.state,
        "replicas": function.replicas,
        "image": function.image,
        "urls": ", ".join(function.urls),
        "plan": function.plan or "deployed by others",
    }
    lines = [f"{name:<10} {text}" for name, text in facts.items() if text]
    if function.message and not function.is_serving:
        from funcs.deploy.failure import failure
        from funcs.emulator.text import printable

        error = failure(function.name, function.message, "", Path())
        told = [printable(line) for line in error.lines if line not in error.what]
        lines += ["", *told, str(error)]
    return lines
