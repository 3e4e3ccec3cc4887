"""`funcs rollback`: carry out again the plan before the last one."""

from __future__ import annotations

import argparse
from pathlib import Path

from funcs.cli.carry import apply, said
from funcs.cli.deploy import add_form
from funcs.cli.targets import add_target_arguments, platform_at, resolve_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the function and where it is deployed."""
    add = parser.add_argument
    add("path", nargs="?", default=".", type=Path, metavar="PATH", help="the function's folder (.)")
    add("--canary", action="store_true", help="of the function's canary")
    add("--dry-run", action="store_true", help="print what would be sent; send nothing")
    add_form(parser)
    add_target_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Go back; 0 if the function serves as it did before."""
    from funcs.deploy.history import History
    from funcs.deploy.moved import refuse_moved_image
    from funcs.deploy.prepare import CANARY
    from funcs.deploy.show import shown
    from funcs.spec import FunctionSpec

    spec = FunctionSpec.of(args.path)
    target = resolve_target(args, args.path, spec)
    name = spec.name + (CANARY if args.canary else "")
    history = History(spec.folder, name, target.place)
    history.latest()  # there is one, before anybody is asked
    with platform_at(target, args, spec.folder, spec) as platform:
        there = platform.function(name)
        entry = history.to_go_back_to(there.plan if there is not None else "")
        if there is not None and target.platform != "docker":  # which knows images by their ids
            refuse_moved_image(entry.plan, there)
        if args.dry_run:
            print(shown(entry.plan, args.output))
            return 0
        files = {file: history.file(digest) for file, digest in entry.plan.files.items()}
        outcome = apply(entry.plan, files, platform)
    if outcome is None:
        return 130
    history.go_back_to(entry)
    print(said(entry.plan, outcome, args.output))
    return 0
