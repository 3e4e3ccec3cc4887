"""Waits for sockets and clocks, and calls who asked: one thread, no coroutines.

The processor's own loop, because an event crosses it four times and asyncio's handles, contexts
and transports would cost more than the work itself; importing asyncio alone takes longer than
starting a worker. Inside an asyncio program (the emulator) the same reactor is driven by that
program's loop: `Reactor.attach`.
"""

from __future__ import annotations

import heapq
from time import monotonic

from funcs.processor.poller import READ, new_poller

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Protocol

    class Watcher(Protocol):
        """Who is called when its file descriptor is ready."""

        def on_event(self, mask: int) -> None:
            """Something can be read, written, or is over; ``mask`` is the poller's."""

        def on_crash(self, error: Exception) -> None:
            """`on_event` raised, which is a bug: give up what is being watched."""


_MOST_EVENTS = 256


class Timer:
    """A call that is due at ``when``, on the clock of `time.monotonic`."""

    __slots__ = ("call", "when")

    def __init__(self, when: float, call: Callable[[], None]) -> None:
        self.when = when
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Never call; harmless when it already has."""
        self.call = None

    def __lt__(self, other: Timer) -> bool:
        return self.when < other.when


class Reactor:
    """Watches file descriptors and runs timers, by itself or inside an asyncio loop.

    ``report`` is told what a timer's call raised, which is a bug; without it, it is raised.
    """

    def __init__(self, report: Callable[[Exception], None] | None = None) -> None:
        self.report = report or _raise
        self._poller = new_poller()
        self._watchers: dict[int, Watcher] = {}
        self._timers: list[Timer] = []
        self._is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.TimerHandle | None = None

    def watch(self, fd: int, watcher: Watcher, mask: int = READ) -> None:
        """Call ``watcher`` whenever ``fd`` is ready for ``mask``; level-triggered."""
        self._watchers[fd] = watcher
        self._poller.register(fd, mask)

    def change(self, fd: int, mask: int) -> None:
        """Wait for something else on ``fd``; 0 still tells when the other end is gone."""
        self._poller.modify(fd, mask)

    def forget(self, fd: int) -> None:
        """Stop watching ``fd``; before it is closed."""
        if self._watchers.pop(fd, None) is not None and not self._is_closed:
            self._poller.unregister(fd)

    def call_at(self, when: float, call: Callable[[], None]) -> Timer:
        """Call once, when `time.monotonic` reaches ``when``."""
        timer = Timer(when, call)
        heapq.heappush(self._timers, timer)
        if self._loop is not None and self._timers[0] is timer:
            self._set_alarm()
        return timer

    def call_in(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call once, ``seconds`` from now."""
        return self.call_at(monotonic() + seconds, call)

    def run(self) -> None:
        """Work until `close`."""
        while not self._is_closed:
            self._turn(self._patience())

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be driven by ``loop`` instead of `run`; call in the loop's own thread."""
        self._loop = loop
        loop.add_reader(self._poller.fileno(), self._pump)
        self._set_alarm()

    def close(self) -> None:
        """Let `run` return, leave the asyncio loop; nothing is called any more."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._loop is not None:
            self._loop.remove_reader(self._poller.fileno())
            self._loop = None
        if self._wake is not None:
            self._wake.cancel()
        self._watchers.clear()
        self._timers.clear()
        self._poller.close()

    def _turn(self, patience_s: float) -> None:
        watchers = self._watchers
        for fd, mask in self._poller.poll(patience_s, _MOST_EVENTS):
            watcher = watchers.get(fd)  # gone, if an earlier one of this turn closed it
            if watcher is None:
                continue
            try:
                watcher.on_event(mask)
            except Exception as error:
                watcher.on_crash(error)
        if self._timers:
            self._ring()

    def _ring(self) -> None:
        timers = self._timers
        now = monotonic()
        while timers and (timers[0].when <= now or timers[0].call is None):
            call = heapq.heappop(timers).call
            if call is None:
                continue
            try:
                call()
            except Exception as error:
                self.report(error)

    def _patience(self) -> float:
        """Seconds until the next timer is due; -1 when there is none."""
        timers = self._timers
        while timers and timers[0].call is None:
            heapq.heappop(timers)
        return max(0.0, timers[0].when - monotonic()) if timers else -1

    def _pump(self) -> None:
        self._turn(0)
        if self._loop is not None:
            self._set_alarm()

    def _set_alarm(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        patience = self._patience()
        if self._loop is not None and patience >= 0:
            self._wake = self._loop.call_later(patience, self._pump)


def _raise(error: Exception) -> None:
    raise error
