"""What is wrong at one place of a function.yaml, and the error that carries all such places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from funcs.errors import SpecError

KeyPath = tuple[str | int, ...]
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong under the key ``path``, before it is known in which file.

    ``also`` names the other keys that were looked at: if one of those is wrong itself, this
    problem may be its echo and is not reported.
    """

    what: str
    path: KeyPath = ()
    fix: str = ""
    line: int = 0
    also: tuple[KeyPath, ...] = ()


class InvalidSpecError(SpecError):
    """A function.yaml is not valid: ``problems`` holds every reason, in the file's order."""

    def __init__(self, problems: Sequence[SpecError]) -> None:
        first = problems[0]
        super().__init__(first.what, where=first.where, fix=first.fix)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    def sentence(self) -> str:
        """All problems on one line."""
        return " | ".join(problem.sentence() for problem in self.problems)


def shown(value: object) -> str:
    """The value as a sentence quotes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def spell(path: KeyPath) -> str:
    """The key path as a person writes it.

    >>> spell(("spec", "env", 0, "name"))
    'spec.env[0].name'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
