"""Says on stderr what went wrong, and chooses the exit code."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Mapping
from typing import TextIO, TypeGuard

from funcs.cli.checks.finding import findings
from funcs.cli.terminal import paint_for
from funcs.emulator.text import Paint, printable
from funcs.errors import FuncsError

USER, BUG = 1, 70  # EX_SOFTWARE of sysexits.h


def report(error: Exception, stream: TextIO, environ: Mapping[str, str], *, debug: bool) -> int:
    """Print an error as a person should read it; the exit code.

    What we raise on purpose is a few lines; anything else is a bug, with its traceback.
    ``debug`` shows the causes of the former too.
    """
    paint = paint_for(stream, environ)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        _print(paint, "no space is left where the output goes, or in a folder written to", stream)
        return USER
    if not _is_ours(error):
        _print_traceback(error, stream)
        words = f"this is a bug in funcs: {type(error).__name__}: {error}"
        _print(paint, words, stream)
        print("  fix: please report it, with the lines above", file=stream)
        return BUG
    if debug:
        _print_traceback(error, stream)
    for each in findings(error):
        _print(paint, str(FuncsError(each.what, where=each.where, fix=each.fix)), stream)
    return USER


def _is_ours(error: Exception) -> TypeGuard[FuncsError]:
    """Whether it descends from one of the two roots, which have the same fields.

    The builder's is looked for only if the builder was used.
    """
    builder = sys.modules.get("funcs_builder.errors")
    return isinstance(error, FuncsError) or (
        builder is not None and isinstance(error, builder.BuildError)
    )


def _print(paint: Paint, text: str, stream: TextIO) -> None:
    lines = [printable(line) for line in text.splitlines()]
    print(paint("error:", "bold", "red"), "\n".join(lines), file=stream)


def _print_traceback(error: Exception, stream: TextIO) -> None:
    traceback.print_exception(error, file=stream)
