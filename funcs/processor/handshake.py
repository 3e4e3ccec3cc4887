"""Meets a starting worker: two unix sockets to which it connects, the control channel after that.

Nuclio 1.14: pkg/processor/runtime/rpc/connection. The wrapper connects to the event socket, then
to the control socket; both listen before it is started.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from funcs.worker.wire import LineSplitter, pack_event, parse_control

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from funcs.processor.crew import Crew
    from funcs.processor.reactor import Reactor
    from funcs.worker.wire import ControlMessage

#: Where sockets lie: as Nuclio's, or in memory where the container's files are read-only.
_FOLDERS = ("/tmp", "/dev/shm")
#: What a worker said last is heard, but not for as long as its children go on talking.
_LAST_READS = 16
#: The longest control message; Nuclio's are a hundred bytes.
_LONGEST_MESSAGE = 1 << 20


class Watch:
    """Calls one function whenever its descriptor is ready."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call

    def on_event(self, mask: int) -> None:
        """The descriptor is ready, whatever for."""
        self._call()

    def on_crash(self, error: Exception) -> None:
        """A bug in the function: it is raised where it can be seen."""
        raise error


class Handshake:
    """Listens for one worker; `event_path` and `control_path` are what it is told.

    ``connected`` gets the event socket; the crew gets each line of the control socket, and the
    file that may come with one: the memory of the worker's metrics. ``heard`` gets each message.
    With an ``address`` the worker is told to listen there itself, and no event socket is made.
    """

    def __init__(
        self,
        reactor: Reactor,
        connected: Callable[[socket.socket], None],
        crew: Crew,
        *,
        address: str = "",
        heard: Callable[[ControlMessage], None] | None = None,
    ) -> None:
        self._reactor = reactor
        self._connected = connected
        self._crew = crew
        self._heard = heard
        self._lines = LineSplitter()
        self._control_socket: socket.socket | None = None
        self._metrics_file = -1
        self._event_listener: socket.socket | None = None
        self.event_path = address
        if not address:
            self.event_path, self._event_listener = self._listen(self._accept_event)
        self.control_path, self._control_listener = self._listen(self._accept_control)

    def tell(self, kind: str, attributes: dict[str, int]) -> None:
        """Send a control message; one that finds no room is dropped: the worker reads none."""
        if self._control_socket is None:
            return
        with suppress(OSError):
            self._control_socket.send(pack_event({"kind": kind, "attributes": attributes}))

    def close(self) -> None:
        """Listen no more and leave no file behind; what the worker said last is heard."""
        if self._event_listener is not None:
            self._drop(self._event_listener, self.event_path)
        self._drop(self._control_listener, self.control_path)
        for _ in range(_LAST_READS):
            if not self._read_control():
                break
        self.hang_up()
        if self._metrics_file >= 0:
            self._crew.metrics.close(self._metrics_file)
            self._metrics_file = -1

    def _listen(self, accept: Callable[[], None]) -> tuple[str, socket.socket]:
        listener = socket.socket(socket.AF_UNIX)
        listener.setblocking(False)
        path = _bound(listener)
        listener.listen(1)
        self._reactor.watch(listener.fileno(), Watch(accept))
        return path, listener

    def _accept_event(self) -> None:
        listener = self._event_listener
        accepted = None if listener is None else self._accept(listener, self.event_path)
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

    def _read_control(self) -> bool:
        """Read what has come; whether there was anything."""
        if self._control_socket is None:
            return False
        try:
            data, files, _, _ = socket.recv_fds(self._control_socket, 65536, 1)
        except BlockingIOError:
            return False
        except OSError:
            data, files = b"", []
        for file in files:
            self._take(file)
        self._hear(data)
        if not data or self._lines.held > _LONGEST_MESSAGE:
            self.hang_up()
        return bool(data)

    def _hear(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            message = parse_control(line)
            if message is not None:
                self._crew.log_control(message)
                if self._heard is not None:
                    self._heard(message)

    def _take(self, file: int) -> None:
        """Keep the first file that comes; no worker has need of another."""
        os.set_inheritable(file, False)
        if self._metrics_file >= 0:
            os.close(file)
            return
        try:
            self._crew.metrics.open(file)
            self._metrics_file = file
        except OSError:
            return

    def hang_up(self) -> None:
        """Let the worker read the end of the control socket."""
        if self._control_socket is not None:
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


def _bound(listener: socket.socket) -> str:
    """The path that the socket is bound to, in the first folder that takes it.

    Raises:
        OSError: none does.
    """
    name = f"nuclio-rpc-{os.urandom(10).hex()}.sock"
    *before, last = [f"{folder}/{name}" for folder in _FOLDERS]
    for path in before:
        with suppress(OSError):
            listener.bind(path)
            return path
    listener.bind(last)
    return last
