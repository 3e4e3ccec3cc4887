"""The time that an image is given, so that it does not depend on when it is built."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from funcs.errors import FuncsError
from funcs.packaging.packager import Stamp

_EPOCH = "SOURCE_DATE_EPOCH"


def stamp_of(asked: str, folder: Path, environ: Mapping[str, str]) -> Stamp:
    """``git``: the last commit's time and id; ``now``; seconds since 1970; empty: the variable's.

    Without any of them it is 0: the same function is then the same image whenever it is built.

    Raises:
        FuncsError: it is none of these, or there is no commit.
    """
    if asked == "git":
        return _commit(folder)
    if asked == "now":
        return Stamp(int(time.time()))
    text = asked or environ.get(_EPOCH, "") or "0"
    try:
        return Stamp(int(text))
    except ValueError:
        fix = "write git, now, or seconds since 1970"
        where = "" if asked else _EPOCH
        raise FuncsError(f"{text!r} is no time for an image", where=where, fix=fix) from None


def _commit(folder: Path) -> Stamp:
    import subprocess  # no other build needs it

    line = ["git", "log", "-1", "--format=%ct %H", "--", "."]
    fix = "commit the function, or use --created now"
    try:
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise FuncsError(f"git cannot be run: {error.strerror}", fix=fix) from None
    seconds, _, revision = done.stdout.strip().partition(" ")
    if done.returncode or not seconds.isdecimal():
        reason = done.stderr.strip() or "there is no commit of this folder"
        raise FuncsError(f"the commit's time is not known: {reason}", where=str(folder), fix=fix)
    return Stamp(int(seconds), revision)
