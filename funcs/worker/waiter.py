"""Waits for a socket on a loop that has work of its own."""

from __future__ import annotations

import asyncio
import math
import warnings
from contextlib import suppress
from select import POLLIN, poll

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Waiter(Protocol):
        """Waits for one socket, while the loop's own tasks go on."""

        async def wait(self) -> bool:
            """True once the socket can be read; False if something else ended the wait."""

        def wake(self) -> None:
            """End a wait; for signal handlers."""

        async def turn(self) -> bool:
            """True, after the loop has gone round once."""


def waiter_for(loop: Any, fd: int) -> Waiter:
    """The cheapest way to wait for ``fd`` that ``loop`` allows."""
    parts = ("_ready", "_scheduled", "_selector")
    if all(hasattr(loop, part) for part in parts) and hasattr(loop._selector, "fileno"):
        return PollWaiter(loop, fd)
    return ReaderWaiter(loop, fd)


class _Turner:
    async def turn(self) -> bool:
        """True, after the loop has gone round once."""
        with suppress(asyncio.CancelledError):  # a handler may cancel the task that all run in
            await asyncio.sleep(0)
        return True


class PollWaiter(_Turner):
    """Polls the socket and the loop's own selector together, with the stock asyncio loop.

    An event costs one system call, and the loop goes round only when a task, a timer, a thread or
    a signal has work for it.
    """

    def __init__(self, loop: Any, fd: int) -> None:
        self._loop = loop
        self._fd = fd
        self._both = poll()
        self._both.register(fd, POLLIN)
        self._both.register(loop._selector.fileno(), POLLIN)

    async def wait(self) -> bool:
        """True once the socket can be read; False after a turn of the loop without that."""
        patience_ms = self._patience_ms()
        readable = [fd for fd, _ in self._both.poll(patience_ms)]
        if patience_ms != 0 and readable == [self._fd]:
            return True
        await self.turn()
        return self._fd in readable

    def wake(self) -> None:
        """End a wait; for signal handlers."""
        self._loop.call_soon_threadsafe(_nothing)

    def _patience_ms(self) -> int | None:
        """How long the loop has nothing to do; None is for ever."""
        if self._loop._ready:
            return 0
        timers = self._loop._scheduled
        if not timers:
            return None
        seconds: float = timers[0].when() - self._loop.time()
        return max(0, math.ceil(seconds * 1000))


class ReaderWaiter(_Turner):
    """Has the loop say when the socket can be read, with any other loop."""

    def __init__(self, loop: Any, fd: int) -> None:
        self._loop = loop
        self._fd = fd
        self._news: asyncio.Future[bool] | None = None

    async def wait(self) -> bool:
        """True once the socket can be read; False if something woke it before."""
        self._news = self._loop.create_future()
        self._loop.add_reader(self._fd, self._tell, True)
        try:
            return await self._news
        except asyncio.CancelledError:
            return False
        finally:
            self._loop.remove_reader(self._fd)
            self._news = None

    def wake(self) -> None:
        """End a wait; for signal handlers."""
        self._loop.call_soon_threadsafe(self._tell, False)

    def _tell(self, is_readable: bool) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(is_readable)


def _nothing() -> None:
    """What a woken loop has to do."""


def loop_of_process() -> Any:
    """The loop that the handler's own module has made, if it has, else a new one."""
    with warnings.catch_warnings():
        # Python 3.12 and 3.13 warn where there is no loop and make one; 3.14 makes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:
            loop = asyncio.new_event_loop()
    if loop.is_closed():
        loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop
