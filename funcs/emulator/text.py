"""Words for sizes and times, and colour where a terminal shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from funcs.record import Record

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_BARE = frozenset("._-/:+@%")


class Paint(Record):
    """Colours words, or leaves them plain.

    >>> Paint(colour=False)("500", "red")
    '500'
    """

    colour: bool

    def __call__(self, words: str, *styles: str) -> str:
        """``words`` in the named styles."""
        if not self.colour or not styles:
            return words
        codes = ";".join(_CODES[style] for style in styles)
        return f"\x1b[{codes}m{words}\x1b[0m"


def duration(seconds: float) -> str:
    """A time for people.

    >>> duration(0.00042), duration(0.0031), duration(2.5), duration(90)
    ('0.42 ms', '3.1 ms', '2.5 s', '90 s')
    """
    if seconds < 0.001:
        return f"{seconds * 1e3:.2f} ms"
    if seconds < 0.1:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def size(size_bytes: int) -> str:
    """A number of bytes for people, in steps of 1000.

    >>> size(0), size(1234), size(4_194_304)
    ('0 B', '1.2 kB', '4.2 MB')
    """
    if size_bytes < 1000:
        return f"{size_bytes} B"
    number = float(size_bytes)
    for unit in ("kB", "MB"):
        number /= 1000
        if number < 999.95:
            return f"{number:.1f} {unit}"
    return f"{number / 1000:.1f} GB"


def variables(values: Mapping[str, object]) -> str:
    """``name=value`` pairs on one line; a text of several lines goes below, indented.

    >>> variables({"rows": 3, "model": "svm v1"})
    "rows=3 model='svm v1'"
    """
    pairs, below = [], ""
    for name, value in values.items():
        if isinstance(value, str) and "\n" in value.strip():
            below += "".join(f"\n    {printable(line)}" for line in value.rstrip().splitlines())
        else:
            pairs.append(f"{name}={_value(value)}")
    return " ".join(pairs) + below


def printable(text: str) -> str:
    r"""``text`` without what would move a terminal's cursor or change its colours.

    >>> print(printable("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _value(value: object) -> str:
    if isinstance(value, str):
        plain = bool(value) and all(char.isalnum() or char in _BARE for char in value)
        return value if plain else repr(value)
    return printable(json.dumps(value, default=str, ensure_ascii=False))
