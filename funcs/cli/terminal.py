"""What a stream can show: colour, and characters beyond ASCII."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from funcs.emulator.text import Paint

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: What may go on in the next piece.
_BEGUN = re.compile(r"\x1b(\[[0-9;]*)?\Z")


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


def without_colours(pieces: Iterable[str]) -> Iterator[str]:
    r"""The pieces of a text that somebody else coloured, as plain text.

    >>> list(without_colours(["\x1b[34m(I)\x1b[", "0m ready\n"]))
    ['(I)', ' ready\n']
    """
    rest = ""
    for piece in pieces:
        text = rest + piece
        begun = _BEGUN.search(text)
        rest = begun[0] if begun else ""
        yield _COLOUR.sub("", text[: len(text) - len(rest)])
    if rest:
        yield rest
