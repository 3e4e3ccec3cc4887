"""``funcs inspect``: what an image holds, how it runs, and in what two images differ."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.errors import FuncsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from funcs.packaging.inspection import Inspection
    from funcs_builder.contents import Contents

_EPILOG = """IMAGE is an OCI layout folder or an archive where it is a path; a name that begins with
a registry's host is looked up there; any other in the Docker engine, and where none has it in
Docker Hub"""
_PLACES = ("engine", "registry")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which image, or which two, and how much of it."""
    add = parser.add_argument
    parser.epilog = _EPILOG
    add("image", metavar="IMAGE", help="a name, ./layout or ./archive.tar, with :TAG if of several")
    add("other", nargs="?", default="", metavar="IMAGE", help="another one: how do they differ?")
    add("--layers", action="store_true", help="each layer with its digests and whole step")
    add("--packages", action="store_true", help="look for packages in all layers")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--sbom", action="store_true", help="print its bill of materials (CycloneDX)")
    form.add_argument("--json", action="store_true", help="print one JSON object")
    add("--platform", default="linux/amd64", metavar="P", help="of several (linux/amd64)")
    add("--from", dest="place", choices=_PLACES, default="", help="where a name is looked up")
    add("--insecure", action="append", default=[], metavar="HOST", help="a registry without TLS")


def run(args: argparse.Namespace) -> int:
    """Print what was asked; 0 then."""
    with contextlib.ExitStack() as stack:
        first = _inspected(args.image, args, stack)
        if args.other:
            return _compare(first, _inspected(args.other, args, stack), as_json=args.json)
        if args.sbom:
            return _print_sbom(first)
        if args.json:
            print(json.dumps(first.to_dict(), ensure_ascii=False, indent=2))
            return 0
        from funcs.cli.inspect_report import report

        print(report(first, sys.stdout, os.environ, full_layers=args.layers))
    return 0


def _inspected(name: str, args: argparse.Namespace, stack: contextlib.ExitStack) -> Inspection:
    from funcs.packaging.inspection import Inspection

    contents = _contents(name, args, stack)
    # where it costs no download, packages are looked for unasked
    is_here = _is_path(name)
    return Inspection(name, contents, reads_layers=args.packages or is_here)


def _contents(name: str, args: argparse.Namespace, stack: contextlib.ExitStack) -> Contents:
    """The image, wherever it is.

    Raises:
        BuildError: it is nowhere.
    """
    from funcs_builder.access import Access
    from funcs_builder.base import BaseFinder
    from funcs_builder.cache import Cache
    from funcs_builder.contents import StoredContents
    from funcs_builder.platforms import Platform
    from funcs_builder.reference import Reference

    path = _is_path(name)
    if not path and args.place != "registry":
        found = _in_engine(name, stack, must=args.place == "engine")
        if found is not None:
            return found
        _refuse_unloaded(name)
    cache = Cache.of(os.environ)
    stack.enter_context(cache.in_use())
    access = Access.of(os.environ, insecure=frozenset(args.insecure))
    meant = name if not path or name.startswith((".", "/", "~", "oci:")) else f"./{name}"
    with _telling_of_engine(name, was_asked=not path and args.place != "registry"):
        base = BaseFinder(cache, access).look(meant, Platform.parse(args.platform))
    return StoredContents(base, meant if path else Reference.parse(name).registry)


def _in_engine(name: str, stack: contextlib.ExitStack, *, must: bool) -> Contents | None:
    """The engine's image of that name; None where there is no engine, or it has none.

    Raises:
        EngineError: it ``must`` be there.
    """
    from funcs_builder.contents import EngineContents
    from funcs_builder.engine import Engine
    from funcs_builder.errors import EngineError
    from funcs_builder.reference import has_host

    if not must and has_host(name):
        return None
    try:
        engine = Engine.connect(os.environ)
    except EngineError:
        if must:
            raise
        return None
    stack.callback(engine.close)
    if not must and not engine.image_id(name):
        return None
    return EngineContents(engine, name)


def _refuse_unloaded(name: str) -> None:
    """Refuse a name that only the archive here has, which funcs build writes without an engine.

    Raises:
        FuncsError: it is so.
    """
    file = Path(f"{name.partition(':')[0]}.tar")
    if file.is_file():
        what = f"no Docker engine has the image {name!r}, which may be in {str(file)!r}"
        raise FuncsError(what, fix=f"funcs inspect {file}")


@contextlib.contextmanager
def _telling_of_engine(name: str, *, was_asked: bool) -> Iterator[None]:
    """Says of a name that Docker Hub does not give that no engine has it either.

    Raises:
        RegistryError: it could not be had; where no engine ``was_asked``, the same as before.
    """
    from funcs_builder.errors import RegistryError
    from funcs_builder.reference import has_host

    try:
        yield
    except RegistryError as error:
        if has_host(name) or not was_asked:
            raise
        what = f"no Docker engine here has the image {name!r}, and {error.what}"
        fix = f"correct the name (docker images lists them), or build it: funcs build -i {name}"
        raise RegistryError(what, where=error.where, fix=fix) from error


def _is_path(name: str) -> bool:
    """Whether the image is a folder or file: it looks like one, or such a one is there.

    A function's own folder, which is often called as its image is, is neither.
    """
    from funcs_builder.base import is_path

    places = [Path(name), *([Path(front)] if (front := name.rpartition(":")[0]) else [])]
    return (
        is_path(name)
        or name.endswith(".tar")
        or any(place.is_file() or (place / "index.json").is_file() for place in places)
    )


def _print_sbom(found: Inspection) -> int:
    if not found.sbom:
        fix = "build it with funcs build, which puts one into the image"
        raise FuncsError(f"{found.name} has no bill of materials", fix=fix)
    print(found.sbom.rstrip("\n"))
    return 0


def _compare(before: Inspection, after: Inspection, *, as_json: bool) -> int:
    from funcs.cli.inspect_report import comparison
    from funcs.packaging.difference import Difference

    difference = Difference.of(before, after)
    if as_json:
        print(json.dumps(difference.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(comparison(before, after, difference, sys.stdout, os.environ))
    return 0
