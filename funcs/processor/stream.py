"""A client's TCP connection: what comes is handed on, what is sent goes out when there is room."""

from __future__ import annotations

import socket
import sys

from funcs.processor.poller import GONE, READ, WRITE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.reactor import Reactor

#: Below the size from which malloc asks the kernel for pages of their own, each time anew.
_RECEIVE = 65536
#: How long a refused client may go on sending before the connection is cut.
_LINGER_S = 1.0


class Stream:
    """One connection; a subclass says what is done with what comes.

    ``has_ended``: the client sends no more, but may still read; ``is_closed``: it is over.
    ``receipts`` counts how often something came, ``stalls`` how often there was no room to send.
    """

    __slots__ = (
        "_late",
        "_receive",
        "_send",
        "_unsent",
        "has_ended",
        "is_closed",
        "is_draining",
        "is_paused",
        "reactor",
        "receipts",
        "sock",
        "stalls",
    )  # fmt: skip

    def __init__(self, reactor: Reactor, sock: socket.socket) -> None:
        self.reactor = reactor
        self.sock = sock
        self._receive = sock.recv
        self._send = sock.send
        self._unsent = memoryview(b"")
        self.is_paused = False
        self.has_ended = False
        self.is_closed = False
        self.is_draining = False
        self.receipts = 0
        self.stalls = 0
        self._late = 0  # bytes that went out since there was no room
        reactor.watch(sock.fileno(), self)

    def received(self, data: bytes) -> None:
        """Something came."""
        raise NotImplementedError

    def ended(self) -> None:
        """The client sends no more."""
        raise NotImplementedError

    def flushed(self) -> None:
        """What `push` could not send at once is out now."""
        raise NotImplementedError

    def closed(self) -> None:
        """The connection is over, whoever ended it."""
        raise NotImplementedError

    @property
    def has_unsent(self) -> bool:
        """Whether the client leaves something unread that there was no room for."""
        return bool(self._unsent)

    @property
    def has_unread(self) -> bool:
        """Whether the client has sent something that was not taken yet."""
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def bytes_read(self) -> int:
        """How many bytes the client has taken, counted from anywhere; for `has_unsent`."""
        return self._late - _held_back(self.sock)

    def push(self, data: bytes) -> bool:
        """Send; whether all of it is out. If not, `flushed` is called later, or `closed`."""
        if self._unsent:
            self._unsent = memoryview(b"".join((self._unsent, data)))
            return False
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return False
        if sent == len(data):
            return True
        self._unsent = memoryview(data)[sent:]
        self.stalls += 1
        self._change()
        return False

    def pause(self, *, is_paused: bool) -> None:
        """Leave what the client sends where it is, or take it again."""
        if is_paused != self.is_paused and not self.is_closed:
            self.is_paused = is_paused
            self._change()

    def close(self) -> None:
        """End the connection now."""
        if not self.is_closed:
            self.is_closed = True
            self.reactor.forget(self.sock.fileno())
            self.sock.close()
            self._unsent = memoryview(b"")
            self.closed()

    def close_politely(self) -> None:
        """End it so that the last answer is read, even by a client that is still sending."""
        if self.is_closed or self.has_ended:
            self.close()
            return
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
            return
        self.is_draining = True
        self.pause(is_paused=False)
        self.reactor.call_in(_LINGER_S, self.close)

    def on_event(self, mask: int) -> None:
        """The socket is ready."""
        if mask & WRITE and self._unsent:
            self._send_rest()
        if not mask & ~WRITE or self.is_closed:
            return
        if not self.is_paused:
            self._read()
        elif mask & GONE:
            self.close()

    def on_crash(self, error: Exception) -> None:
        """A bug: this client is cut off, the others go on."""
        self.reactor.report(error)
        self.close()

    def _read(self) -> None:
        self.receipts += 1
        try:
            data = self._receive(_RECEIVE)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if self.is_draining:
            if not data:
                self.close()
        elif data:
            self.received(data)
        else:
            self.has_ended = True
            self.pause(is_paused=True)  # an end stays readable for ever
            self.ended()

    def _send_rest(self) -> None:
        try:
            sent = self._send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        self._unsent = self._unsent[sent:]
        self._late += sent
        if not self._unsent:
            self._change()
            self.flushed()

    def _change(self) -> None:
        mask = 0 if self.is_paused else READ
        self.reactor.change(self.sock.fileno(), mask | WRITE if self._unsent else mask)


def _held_back(sock: socket.socket) -> int:
    """The bytes that this system still holds for the other end; 0 where it does not tell."""
    try:
        import fcntl  # clients that read too slowly are few
        import termios

        held = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
    except (ImportError, OSError, ValueError):  # no such call here, or no real socket
        return 0
    return int.from_bytes(held, sys.byteorder)
