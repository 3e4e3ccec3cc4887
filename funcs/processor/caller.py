"""Who asks a pool to have an event handled, such as an HTTP connection."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from funcs.worker.wire import LogRecord

    class Caller(Protocol):
        """One event on its way: it waits, is worked on, and one of four things happens.

        A caller has one event at a time and is used again for the next, so that an event costs
        the pool no object of its own. ``frame`` is the event as the wire has it, empty once a
        worker has answered, or has all of a long one; ``logs`` takes what the handler logs
        meanwhile, unless it is None.
        """

        frame: bytes
        logs: list[LogRecord] | None
        queued_at: float

        def answered(self, line: bytes) -> None:
            """A worker answered: its ``r`` line."""

        def unavailable(self) -> None:
            """No worker was free in time, or the processor is stopping."""

        def timed_out(self) -> None:
            """The worker took longer than the function's eventTimeout; it is being replaced."""

        def died(self, reason: str) -> None:
            """The worker ended before it answered; ``reason`` is a sentence."""
