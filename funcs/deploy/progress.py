"""Who is told what goes on while a deploy is carried out."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress"]


class Progress(Protocol):
    """Takes sentences as things happen."""

    def step(self, sentence: str) -> None:
        """Something of ours begins or is done."""

    def platform(self, level: str, sentence: str) -> None:
        """The platform logged a line; ``level`` is debug, info, warn or error."""

    def output(self, line: str) -> None:
        """The function's own output."""
