"""Who asks a pool to have an event handled, such as an HTTP connection."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from funcs.worker.wire import LogRecord

    class Caller(Protocol):
        """One event on its way: it waits, is worked on, and one of five things happens.

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

        def stream_began(self, line: bytes, source: Source) -> Follower:
            """A worker begins to answer piece by piece; its ``c`` line holds the first.

            Whoever is returned hears of the rest.
            """

        def unavailable(self) -> None:
            """No worker was free in time, or the processor is stopping."""

        def timed_out(self) -> None:
            """The worker took longer than the function's eventTimeout; it is being replaced."""

        def died(self, reason: str) -> None:
            """The worker ended before it answered; ``reason`` is a sentence."""

    class Source(Protocol):
        """Where the pieces of a streamed answer come from."""

        def pause(self) -> None:
            """Bring no more for now: the worker has to wait."""

        def resume(self) -> None:
            """Go on."""

        def cancel(self) -> None:
            """Nobody wants the rest; the follower hears no more of it."""


class Follower:
    """Who hears of an answer after its first piece; this one lets it pass.

    ``logs`` takes what the handler logs meanwhile, unless it is None.
    """

    def __init__(self, logs: list[LogRecord] | None = None) -> None:
        self.frame = b""
        self.logs = logs
        self.queued_at = 0.0

    def streamed(self, piece: bytes) -> None:
        """The next piece."""

    def ended(self, *, is_whole: bool) -> None:
        """That was all; where it is not whole, the handler or its worker did not get to the end."""

    def answered(self, line: bytes) -> None:
        """The handler failed on the way."""
        self.ended(is_whole=False)

    def stream_began(self, line: bytes, source: Source) -> Follower:
        """It has begun already."""
        return self

    def unavailable(self) -> None:
        """It has a worker."""

    def timed_out(self) -> None:
        """A piece took longer than the function's eventTimeout."""
        self.ended(is_whole=False)

    def died(self, reason: str) -> None:
        """The worker ended before the stream did."""
        self.ended(is_whole=False)
