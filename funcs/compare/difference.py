"""One difference between an expected and an actual answer, and how it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from funcs.compare.paths import Place, text_of

_MOST_CHARS = 60
_CONTEXT_CHARS = 20


class Said(str):
    """Words about a value, where the value itself is not what is told: ``absent``, ``3 items``."""

    __slots__ = ()


ABSENT = Said("absent")


@dataclass(frozen=True, slots=True)
class Difference:
    """At ``place`` stood ``actual`` where ``expected`` was wanted; either may be `Said`."""

    place: Place
    expected: Any
    actual: Any

    @property
    def path(self) -> str:
        """The place as it is printed, and as ``--ignore`` takes it."""
        return text_of(self.place)

    def sentence(self) -> str:
        """What a person reads.

        >>> Difference(("body", "n"), 3, 4).sentence()
        'body.n: expected 3, was 4'
        """
        expected, actual = self.shown()
        return f"{self.path}: expected {expected}, was {actual}"

    def shown(self) -> tuple[str, str]:
        """Both values on a line each, cut where they are long; of long texts where they differ."""
        expected, actual = _written(self.expected), _written(self.actual)
        if len(expected) <= _MOST_CHARS and len(actual) <= _MOST_CHARS:
            return expected, actual
        skipped = max(_first_difference(expected, actual) - _CONTEXT_CHARS, 0)
        return _cut(expected, skipped), _cut(actual, skipped)

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain values."""
        return {"path": self.path, "expected": self.expected, "actual": self.actual}


def _written(value: Any) -> str:
    if isinstance(value, Said):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _first_difference(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _cut(text: str, skipped: int) -> str:
    if skipped <= _CONTEXT_CHARS:
        skipped = 0
    head = "…" if skipped else ""
    tail = "…" if len(text) > skipped + _MOST_CHARS else ""
    return head + text[skipped : skipped + _MOST_CHARS] + tail
