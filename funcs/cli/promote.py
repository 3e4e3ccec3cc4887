"""`funcs promote`: the canary becomes the function that serves."""

from __future__ import annotations

import argparse
from pathlib import Path

from funcs.cli.carry import carry_out
from funcs.cli.deploy import add_form
from funcs.cli.targets import add_target_arguments, platform_at, resolve_target
from funcs.errors import DeployError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the function and where it is deployed."""
    add = parser.add_argument
    add("path", nargs="?", default=".", type=Path, metavar="PATH", help="the function's folder (.)")
    add("--gateway", default="", metavar="HOST", help="what clients call")
    add("--dry-run", action="store_true", help="print what would be sent; send nothing")
    add_form(parser)
    add_target_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Deploy what the canary runs, lead all events to it, and remove the canary."""
    from funcs.deploy.history import History
    from funcs.deploy.prepare import CANARY, needs_gateway
    from funcs.deploy.promote import promotion
    from funcs.deploy.show import shown
    from funcs.spec import FunctionSpec

    spec = FunctionSpec.of(args.path)
    target = resolve_target(args, args.path, spec)
    entry = History(spec.folder, spec.name + CANARY, target.place).current()
    if entry is None:
        fix = "deploy one first: funcs deploy --canary 10"
        raise DeployError(f"no canary of {spec.name!r} was deployed from here", fix=fix)
    plan = promotion(entry.plan, spec.name, target)
    if args.dry_run:
        needs_gateway(target, None)
        print(shown(plan, args.output))
        return 0
    with platform_at(target, args, spec.folder) as platform:
        needs_gateway(target, platform)
        if platform.function(spec.name + CANARY) is None:
            what = f"there is no canary of {spec.name!r} any more"
            raise DeployError(what, where=target.url, fix="deploy it again: funcs deploy --canary")
        code = carry_out(plan, {}, platform, spec.folder, args.output)
        if code == 0:
            platform.delete(spec.name + CANARY, force=False)
    return code
