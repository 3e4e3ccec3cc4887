"""An image on its way into an engine: how much is there, and whether it is still wanted."""

from __future__ import annotations

from funcs_builder.errors import EngineError


class Pulling:
    """An observer that counts, and that ends the pull once it was given up."""

    def __init__(self) -> None:
        self.done_bytes = 0
        self._is_wanted = True

    def give_up(self) -> None:
        """Let the next thing that is told end the pull."""
        self._is_wanted = False

    def started(self, act: str, name: str, size_bytes: int) -> None:
        """A layer begins.

        Raises:
            EngineError: nobody wants it any more.
        """
        self.advanced(act, name, 0)

    def advanced(self, act: str, name: str, count_bytes: int) -> None:
        """Count it.

        Raises:
            EngineError: nobody wants it any more.
        """
        if not self._is_wanted:
            raise EngineError(f"the {act} of {name} was given up")
        self.done_bytes += count_bytes

    def finished(self, act: str, name: str, outcome: str) -> None:
        """A layer is there."""
