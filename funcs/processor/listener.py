"""A listening TCP socket."""

from __future__ import annotations

import errno
import socket

from funcs.errors import ProcessorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from funcs.processor.config import Address
    from funcs.processor.reactor import Reactor

_BACKLOG = 1024
_AT_ONCE = 64
_PAUSE_S = 0.1
#: Linux' own: asm-generic/socket.h, and "return a constant" of linux/filter.h.
_SO_ATTACH_REUSEPORT_CBPF = 51
_RETURN = 0x06


class Listener:
    """Bound from the start, so that a port in use is noticed; listens once `start` is called.

    ``host`` is taken where the address names none; ``welcome`` gets each client's socket;
    ``starved`` is called when the system has none left, before the next try. A port that
    ``is_shared`` may be another processor's too: both take clients, until one of them leaves.
    """

    def __init__(
        self,
        reactor: Reactor,
        address: Address,
        *,
        host: str,
        where: str,
        welcome: Callable[[socket.socket], None],
        starved: Callable[[], None],
        is_shared: bool = False,
    ) -> None:
        self._reactor = reactor
        self._starved = starved
        self._welcome = welcome
        self._where = where
        place = address.host or host or "127.0.0.1"
        self._socket = _bound(place, address.port, where, is_shared=is_shared)
        self.host, self.port = self._socket.getsockname()[:2]

    def start(self) -> None:
        """Take clients.

        Raises:
            ProcessorError: somebody else listens there since.
        """
        try:
            self._socket.listen(_BACKLOG)
        except OSError as error:
            raise _refusal(error, self.host, self.port, self._where) from error
        self._reactor.watch(self._socket.fileno(), self)

    def leave(self) -> None:
        """Have the kernel lead new clients to whoever listens at the shared port since.

        Those that it gave to this one already are still taken, until `close`. Without a successor
        nothing changes.
        """
        try:
            _lead_to_second(self._socket)
        except OSError:  # the system cannot: some of the new clients come here until `close`
            return

    def close(self) -> None:
        """Take no more clients, and free the port."""
        if self._socket.fileno() >= 0:
            self._reactor.forget(self._socket.fileno())
            self._socket.close()

    def on_event(self, mask: int) -> None:
        """Clients wait."""
        for _ in range(_AT_ONCE):
            try:
                client = self._socket.accept()[0]
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._rest()
                return
            try:
                client.setblocking(False)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:  # it is gone already
                client.close()
            else:
                self._welcome(client)

    def on_crash(self, error: Exception) -> None:
        """A bug while a client was welcomed: the next one may fare better."""
        self._reactor.report(error)

    def _rest(self) -> None:
        """No more sockets are to be had: leave the clients in the kernel's queue for a while."""
        self._reactor.change(self._socket.fileno(), 0)
        self._reactor.call_in(_PAUSE_S, self._resume)
        self._starved()

    def _resume(self) -> None:
        if self._socket.fileno() >= 0:
            self._reactor.change(self._socket.fileno(), 1)


def allow_files(wanted: int) -> int:
    """How many files and sockets this process may have open, raised to ``wanted`` if it can be."""
    try:
        import resource
    except ImportError:  # Windows
        return 8192
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    best = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (best, hard))
    except (ValueError, OSError):  # the system knows a lower limit of its own
        return soft
    return best


def _lead_to_second(sock: socket.socket) -> None:
    """Have the kernel choose the second listener of a shared port, by a filter of one instruction.

    Listeners are numbered in the order in which they began. Where there is one alone, the second
    is nobody and the kernel takes that one.

    Raises:
        OSError: the system knows no such filters.
    """
    import struct
    from array import array

    program = array("B", struct.pack("HBBI", _RETURN, 0, 0, 1))
    pointer = struct.pack("HP", 1, program.buffer_info()[0])
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, pointer)


def _bound(host: str, port: int, where: str, *, is_shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind((host, port))
    except (OSError, OverflowError) as error:
        sock.close()
        raise _refusal(error, host, port, where) from error
    return sock


def _refusal(error: Exception, host: str, port: int, where: str) -> ProcessorError:
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    code = getattr(error, "errno", None)
    if code == errno.EADDRINUSE:
        what, fix = f"{place} is in use already", "stop who listens there, or choose another port"
    elif code == errno.EACCES:
        what, fix = f"{place} may not be listened at", "choose a port above 1023"
    else:
        reason = getattr(error, "strerror", None) or str(error)
        what, fix = f"{place} cannot be listened at: {reason}", "name an address of this machine"
    return ProcessorError(what, where=where, fix=fix)
