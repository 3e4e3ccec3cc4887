"""`funcs get`: the functions that a platform has."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from funcs.cli.targets import (
    add_target_arguments,
    function_meant,
    platform_at,
    target_of,
    without_noun,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take names, the form and where to look."""
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="of functions; all without one")
    add("-o", "--output", choices=["text", "wide", "json", "yaml"], default="text")
    add_target_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print a table, or what the platform says of each."""
    from funcs.deploy.masking import masked
    from funcs.deploy.platform import missing
    from funcs.deploy.show import table, written

    folder = Path.cwd()
    names = without_noun(args.names)
    if len(names) == 1:
        names[0], target = function_meant(args, names[0], folder)
    else:
        target = target_of(args, "", folder)
    with platform_at(target, args, folder) as platform:
        if names:
            found = [platform.function(name) for name in names]
        else:
            found = [*platform.functions(args.project_name)]
        for name, each in zip(names, found, strict=False):
            if each is None:
                raise missing(platform, name, target)
    functions = [each for each in found if each is not None]
    if args.output in ("json", "yaml"):
        documents = [masked(dict(each.document)) for each in functions]
        as_json = args.output == "json"
        print(json.dumps(documents, indent=2) if as_json else written(documents))
    else:
        print(table(functions, is_wide=args.output == "wide"))
    return 0
