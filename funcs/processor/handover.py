"""The end of a processor whose port goes on to another one: no client notices.

The two share the port (``SO_REUSEPORT``) from the moment in which the new one listens. The old one,
told to end, has the kernel lead new clients to the new one, still takes those that the kernel had
given to it before, and closes each connection after an answer that says so.
"""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from funcs.processor.processor import Processor

#: Handshakes that began before the port went over are done within this.
_HANDSHAKES_S = 1.0
_CHECK_S = 0.02


class Handover:
    """Begins at once; calls ``done`` when no client is left, or after ``limit_s``."""

    def __init__(self, processor: Processor, limit_s: float, done: Callable[[], None]) -> None:
        self._reactor = processor.reactor
        self._triggers = processor.triggers
        self._done = done
        now = monotonic()
        self._closes_at = now + min(_HANDSHAKES_S, limit_s)
        self._ends_at = now + limit_s
        self._is_closed = False
        for trigger in self._triggers:
            trigger.leave()
        self._look()

    def _look(self) -> None:
        """Close the door once handshakes are done, end once everybody has gone."""
        now = monotonic()
        if now >= self._closes_at and not self._is_closed:
            self._is_closed = True
            for trigger in self._triggers:
                trigger.close_door()
        has_clients = any(trigger.has_clients for trigger in self._triggers)
        if now >= self._ends_at or (self._is_closed and not has_clients):
            self._done()
        else:
            self._reactor.call_in(_CHECK_S, self._look)
