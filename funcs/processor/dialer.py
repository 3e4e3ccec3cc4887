"""Connects to a worker that listens itself (Nuclio 1.15: a trigger's `mode: async`)."""

from __future__ import annotations

import errno
import socket

from funcs.processor.poller import WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from funcs.processor.reactor import Reactor

_HOST = "127.0.0.1"
#: A worker says that it is ready, and then listens: so long until it is asked again.
_PAUSE_S = 0.02


class Dialer:
    """Opens connections to one worker; `address` is where it is told to listen.

    The port is kept for it, bound and not listened at: the kernel gives it to nobody else.
    """

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._kept = socket.socket()
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind((_HOST, 0))
        self._target = self._kept.getsockname()
        self._calls: set[_Call] = set()
        self._is_closed = False

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{self._target[0]}:{self._target[1]}"

    def dial(self, connected: Callable[[socket.socket], None]) -> None:
        """Connect, as soon as the worker listens; ``connected`` gets the socket."""
        if self._is_closed:
            return
        try:
            call = _Call(self._reactor, self._target, lambda sock: self._end(call, connected, sock))
        except OSError:  # no socket is to be had just now
            self._dial_later(connected)
            return
        self._calls.add(call)
        call.begin()

    def close(self) -> None:
        """Give up what is not connected yet, and the port."""
        self._is_closed = True
        for call in list(self._calls):
            call.close()
        self._calls.clear()
        self._kept.close()

    def _end(
        self, call: _Call, connected: Callable[[socket.socket], None], sock: socket.socket | None
    ) -> None:
        self._calls.discard(call)
        if sock is not None and not self._is_closed:
            connected(sock)
        else:
            self._dial_later(connected)

    def _dial_later(self, connected: Callable[[socket.socket], None]) -> None:
        self._reactor.call_in(_PAUSE_S, lambda: self.dial(connected))


class _Call:
    """One attempt to connect; ``ended`` gets the socket, or None."""

    def __init__(
        self,
        reactor: Reactor,
        target: tuple[str, int],
        ended: Callable[[socket.socket | None], None],
    ) -> None:
        self._reactor = reactor
        self._target = target
        self._ended = ended
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def begin(self) -> None:
        code = self._socket.connect_ex(self._target)
        if code == errno.EINPROGRESS:
            self._reactor.watch(self._socket.fileno(), self, WRITE)
        else:
            self._finish(code)

    def close(self) -> None:
        self._reactor.forget(self._socket.fileno())
        self._socket.close()

    def on_event(self, mask: int) -> None:
        """It is connected, or refused."""
        self._reactor.forget(self._socket.fileno())
        self._finish(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def on_crash(self, error: Exception) -> None:
        """A bug: the worker is asked again."""
        self._reactor.report(error)
        self._finish(errno.EIO)

    def _finish(self, code: int) -> None:
        if code:
            self._socket.close()
        self._ended(None if code else self._socket)
