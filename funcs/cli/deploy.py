"""`funcs deploy`: put a function on a platform, and wait until it serves."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from funcs.cli.carry import carry_out
from funcs.cli.targets import add_target_arguments, platform_at, resolve_target
from funcs.errors import DeployError

if TYPE_CHECKING:
    from funcs.deploy.prepare import Order, Prepared
    from funcs.spec import FunctionSpec

_EPILOG = """\
examples:
  funcs deploy --url http://localhost:8070          the image that funcs build made
  funcs deploy -i shop/digits:2 -e RATE=3 --dry-run what would be sent, and nothing more
  funcs deploy --platform kube --output manifest    manifests for git, or another tool
  funcs deploy --platform docker --watch            run it here, and swap it whenever it is saved
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the function, what it is deployed as, and where."""
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("path", nargs="?", default=".", type=Path, metavar="PATH", help="the function's folder (.)")
    add(
        "-i", "--image", "--run-image", default="", metavar="IMAGE", help="instead of the one built"
    )
    add("-r", "--registry", default="", metavar="HOST", help="where the platform finds images")
    add("-e", "--env", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    add(
        "--volume",
        action="append",
        default=[],
        metavar="FROM:TO",
        help="a folder of the platform's host; may be repeated",
    )
    add("--build", action="store_true", help="build the image first")
    add("--base", default="", metavar="B", help="with --build or --watch: as in funcs build")
    add("--watch", action="store_true", help="build and deploy whenever a file is saved")
    add("--source", action="store_true", help="let Nuclio build from the source")
    add(
        "--wheels",
        type=Path,
        metavar="DIR",
        help="with --source: wheels, so that no index is asked",
    )
    add(
        "--serve-at", default="", metavar="HOST:PORT", help="with --source: where Nuclio fetches it"
    )
    add("--canary", type=_percent, default=0, metavar="PERCENT", help="share of the events")
    add("--gateway", default="", metavar="HOST", help="with --canary: what clients call")
    add(
        "--kind",
        choices=["deployment", "nuclio"],
        default="deployment",
        help="in Kubernetes: a Deployment with Service and autoscaler, or a NuclioFunction",
    )
    add(
        "--publish",
        default="",
        metavar="[HOST:]PORT",
        help="on Docker: where it is called (127.0.0.1, the first port that is free from 8080 on)",
    )
    add("--trust-image", action="store_true", help="send an image that nobody can look into")
    add("--dry-run", action="store_true", help="print what would be sent; send nothing")
    add_form(parser, "manifest")
    add_target_arguments(parser)


def add_form(parser: argparse.ArgumentParser, *more: str) -> None:
    """Take the form of what is printed."""
    choices = ["text", "yaml", "json", *more]
    parser.add_argument("-o", "--output", choices=choices, default="text", help="(text)")


def run(args: argparse.Namespace) -> int:
    """Deploy; 0 if the function serves, or serves already."""
    _refuse_contradictions(args)
    if not args.watch:
        return _deploy(args)
    from funcs.cli.redeploy import deploy_on_save

    args.build = True
    resolve_target(args, args.path)
    folder = args.path if args.path.is_dir() else args.path.parent
    return deploy_on_save(folder, lambda: _deploy(args), os.environ)


def _deploy(args: argparse.Namespace) -> int:
    from funcs.deploy.engine import Engine
    from funcs.deploy.prepare import prepare
    from funcs.spec import FunctionSpec

    spec = FunctionSpec.of(args.path)
    order = _order(args, spec)
    if args.build and args.dry_run:
        order = _with_planned_image(order)
    elif args.build:
        says = sys.stdout if args.output == "text" else sys.stderr
        _build(args.path, order.target.registry, args.base, says)
    engine = Engine(os.environ)
    if args.dry_run or args.output == "manifest":
        prepared = prepare(order, engine, None)
        return _show(prepared, args.output)
    with platform_at(order.target, args, spec.folder, spec) as platform:
        prepared = prepare(order, engine, platform)
        _note(prepared)
        return carry_out(prepared.plan, prepared.files, platform, spec.folder, args.output)


def _order(args: argparse.Namespace, spec: FunctionSpec) -> Order:
    from funcs.deploy.document import Additions
    from funcs.deploy.prepare import Order

    target = resolve_target(args, args.path, spec)
    if args.publish and target.platform != "docker":
        fix = "say attributes.port of the http trigger; or add --platform docker"
        raise DeployError("--publish is for plain Docker", fix=fix)
    return Order(
        spec=spec,
        target=target,
        additions=Additions.of(args.env, args.volume),
        image=args.image,
        is_source=args.source,
        wheels=args.wheels,
        kind=args.kind,
        canary=args.canary,
        trusts_image=args.trust_image,
        publish=args.publish,
    )


def _refuse_contradictions(args: argparse.Namespace) -> None:
    pairs = [
        ("--source", args.source, "--image", args.image),
        ("--source", args.source, "--build", args.build),
        ("--image", args.image, "--build", args.build),
        ("--canary", args.canary, "--source", args.source),
        ("--watch", args.watch, "--image", args.image),
        ("--watch", args.watch, "--source", args.source),
        ("--watch", args.watch, "--dry-run", args.dry_run),
        ("--watch", args.watch, "--output manifest", args.output == "manifest"),
    ]
    for one, is_one, other, is_other in pairs:
        if is_one and is_other:
            raise DeployError(f"{one} and {other} exclude each other", fix="leave one out")
    if args.base and not (args.build or args.watch):
        raise DeployError("--base is for an image that is built now", fix="add --build")
    if args.wheels and not args.source:
        raise DeployError("--wheels is for builds from source", fix="add --source")


def _build(path: Path, registry: str, base: str, says: TextIO) -> None:
    """Run `funcs build` on the same function, for where the platform finds images.

    ``says`` is where its report goes: not to stdout where a program reads that.
    """
    from funcs.cli import build
    from funcs.cli.parser import command_parser

    parser = command_parser("build", "build the image")
    build.add_arguments(parser)
    said = {"--registry": registry, "--base": base}
    words = [str(path), *(f"{flag}={value}" for flag, value in said.items() if value)]
    with redirect_stdout(says):
        code = build.run(parser.parse_args(words))
    if code:
        raise DeployError(f"the build ended with exit code {code}")


def _with_planned_image(order: Order) -> Order:
    """The order with the image that `funcs build` would make of the function, by its name."""
    from funcs.packaging.delivery import Delivery
    from funcs.packaging.destination import Destination
    from funcs.packaging.facts import FunctionFacts

    place = Destination.of(FunctionFacts.of(order.spec), registry=order.target.registry)
    with closing(Delivery.settle(place, os.environ, builds_in_engine=False)) as delivery:
        name, is_file = delivery.place.reference.familiar, delivery.place.path is not None
    _say(f"nothing is built: {name} would be; until then nobody knows its digest, and the plan's")
    if is_file:
        note = "no Docker engine answers: the image would be written to a file, which the platform"
        _say(f"{note} cannot read: push it with -r HOST")
    return replace(order, to_be_built=name)


def _show(prepared: Prepared, form: str) -> int:
    from funcs.deploy.show import shown

    _note(prepared)
    print(shown(prepared.plan, form))
    return 0


def _note(prepared: Prepared) -> None:
    for note in prepared.notes:
        _say(note)


def _say(note: str) -> None:
    print(f"note: {note}", file=sys.stderr)


def _percent(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 99:
        raise argparse.ArgumentTypeError("a whole number from 1 to 99")
    return int(text)
