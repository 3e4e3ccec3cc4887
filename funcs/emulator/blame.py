"""Reads a traceback for what a person needs: what is wrong, and at which line of theirs."""

from __future__ import annotations

import re
from pathlib import Path

from funcs.errors import ProcessorError

_FRAME = re.compile(r'^ +File "(.+?)", line (\d+)', re.MULTILINE)
_ERROR = re.compile(r"^([A-Za-z_][\w.]*)(?:: (.*))?$", re.MULTILINE)
_MISSING = re.compile(r"No module named '([\w.]+)'")


def blame(traceback: str, folder: Path) -> ProcessorError | None:
    """The error that the traceback ends with, at the last line of it that lies in ``folder``.

    Nothing if the text holds no traceback.
    """
    head, found, last = traceback.rpartition("Traceback (most recent call last):")
    text = last if found else traceback
    frames = list(_FRAME.finditer(text))
    if not frames:
        return None
    errors = list(_ERROR.finditer(text, frames[-1].end()))
    if not errors:
        return None
    rest = text[errors[-1].end() :]
    name = errors[-1][1].rpartition(".")[2]
    said = errors[-1][2] or ""
    if errors[-1][1].startswith("funcs."):
        return ProcessorError(
            said,
            where=_noted("at: ", rest) or _own_place(text, folder) or _own_place(head, folder),
            fix=_noted("fix:", rest),
        )
    return ProcessorError(
        f"{name}: {said}" if said else name,
        where=_own_place(text, folder) or f"{frames[-1][1]}:{frames[-1][2]}",
        fix=_fix(said),
    )


def _own_place(text: str, folder: Path) -> str:
    """``main.py:3``: the last frame below ``folder``, as seen from there; else empty."""
    root = folder.resolve()
    for frame in reversed(list(_FRAME.finditer(text))):
        file = Path(frame[1])
        if file.is_absolute() and file.is_relative_to(root):
            return f"{file.relative_to(root)}:{frame[2]}"
    return ""


def _noted(label: str, text: str) -> str:
    """What our own errors write below themselves: ``at:`` and ``fix:``."""
    found = re.search(rf"^  {label} (.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _fix(said: str) -> str:
    missing = _MISSING.search(said)
    if missing is None:
        return ""
    package = missing[1].partition(".")[0]
    return f"pip install {package}, and name it in requirements.txt; or correct the import"
