"""A worker without sockets, for tests: frames in, lines out, in the caller's own process."""

from __future__ import annotations

from collections.abc import Coroutine

from funcs.context import make_context
from funcs.logger import Logger
from funcs.worker.frames import FrameReader
from funcs.worker.invoker import Invoker
from funcs.worker.outlet import LogStream, Outlet
from funcs.worker.streaming import Audience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from funcs.worker.invoker import Handler

__all__ = ["Runner"]


class Runner:
    r"""Does all that a worker process does with an event, but for the socket.

    ``init_context`` runs at once, and raises what it raises; ``context`` is what the handler gets.
    Further keyword arguments are ``make_context``'s: worker_id, trigger_kind and the like.
    Coroutines run on a loop of the runner's own; it goes round only while one is awaited, also
    where the caller's thread has a loop that runs.
    Generators are streamed where ``streams``, else they are no answer (Nuclio 1.14).

    >>> from funcs.worker.wire import event_map, pack_event
    >>> runner = Runner(lambda context, event: event.path)
    >>> runner.handle_frame(pack_event(event_map(path="/a"))).splitlines()[1][:15]
    b'r{"body": "/a",'
    """

    def __init__(
        self,
        handler: Handler,
        init_context: Callable[[Any], Any] | None = None,
        *,
        full_errors: bool = True,
        streams: bool = True,
        **told: Any,
    ) -> None:
        self._lines = _Lines()
        self._loop: Any = None
        outlet = Outlet(self._lines)
        logger = Logger(LogStream(outlet))
        self.context = make_context(logger, **told)
        logger.bind(worker_id=self.context.worker_id)
        audience = Audience() if streams else None
        self._invoker = Invoker(
            handler, self.context, outlet.write, full_errors=full_errors, audience=audience
        )
        outcome = None if init_context is None else init_context(self.context)
        if isinstance(outcome, Coroutine):
            self._run(outcome)
        #: The lines that a processor would have read before the first event.
        self.startup = self._lines.take()

    def handle_frame(self, frame: bytes) -> bytes:
        """The lines that answer one frame, records made before among them (``l``, ``m``, ``r``).

        Raises:
            FrameError: ``frame`` is not one whole frame.
        """
        payload = FrameReader(_Once(frame)).read() or b""
        begun = self._invoker.invoke(payload)
        if begun is not None:
            self._run(begun)
        return self._lines.take()

    def close(self) -> None:
        """End the loop, if there was need of one."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        if self._loop is None:
            from asyncio import new_event_loop

            self._loop = new_event_loop()
        from funcs.worker.beside import run_to_end  # asyncio is there by now, not before

        run_to_end(coroutine, self._loop)


class _Lines:
    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def sendall(self, data: bytes, /) -> None:
        self._lines.append(data)

    def take(self) -> bytes:
        lines, self._lines = self._lines, []
        return b"".join(lines)


class _Once:
    """A socket that holds so many bytes, and then its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv_into(self, buffer: memoryview, /) -> int:
        part = self._data[: len(buffer)]
        self._data = self._data[len(part) :]
        buffer[: len(part)] = part
        return len(part)
