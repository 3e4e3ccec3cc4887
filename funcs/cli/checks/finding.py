"""What a check found, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Problem(Protocol):
    """Anything that says what is wrong, where, and how to fix it."""

    @property
    def what(self) -> str:
        """What is wrong."""

    @property
    def where(self) -> str:
        """At which place."""

    @property
    def fix(self) -> str:
        """What to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: what, where, and how."""

    what: str
    where: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One subject that was looked at.

    ``said`` is what a person reads if all is well; ``failures`` keep the function from running,
    ``notes`` do not.
    """

    name: str
    said: str = ""
    failures: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether nothing keeps the function from running."""
        return not self.failures


def findings(error: Problem) -> tuple[Finding, ...]:
    """The error as findings: one, or all that it carries (``problems``)."""
    several: tuple[Problem, ...] = getattr(error, "problems", ()) or (error,)
    return tuple(Finding(each.what, each.where, each.fix) for each in several)
