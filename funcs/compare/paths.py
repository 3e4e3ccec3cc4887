"""Places within an answer, as in ``body.outputs[0].data[3]``, and patterns that cover them.

The first step is ``status``, ``headers`` or ``body``. A pattern covers a place and all below it;
``*`` is any one step, ``**`` any number of them. One that begins otherwise is meant below
``body``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from funcs.errors import FuncsError

Step: TypeAlias = str | int
Place: TypeAlias = tuple[Step, ...]

STATUS: Place = ("status",)
HEADERS: Place = ("headers",)
BODY: Place = ("body",)

_PLAIN = re.compile(r"[^\W\d][\w-]*", re.ASCII)
_TOKEN = re.compile(
    r"""(?:(?:^|\.)(?P<name>\*\*|\*|[^.\[\]"*]+))|\[(?P<index>\d{1,18}|\*)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]"""
)


class Wild(Enum):
    """Stands in a pattern for steps: a key ``"*"`` of a body is a text, and no such."""

    ONE = "*"
    MANY = "**"


_ROOTS = ("status", "headers", "body", Wild.MANY)


class PatternError(FuncsError):
    """A path to be ignored cannot be read."""


def text_of(place: Place) -> str:
    """The place as it is printed.

    >>> text_of(("body", "outputs", 0, "a.b"))
    'body.outputs[0]["a.b"]'
    """
    words = []
    for step in place:
        if isinstance(step, int):
            words.append(f"[{step}]")
        elif _PLAIN.fullmatch(step):
            words.append(f".{step}")
        else:
            words.append(f"[{json.dumps(step, ensure_ascii=False)}]")
    return "".join(words).removeprefix(".")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Covers places; an index matches a key of the same digits too."""

    steps: tuple[Step | Wild, ...]

    @classmethod
    def parse(cls, text: str, *, where: str = "") -> Pattern:
        """The pattern that ``text`` writes.

        >>> Pattern.parse("outputs[*].name").covers(("body", "outputs", 2, "name"))
        True

        Raises:
            PatternError: it is no path; ``where`` says whose it is.
        """
        steps: list[Step | Wild] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None or text.startswith("."):
                fix = "write it as a difference prints it, e.g. body.outputs[0].name"
                raise PatternError(f"{text!r} is no path", where=where, fix=fix)
            at = found.end()
            steps.append(_step(found, where))
        if not steps:
            fix = "name what to ignore, e.g. body.id"
            raise PatternError("an empty path ignores all", where=where, fix=fix)
        if set(steps) == {Wild.MANY}:
            fix = "name what to ignore, e.g. body.id"
            raise PatternError(f"the path {text} ignores all", where=where, fix=fix)
        if steps[0] not in _ROOTS:
            steps.insert(0, "body")
        if steps[0] == "headers":
            steps = [step.lower() if isinstance(step, str) else step for step in steps]
        return cls(tuple(steps))

    def covers(self, place: Place) -> bool:
        """Whether the place is the pattern's or below it."""
        return _covers(self.steps, place)


def is_covered(place: Place, patterns: Iterable[Pattern]) -> bool:
    """Whether one of the patterns covers the place."""
    return any(pattern.covers(place) for pattern in patterns)


def _step(found: re.Match[str], where: str) -> Step | Wild:
    text = found["name"] or found["index"]
    if text is None:
        try:
            return str(json.loads(found["quoted"]))
        except ValueError as error:
            raise PatternError(f"{found['quoted']} is no path: {error}", where=where) from None
    if text in ("*", "**"):
        return Wild(text)
    return text if found["index"] is None else int(text)


def _covers(pattern: tuple[Step | Wild, ...], place: Place) -> bool:
    if not pattern:
        return True
    if pattern[0] is Wild.MANY:
        return any(_covers(pattern[1:], place[at:]) for at in range(len(place) + 1))
    if not place:
        return False
    is_same = pattern[0] is Wild.ONE or str(pattern[0]) == str(place[0])
    return is_same and _covers(pattern[1:], place[1:])
