"""The worker: reads events from one socket, one at a time, and answers each.

A worker whose handler never awaits anything reads and writes its socket plainly: asyncio is not
even imported. The first coroutine, or asyncio imported by the handler's own module, moves all of
it onto one loop, where the handler's background tasks run while the next event is waited for.
"""

from __future__ import annotations

import sys
from collections.abc import Coroutine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from funcs.worker.frames import FrameReader
    from funcs.worker.invoker import Invoker
    from funcs.worker.signals import Signals
    from funcs.worker.waiter import Waiter

    Coro = Coroutine[Any, Any, Any]


class Worker:
    """Serves the frames of one socket, whose file descriptor is ``fd``, until it ends."""

    def __init__(self, fd: int, frames: FrameReader, invoker: Invoker, signals: Signals) -> None:
        self._fd = fd
        self._frames = frames
        self._invoker = invoker
        self._signals = signals
        self._loop: Any = None
        self._waiter: Waiter | None = None
        self._is_idle = False
        self._is_on_loop = False

    def start(self, init_context: Callable[[Any], Any] | None, context: Any) -> None:
        """Run ``init_context``, awaited if it must be; raises what it raises."""
        if init_context is None:
            return
        if "asyncio" in sys.modules:
            self._run(_call(init_context, context))
            return
        outcome = init_context(context)
        if isinstance(outcome, Coroutine):
            self._run(outcome)

    def serve(self) -> None:
        """Answer events until the processor closes the socket.

        Raises:
            FrameError: the stream can be read no further.
        """
        begun = None
        if "asyncio" not in sys.modules:
            begun = self._serve_plainly()
            if begun is None:
                return
        try:
            self._run(self._serve_on_loop(begun))
        finally:
            self._close_loop()

    def on_signal(self) -> None:
        """Act on a signal that has come, now if no handler is running."""
        if self._waiter is not None and self._is_on_loop:
            self._waiter.wake()
        elif self._is_idle:
            self._settle()

    def _serve_plainly(self) -> Coro | None:
        """Serve until the stream ends, or until something must be awaited: that is returned."""
        read, invoke, signals = self._frames.read, self._invoker.invoke, self._signals
        while True:
            self._is_idle = True
            if signals.have_come:
                self._settle()
            payload = read()
            self._is_idle = False
            if payload is None:
                return None
            begun = invoke(payload)
            del payload  # a large frame is not kept while the next is waited for
            if begun is not None or self._loop is not None:
                return begun or signals.finish([])

    async def _serve_on_loop(self, begun: Coro | None) -> None:
        assert self._waiter is not None
        frames, signals, waiter = self._frames, self._signals, self._waiter
        self._is_on_loop = True
        while True:
            if begun is not None:
                await begun
            is_readable = frames.has_bytes and await waiter.turn()
            while True:
                if signals.have_come:
                    await signals.finish(signals.settle())
                if is_readable:
                    break
                is_readable = await waiter.wait()
            payload = frames.read()
            if payload is None:
                return
            begun = self._invoker.invoke(payload)
            del payload

    def _settle(self) -> None:
        """Act on the signals that have come; one that comes meanwhile waits for its turn."""
        while self._signals.have_come:
            self._is_idle = False
            awaited = self._signals.settle()
            if awaited:
                self._run(self._signals.finish(awaited))
            self._is_idle = True

    def _run(self, coroutine: Coro) -> Any:
        """Run ``coroutine`` to its end on the worker's loop, and return or raise what it does."""
        if self._loop is None:
            from funcs.worker.waiter import loop_of_process, waiter_for

            self._loop = loop_of_process()
            self._waiter = waiter_for(self._loop, self._fd)
        return self._loop.run_until_complete(coroutine)

    def _close_loop(self) -> None:
        from asyncio import all_tasks

        self._is_on_loop = False
        for task in all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


async def _call(function: Callable[[Any], Any], argument: Any) -> None:
    outcome = function(argument)
    if isinstance(outcome, Coroutine):
        await outcome
