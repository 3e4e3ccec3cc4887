"""What a long act tells whoever watches it: per layer, how many bytes are done."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Observer", "Quiet"]


class Observer(Protocol):
    """Is told of each blob that is packed, pulled, pushed or written; from several threads.

    For one ``name`` the calls come in order: started, any number of advanced, finished.
    """

    def started(self, act: str, name: str, size_bytes: int) -> None:
        """``act`` (pack, pull, push, write, load) begins on ``name``; 0 bytes: not known."""

    def advanced(self, act: str, name: str, count_bytes: int) -> None:
        """So many more bytes are done; below 0 where a part is sent again."""

    def finished(self, act: str, name: str, outcome: str) -> None:
        """It is there: ``done``, or ``present`` or ``mounted`` where no byte had to move."""


class Quiet:
    """Watches nothing."""

    def started(self, act: str, name: str, size_bytes: int) -> None:
        """Nothing."""

    def advanced(self, act: str, name: str, count_bytes: int) -> None:
        """Nothing."""

    def finished(self, act: str, name: str, outcome: str) -> None:
        """Nothing."""
