"""One of the connections over which an `AsyncWorker` gets events, one after the other."""

from __future__ import annotations

import asyncio

from funcs.worker.forked import Forked
from funcs.worker.frames import HEADER_BYTES, FrameError
from funcs.worker.outlet import LogStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from funcs.worker.async_worker import AsyncWorker
    from funcs.worker.invoker import Invoker

    Rest = Callable[[], Coroutine[Any, Any, None]]
    NewInvoker = Callable[[Callable[[bytes], None], Rest], Invoker]

#: Nuclio 1.15's answer while a worker drains.
_DISCARDED = (
    b'r{"body": "Event discarded: worker draining", "body_encoding": "text", '
    b'"content_type": "text/plain", "status_code": 500}\n'
)


class Connection(asyncio.Protocol):
    """Reads frames, has them handled, and writes the lines that answer.

    When the processor closes it, the handler that is at work is cancelled.
    """

    def __init__(self, worker: AsyncWorker) -> None:
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._unread = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._forked: Forked | None = None
        self._logger = worker.context.logger.fork(LogStream(self))
        self._invoker = worker.new_invoker(self.write, self._rest)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The processor has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._worker.connections.add(self)
        self.write(b"s\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """The processor wants no answer any more."""
        self._worker.connections.discard(self)
        self._transport = None
        self.resume_writing()
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """A part of a frame, or several."""
        self._unread += data
        if self._task is None:
            self._begin()

    def pause_writing(self) -> None:
        """The processor reads no more for now."""
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        """It has read."""
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def write(self, data: bytes) -> None:
        """Send lines; what nobody will read is dropped."""
        if self._forked is not None:
            self._forked.sendall(data)
        elif self._transport is not None:
            self._transport.write(data)

    def forget_socket(self) -> None:
        """This process was forked from the worker's."""
        self._forked = Forked()

    def hang_up(self) -> asyncio.Task[None] | None:
        """End it; the handler that is cut short, if there is one."""
        if self._transport is not None:
            self._transport.abort()
        if self._task is not None:
            self._task.cancel()
        return self._task

    async def _rest(self) -> None:
        """Let others have their turn, and wait until the processor has read what was written."""
        if self._room is not None:
            await self._room
        else:
            await asyncio.sleep(0)

    def _begin(self) -> None:
        """Have the next frame handled, if it is whole."""
        unread = self._unread
        if len(unread) < HEADER_BYTES:
            return
        end = HEADER_BYTES + int.from_bytes(unread[:HEADER_BYTES], "big")
        if end == HEADER_BYTES:
            self._invoker.refuse(FrameError("Illegal message size: 0"))
            self.hang_up()
        elif len(unread) >= end:
            payload = bytes(unread[HEADER_BYTES:end])
            del unread[:end]
            self._task = self._loop.create_task(self._handle(payload))

    async def _handle(self, payload: bytes) -> None:
        self._worker.context.logger = self._logger  # this task's, and those it starts
        if self._worker.discarding:
            self.write(_DISCARDED)
        else:
            begun = self._invoker.invoke(payload)
            if begun is not None:
                await begun
        self._task = None
        if self._transport is not None:
            self._begin()
