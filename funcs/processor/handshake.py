"""Meets a starting worker: two unix sockets to which it connects, the control channel after that.

Nuclio 1.14: pkg/processor/runtime/rpc/connection. The wrapper connects to the event socket, then
to the control socket; both listen before it is started.
"""

from __future__ import annotations

import os
import socket

from funcs.worker.wire import LineSplitter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from funcs.processor.crew import Crew
    from funcs.processor.reactor import Reactor

_FOLDER = "/tmp"
#: The longest control message; Nuclio's are a hundred bytes.
_LONGEST_MESSAGE = 1 << 20


class Watch:
    """Calls one function whenever its descriptor is ready."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call

    def on_event(self, mask: int) -> None:
        """The descriptor is ready, whatever for."""
        self._call()

    def on_crash(self, error: Exception) -> None:
        """A bug in the function: it is raised where it can be seen."""
        raise error


class Handshake:
    """Listens for one worker; `event_path` and `control_path` are what it is told.

    ``connected`` gets the event socket; the crew gets each line of the control socket.
    """

    def __init__(
        self,
        reactor: Reactor,
        connected: Callable[[socket.socket], None],
        crew: Crew,
    ) -> None:
        self._reactor = reactor
        self._connected = connected
        self._crew = crew
        self._lines = LineSplitter()
        self._control_socket: socket.socket | None = None
        self.event_path, self._event_listener = self._listen(self._accept_event)
        self.control_path, self._control_listener = self._listen(self._accept_control)

    def close(self) -> None:
        """Listen no more and leave no file behind."""
        self._drop(self._event_listener, self.event_path)
        self._drop(self._control_listener, self.control_path)
        if self._control_socket is not None:
            self._drop(self._control_socket)
            self._control_socket = None

    def _listen(self, accept: Callable[[], None]) -> tuple[str, socket.socket]:
        path = f"{_FOLDER}/nuclio-rpc-{os.urandom(10).hex()}.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.setblocking(False)
        listener.bind(path)
        listener.listen(1)
        self._reactor.watch(listener.fileno(), Watch(accept))
        return path, listener

    def _accept_event(self) -> None:
        accepted = self._accept(self._event_listener, self.event_path)
        if accepted is not None:
            self._connected(accepted)

    def _accept_control(self) -> None:
        accepted = self._accept(self._control_listener, self.control_path)
        if accepted is not None:
            self._control_socket = accepted
            self._crew.link_met("control socket")
            self._reactor.watch(accepted.fileno(), Watch(self._read_control))

    def _accept(self, listener: socket.socket, path: str) -> socket.socket | None:
        try:
            accepted = listener.accept()[0]
        except OSError:  # it came and went
            return None
        accepted.setblocking(False)
        self._drop(listener, path)
        return accepted

    def _read_control(self) -> None:
        if self._control_socket is None:
            return
        try:
            data = self._control_socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        for line in self._lines.feed(data):
            self._crew.log_control(line)
        if not data or self._lines.held > _LONGEST_MESSAGE:
            self._drop(self._control_socket)
            self._control_socket = None

    def _drop(self, sock: socket.socket, path: str = "") -> None:
        if sock.fileno() < 0:
            return
        self._reactor.forget(sock.fileno())
        sock.close()
        if path:
            try:
                os.unlink(path)  # noqa: PTH108 - pathlib is not imported for this
            except OSError:
                return
