"""Who is told of every exchange: request lines in a terminal, and later the tape."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from funcs.worker.wire import LogRecord

    class Observer(Protocol):
        """Is told of each HTTP exchange with a trigger, health checks and refusals left out."""

        def on_exchange(
            self,
            method: str,
            path: str,
            status: int,
            duration_s: float,
            size_bytes: int,
            logs: Sequence[LogRecord],
        ) -> None:
            """A request was answered; ``size_bytes`` is that of the answer's body."""
