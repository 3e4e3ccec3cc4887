"""What a stream can show: colour, and characters beyond ASCII."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from funcs.emulator.text import Paint


def paint_for(stream: TextIO, environ: Mapping[str, str]) -> Paint:
    """Colours for a terminal, none for a file, a pipe, or where NO_COLOR asks for none."""
    is_plain = environ.get("NO_COLOR") or environ.get("TERM") == "dumb"
    return Paint(colour=stream.isatty() and not is_plain)


def can_show(text: str, stream: TextIO) -> bool:
    """Whether the stream is a terminal that has these characters."""
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return stream.isatty()
