"""`funcs run`: serve a function here, as Nuclio would, with what a developer needs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.cli.terminal import paint_for
from funcs.errors import FuncsError

if TYPE_CHECKING:
    from funcs.emulator.console import Console
    from funcs.emulator.options import Options
    from funcs.emulator.screen import Screen

_LEVELS = ("1.14", "1.15")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the function is, and how to serve it."""
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        default=["."],
        metavar="PATH",
        help="the function's folder (.), or an image (shop:latest) for the Docker engine to run; "
        "several folders are served together, and may call each other",
    )
    add("--workers", type=_count, default=0, metavar="N", help="how many, over function.yaml's")
    add("--port", type=_port, metavar="P", help="8080, or the next free one; 0: any")
    add("--metrics-port", type=_port, default=0, metavar="P", help="of /metrics; else any free one")
    add("-e", "--env", action="append", default=[], metavar="NAME[=VALUE]", help="of the function")
    add("--watch", action="store_true", help="reload whenever a file is saved")
    add(
        "--debug",
        action="store_true",
        help="one worker on this terminal and no timeouts, for breakpoint() in a handler",
    )
    add("--record", metavar="TAPE", help="write every event and its answer to a file")
    add("--nuclio", choices=_LEVELS, default="", metavar="LEVEL", help="1.14 or 1.15 (1.15)")
    add("--json", action="store_true", help="print JSON lines")
    # For programs that start this one, and may be killed.
    add("--until-eof", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C; 0 then."""
    if sys.platform == "win32":
        print("error: funcs run needs a POSIX system\n  fix: run it in WSL", file=sys.stderr)
        return 2
    try:
        return _serve(args)
    except FuncsError as error:
        if not args.json:
            raise
        for problem in getattr(error, "problems", (error,)):
            console(as_json=True).trouble(problem)
        return 1


def _serve(args: argparse.Namespace) -> int:
    """Serve an image, one function, or several together.

    Raises:
        FuncsError: it cannot be; one of them cannot be.
    """
    from funcs.emulator.image_name import named_image, refuse_bare_name

    given = _given(args.env, os.environ)
    images = [image for path in args.paths if (image := named_image(path))]
    if images:
        return _serve_image(images[0], args, given)
    if len(args.paths) == 1:
        refuse_bare_name(args.paths[0])
    return _serve_folders(args, {**os.environ, **given})


def _serve_image(image: str, args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from funcs.emulator.image_emulator import ImageEmulator
    from funcs.emulator.image_options import ImageOptions

    if len(args.paths) > 1:
        raise FuncsError(f"the image {image} is served alone", fix=f"funcs run {image}")
    for option in ("watch", "debug"):
        if getattr(args, option):
            fix = f"serve the function's folder: funcs run --{option} PATH"
            raise FuncsError(f"--{option} is for a folder: an image's code is fixed", fix=fix)
    options = ImageOptions(
        image=image,
        workers=args.workers,
        port=args.port,
        nuclio=args.nuclio,
        metrics_port=args.metrics_port,
        env=env,
        record=args.record or "",
        until_eof=args.until_eof,
    )
    return ImageEmulator(options, console(as_json=args.json), os.environ).run()


def _serve_folders(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from funcs.emulator.options import Options  # --help does without all of these

    options = [
        Options(
            path=Path(path),
            workers=args.workers,
            port=args.port,
            watch=args.watch,
            debug=args.debug,
            nuclio=args.nuclio,
            metrics_port=args.metrics_port,
            until_eof=args.until_eof,
            record=os.path.abspath(args.record) if args.record else args.record,  # noqa: PTH100
        )
        for path in args.paths
    ]
    if len(options) == 1:
        from funcs.emulator.emulator import Emulator

        return Emulator(options[0], console(as_json=args.json), environ).run()
    if args.metrics_port:
        fix = "leave it out: each has a page on a free port, which its first screen names"
        raise FuncsError("--metrics-port is for one function", fix=fix)
    if args.record:
        fix = f"record one of them: funcs run {args.paths[0]} --record {args.record}"
        raise FuncsError("--record is for one function", fix=fix)
    if args.debug:
        fix = f"run the others without it, and in a second terminal: funcs run {args.paths[0]} "
        raise FuncsError("--debug is for one function: it takes the terminal", fix=f"{fix}--debug")
    return _serve_several(options, environ, as_json=args.json)


def _serve_several(options: Sequence[Options], environ: Mapping[str, str], *, as_json: bool) -> int:
    from funcs.emulator.console import JsonConsole, TextConsole
    from funcs.emulator.fleet import Fleet, places
    from funcs.emulator.screen import text_of_all

    found = places(options, environ)
    paint = paint_for(sys.stdout, os.environ)
    width = max(map(len, found))

    def console_of(name: str) -> Console:
        if as_json:
            return JsonConsole(sys.stdout, function=name)
        return TextConsole(sys.stdout, paint, prefix=f"{name:<{width}} | ")

    def welcome(screens: Sequence[Screen]) -> None:
        if as_json:
            for screen in screens:
                console_of(screen.name).welcome(screen)
        else:
            print(text_of_all(screens, paint), flush=True)

    return Fleet(found, console_of, welcome, environ).run()


def console(*, as_json: bool) -> Console:
    """Where it speaks: JSON lines, or text that is coloured on a terminal."""
    from funcs.emulator.console import JsonConsole, TextConsole

    if as_json:
        return JsonConsole(sys.stdout)
    return TextConsole(sys.stdout, paint_for(sys.stdout, os.environ))


def _given(pairs: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``-e``; a name alone takes the value that it has here.

    Raises:
        FuncsError: a name is none, or has no value here.
    """
    given = {}
    for pair in pairs:
        name, has_value, value = pair.partition("=")
        if not name:
            raise FuncsError(f"{pair!r} names no variable", fix="write -e NAME=VALUE")
        if not has_value and name not in environ:
            raise FuncsError(f"{name!r} is not set here", fix=f"write -e {name}=VALUE")
        given[name] = value if has_value else environ[name]
    return given


def _count(text: str) -> int:
    number = _whole(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _port(text: str) -> int:
    number = _whole(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("from 0 to 65535")
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
