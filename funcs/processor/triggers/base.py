"""What every trigger has: a life, and counters."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from funcs.processor.config import TriggerConfig
    from funcs.processor.pool import Pool

    class Trigger(Protocol):
        """Turns the world into events and answers back into the world.

        ``successes`` and ``failures`` count events: a handler's own error is a success, for the
        processor did its part (Nuclio 1.14).
        """

        settings: TriggerConfig
        pool: Pool
        port: int
        successes: int
        failures: int

        def start(self) -> None:
            """Begin, now that the workers are up."""

        def flush(self) -> None:
            """Hand on at once what it holds back: the workers are about to be let go."""

        def leave(self) -> None:
            """Leave what is new to another processor, and let each client go after an answer."""

        def close_door(self) -> None:
            """Take no more clients; those that are there stay."""

        @property
        def has_clients(self) -> bool:
            """Whether somebody may still send something."""

        def close(self) -> None:
            """End at once; events under way are given up."""

        @property
        def is_quiet(self) -> bool:
            """Whether no event and no answer of it is under way."""
