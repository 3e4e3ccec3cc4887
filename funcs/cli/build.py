"""``funcs build``: a function becomes an image."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.errors import FuncsError

if TYPE_CHECKING:
    from funcs.packaging.building import Built
    from funcs.packaging.delivery import Delivery
    from funcs.packaging.destination import Destination
    from funcs.packaging.facts import FunctionFacts
    from funcs.packaging.packager import PackedFunction
    from funcs.packaging.planning import Wanted
    from funcs.packaging.workshop import Workshop
    from funcs.progress.build import Lines
    from funcs_builder.cache import Cache

_EPILOG = """where the image goes: to the registry of -r, or of the host that IMAGE begins with; to
the file or folder of -o; else into the Docker engine if one answers, and if none does into
NAME.tar here"""


_MUCH_BYTES = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the function is, what its image is called, made of, and where it goes."""
    add = parser.add_argument
    parser.epilog = _EPILOG
    add("path", nargs="?", default=".", type=Path, metavar="PATH", help="the function's folder (.)")
    add("-i", "--image", default="", help="its name: NAME[:TAG], or HOST/NAME[:TAG] to push it")
    add("-r", "--registry", default="", metavar="R", help="push to this registry: HOST[/FOLDER]")
    add(
        "-o",
        "--output",
        default="",
        metavar="FILE|DIR",
        help="write a .tar for docker load, or an OCI layout folder",
    )
    add("--base", default="", metavar="B", help="an image, ./layout, ./archive.tar, or scratch")
    add(
        "--platform",
        action="append",
        default=[],
        metavar="P",
        help="linux/amd64, linux/arm64; several make one image for all of them",
    )
    add("--engine", choices=["docker"], help="let the Docker engine build it, for steps that run")
    add(
        "--created",
        default="",
        metavar="T",
        help="the image's time: git, now, or seconds since 1970 (SOURCE_DATE_EPOCH, else 0)",
    )
    add("--dry-run", action="store_true", help="print the plan, and build nothing")
    add("--json", action="store_true", help="print one JSON object")
    add("--refresh", action="store_true", help="look for newer packages, and a newer base")
    add(
        "--find-links",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="a folder of wheels",
    )
    add("--no-index", action="store_true", help="take wheels from --find-links alone")
    add("--insecure", action="append", default=[], metavar="HOST", help="a registry without TLS")


def run(args: argparse.Namespace) -> int:
    """Plan the image, make it, bring it to its place, and say what it is; 0 then."""
    from funcs.packaging.building import note_built
    from funcs.packaging.delivery import Delivery
    from funcs.packaging.destination import Destination
    from funcs.packaging.facts import FunctionFacts
    from funcs.packaging.inputs import Inputs
    from funcs.packaging.planning import plans
    from funcs_builder.cache import Cache

    began = time.monotonic()
    cache = Cache.of(os.environ)
    function = FunctionFacts.at(args.path, cache)
    if not (args.engine or args.dry_run):
        function.steps.refuse(function.where)
    asked = Destination.of(function, image=args.image, registry=args.registry, output=args.output)
    delivery = Delivery.settle(asked, os.environ, builds_in_engine=bool(args.engine))
    with contextlib.closing(delivery), _watching(as_json=args.json) as watcher:
        workshop = _workshop(args, cache, watcher)
        inputs = Inputs(function, cache)
        packed = plans(function, _wanted(args, function, delivery), workshop, inputs)
        if args.dry_run:
            _show_plans(packed, delivery, workshop, as_json=args.json)
            return 0
        built = _built(args, packed, delivery, workshop, watcher)
        sbom = _write_sbom(function, packed, delivery.place)
        note_built(function.folder, packed, built, inputs.digests)
        if watcher.packed_bytes > _MUCH_BYTES:  # what is small is cleared away with the next
            cache.collect()
    _show_built(packed, built, delivery, sbom, took_s=time.monotonic() - began, as_json=args.json)
    return 0


def _built(
    args: argparse.Namespace,
    packed: Sequence[PackedFunction],
    delivery: Delivery,
    workshop: Workshop,
    watcher: Lines,
) -> Built:
    from funcs.packaging.building import build, build_in_engine

    reference = delivery.place.reference
    if args.engine and delivery.engine is not None:
        return build_in_engine(_only(packed), delivery.engine, reference, workshop, watcher.say)
    return build(packed, delivery.publisher(workshop), reference, workshop)


@contextlib.contextmanager
def _watching(*, as_json: bool) -> Iterator[Lines]:
    """What shows progress: on stdout, or on stderr where stdout is for a program."""
    from funcs.cli.terminal import can_show, paint_for
    from funcs.progress.build import Bars, Lines

    stream = sys.stderr if as_json else sys.stdout
    kind = Bars if can_show("█░", stream) and os.environ.get("TERM") != "dumb" else Lines
    watcher = kind(stream, paint_for(stream, os.environ))
    try:
        yield watcher
    finally:
        watcher.close()


def _workshop(args: argparse.Namespace, cache: Cache, watcher: Lines) -> Workshop:
    from funcs.packaging.workshop import Workshop
    from funcs_builder.access import Access

    if args.no_index and not args.find_links:
        fix = "add --find-links DIR"
        raise FuncsError("--no-index leaves nowhere to take wheels from", fix=fix)
    return Workshop(
        cache,
        Access.of(os.environ, insecure=frozenset(args.insecure)),
        os.environ,
        watcher,
        args.refresh,
        tuple(folder.absolute() for folder in args.find_links),
        args.no_index,
    )


def _wanted(args: argparse.Namespace, function: FunctionFacts, delivery: Delivery) -> Wanted:
    """The platform is the engine's where it goes there, else linux/amd64: never this machine's."""
    from funcs.packaging.planning import Wanted
    from funcs.packaging.stamping import stamp_of
    from funcs_builder.platforms import LINUX_AMD64, Platform

    platforms = tuple(dict.fromkeys(map(Platform.parse, args.platform)))
    if not platforms:
        platforms = (delivery.engine.platform if delivery.engine else LINUX_AMD64,)
    stamp = stamp_of(args.created, function.folder, os.environ)
    return Wanted(args.base, platforms, stamp, runs_steps=bool(args.engine))


def _only(packed: Sequence[PackedFunction]) -> PackedFunction:
    if len(packed) == 1:
        return packed[0]
    fix = "build each by itself, or without --engine"
    raise FuncsError("an engine builds for one platform at a time", fix=fix)


def _write_sbom(
    function: FunctionFacts, packed: Sequence[PackedFunction], place: Destination
) -> list[Path]:
    """What the image holds, beside the output; with the function where that is no file."""
    from funcs.manifest import written_whole
    from funcs.packaging.record import SBOM

    written = []
    for each in packed:
        part = f".{each.plan.platform}".replace("/", "-") if len(packed) > 1 else ""
        file = function.folder / ".funcs" / f"{SBOM.partition('.')[0]}{part}.cdx.json"
        if place.path is not None:
            name = place.path.name.removesuffix(".tar")
            file = place.path.with_name(f"{name}{part}.{SBOM}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(file) as draft:
                draft.write_text(each.record.sbom, "utf-8")
        except OSError as error:
            what = f"the image is there, its bill of materials is not: {error.strerror}"
            fix = "name a place that you may write to"
            raise FuncsError(what, where=str(file), fix=fix) from error
        written.append(file)
    return written


def _show_plans(
    packed: Sequence[PackedFunction], delivery: Delivery, workshop: Workshop, *, as_json: bool
) -> None:
    from funcs.cli.build_report import plans_json, plans_text

    if as_json:
        print(plans_json(packed, delivery.place, workshop.cache))
    else:
        print(plans_text(packed, delivery.place))


def _show_built(
    packed: Sequence[PackedFunction],
    built: Built,
    delivery: Delivery,
    sbom: Sequence[Path],
    *,
    took_s: float,
    as_json: bool,
) -> None:
    from funcs.cli.build_report import built_json, built_text
    from funcs.cli.terminal import paint_for

    if as_json:
        print(built_json(packed, built, sbom))
        return
    if delivery.note:
        print(f"note: {delivery.note}")
    paint = paint_for(sys.stdout, os.environ)
    print(built_text(packed, built, delivery.place, took_s=took_s, paint=paint))
