"""A worker that handles many events at once, on one loop (Nuclio 1.15: a trigger's `mode: async`).

The processor connects to it as often as events are to be under way; each connection is served as
a worker's only one is: an event, its lines, the next event. One model in memory answers all.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextvars import copy_context

from funcs.worker.connection import Connection
from funcs.worker.waiter import loop_of_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable
    from typing import Any

    from funcs.worker.connection import NewInvoker
    from funcs.worker.signals import Signals

_BACKLOG = 1024


class AsyncWorker:
    """Listens at ``host:port`` until the processor closes the ``control`` socket.

    ``new_invoker`` makes each connection's. While ``discarding`` is true, events are refused.
    """

    def __init__(
        self, host: str, port: int, control: socket, context: Any, new_invoker: NewInvoker
    ) -> None:
        self.context = context
        self.new_invoker = new_invoker
        self.discarding = False
        self.connections: set[Connection] = set()
        self._host, self._port = host, port
        self._control = control
        self._loop = loop_of_process()
        self._own = copy_context()
        self._is_over = self._loop.create_future()
        self._server: asyncio.Server | None = None
        self._is_forked = False
        self._signals: Signals | None = None

    def start(self, init_context: Callable[[Any], Any] | None) -> None:
        """Take the port and run ``init_context``, awaited if it must be.

        Raises:
            OSError: somebody else has the port.
            BaseException: what ``init_context`` raises.
        """
        self._loop.run_until_complete(self._start(init_context))

    def forget_sockets(self) -> None:
        """Be a process that a handler has forked: what the loop watches is the worker's.

        It goes on with the handler until that awaits or would be answered, and ends there.
        """
        self._is_forked = True
        selector = getattr(self._loop, "_selector", None)  # else it would take the worker's events
        if selector is not None:
            selector.close()
        for connection in self.connections:
            connection.forget_socket()

    def serve(self, signals: Signals, started: Callable[[], None]) -> None:
        """Take connections, say ``started``, and answer events until the processor is gone."""
        self._signals = signals
        try:
            self._loop.run_until_complete(self._serve(started))
        finally:
            if self._is_forked:
                os._exit(0)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def on_signal(self) -> None:
        """Act on a signal that has come, between two turns of the loop."""
        # In no event's context: what a callback logs is not the event's that was interrupted.
        self._loop.call_soon_threadsafe(self._settle, context=self._own)

    async def _start(self, init_context: Callable[[Any], Any] | None) -> None:
        self._server = await self._loop.create_server(
            lambda: Connection(self), self._host, self._port, backlog=_BACKLOG, start_serving=False
        )
        outcome = None if init_context is None else init_context(self.context)
        if isinstance(outcome, Coroutine):
            await outcome

    async def _serve(self, started: Callable[[], None]) -> None:
        assert self._server is not None
        self._loop.add_reader(self._control.fileno(), self._hear)
        await self._server.start_serving()
        started()
        await self._is_over
        self._server.close()
        if self._signals is not None:
            await self._signals.finish(self._signals.settle())
        tasks = [each.hang_up() for each in list(self.connections)]
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)

    def _hear(self) -> None:
        """The control socket says something, which is of no matter here, or that it has ended."""
        try:
            said = self._control.recv(4096)
        except OSError:
            said = b""
        if not said and not self._is_over.done():
            self._loop.remove_reader(self._control.fileno())
            self._is_over.set_result(None)

    def _settle(self) -> None:
        if self._signals is not None and self._signals.have_come:
            awaited = self._signals.settle()
            if awaited:
                task = self._loop.create_task(self._signals.finish(awaited))
                task.add_done_callback(_forget)


def _forget(_task: asyncio.Task[None]) -> None:
    """Holds the task until it is done."""
