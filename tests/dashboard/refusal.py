"""How the emulated dashboard says no."""

from __future__ import annotations


class Refusal(Exception):
    """An answer with an error; without a ``reason`` its body is empty, as after a panic."""

    def __init__(self, status: int, reason: str | None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
