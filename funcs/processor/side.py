"""The processor's small servers beside the function: health, administration, metrics.

They answer as Go's net/http does, for that is what Nuclio's do: the route's own headers, then
Date and the length.
"""

from __future__ import annotations

import time

from funcs.processor.clients import BODY, BUSY, HEAD, IDLE, SENDING, Clients, Limits
from funcs.processor.http_answer import chunked, http_date
from funcs.processor.http_body import body_reader
from funcs.processor.http_head import BadRequestError, parse_head
from funcs.processor.http_status import REASONS
from funcs.processor.listener import Listener
from funcs.processor.stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from typing import Any

    from funcs.processor.config import Address
    from funcs.processor.http_body import BodyReader
    from funcs.processor.http_head import Head
    from funcs.processor.logs import Sink
    from funcs.processor.reactor import Reactor

    Route = Callable[[Head], "SideReply"]

_MOST_HEAD = 65536
_MOST_BODY = 1 << 20
_CHUNK = 2048
#: These servers are asked by few, who should not be able to take what the function's clients need.
_LIMITS = Limits(most=64)


class SideReply:
    """What a route answers; ``headers`` come before Date, ``late`` after the length."""

    __slots__ = ("body", "headers", "is_chunked", "late", "status")

    def __init__(
        self,
        status: int,
        body: str = "",
        headers: tuple[str, ...] = (),
        *,
        late: tuple[str, ...] = (),
        is_chunked: bool = False,
    ) -> None:
        self.status = status
        self.body = body.encode("utf-8", "replace")
        self.headers = headers
        self.late = late
        self.is_chunked = is_chunked

    @classmethod
    def error(cls, status: int, sentence: str) -> SideReply:
        """As Go's http.Error."""
        kind = "Content-Type: text/plain; charset=utf-8"
        return cls(status, f"{sentence}\n", (kind, "X-Content-Type-Options: nosniff"))

    @classmethod
    def text(cls, body: str) -> SideReply:
        """As Go writes what no type was set for."""
        return cls(200, body, late=("Content-Type: text/plain; charset=utf-8",))

    def to_bytes(self, *, is_head: bool, closes: bool) -> bytes:
        """The answer as it is sent."""
        date = f"Date: {http_date(int(time.time())).decode()}"
        length = f"Content-Length: {len(self.body)}"
        lines = [f"HTTP/1.1 {self.status} {REASONS[self.status].decode()}", *self.headers, date]
        if self.is_chunked:
            lines += ["Transfer-Encoding: chunked", *self.late]
        else:
            lines += [length, *self.late]
        if closes:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "\r\n"]).encode()
        if is_head:
            return head
        if not self.is_chunked:
            return head + self.body
        pieces = (self.body[at : at + _CHUNK] for at in range(0, len(self.body), _CHUNK))
        return head + chunked(pieces)


def not_found() -> SideReply:
    """404, as Go's mux says it."""
    return SideReply.error(404, "404 page not found")


class SideServer:
    """Answers every request at one address by one route.

    Raises on construction:
        ProcessorError: the port cannot be had.
    """

    def __init__(
        self,
        reactor: Reactor,
        address: Address,
        route: Route,
        *,
        host: str,
        where: str,
        is_shared: bool = False,
    ) -> None:
        self.route = route
        self.reactor = reactor
        self._sink: Sink | None = None
        self._name = ""
        self.clients = Clients(
            reactor, _LIMITS, connect=self._connect, refusal=self._refusal, tell=self._tell
        )
        self._listener = Listener(
            reactor, address, host=host, where=where,
            welcome=self.clients.welcome, starved=self.clients.starve,
            is_shared=is_shared,
        )  # fmt: skip
        self.port = self._listener.port

    def start(self, sink: Sink, name: str) -> None:
        """Listen, and say so under this name."""
        self._sink, self._name = sink, name
        self._listener.start()
        sink.log("info", name, "Listening", {"listenAddress": f":{self.port}"})

    def close(self) -> None:
        """Cut every connection and free the port."""
        self._listener.close()
        self.clients.close()

    def _connect(self, sock: socket.socket) -> _SideConnection:
        return _SideConnection(self, sock)

    def _refusal(self) -> bytes:
        reply = SideReply.error(503, "503 Service Unavailable")
        return reply.to_bytes(is_head=False, closes=True)

    def _tell(self, message: str, fields: Mapping[str, Any]) -> None:
        if self._sink is not None:
            self._sink.log("warn", self._name, message, fields)


class _SideConnection(Stream):
    """One client of a side server; answers come at once, so requests need no queue."""

    __slots__ = ("_body", "_buffer", "_closes", "_head", "_server")

    def __init__(self, server: SideServer, sock: socket.socket) -> None:
        super().__init__(server.reactor, sock)
        self._server = server
        self._buffer = b""
        self._head: Head | None = None
        self._body: BodyReader | None = None
        self._closes = False

    def received(self, data: bytes) -> None:
        self._buffer += data
        self._go_on()

    def ended(self) -> None:
        self.close()

    def flushed(self) -> None:
        """The answer is out."""
        if self._closes:
            self.close_politely()
        else:
            self.pause(is_paused=False)
            self._go_on()

    def closed(self) -> None:
        self._server.clients.forget(self)

    def waits_for(self) -> tuple[int, object, int]:
        """What the server waits for, in which request, and how many bytes of it came."""
        if self.has_unsent:
            return SENDING, self.stalls, self.bytes_read()
        if self.is_draining:
            return BUSY, None, 0
        if self._body is not None:
            return BODY, self._body, self._body.came
        return (HEAD, None, 0) if self._buffer else (IDLE, self.receipts, 0)

    def give_up(self, phase: int) -> None:
        """End it, for it takes too long."""
        if phase == SENDING:
            self.close()
        else:
            self._refuse(SideReply.error(408, "408 Request Timeout"))

    def _go_on(self) -> None:
        """Serve what came, as long as the client reads the answers."""
        try:
            while self._buffer and not (self._closes or self.is_closed or self.has_unsent):
                if not self._serve():
                    return
        except BadRequestError:
            self._refuse(SideReply.error(400, "400 Bad Request"))
        if self.has_unsent:
            self.pause(is_paused=True)

    def _serve(self) -> bool:
        """Serve one request if it is whole."""
        if self._head is None or self._body is None:
            end = self._buffer.find(b"\r\n\r\n") + 4
            if end < 4:
                if len(self._buffer) > _MOST_HEAD:
                    raise BadRequestError("the head is too large")
                return False
            self._head = parse_head(self._buffer[:end])
            self._body = body_reader(self._head.length, _MOST_BODY)
            self._buffer = self._buffer[end:]
        if not self._body.feed(self._buffer):
            self._buffer = b""
            return False
        self._buffer = self._body.rest
        head, self._head, self._body = self._head, None, None
        reply = self._server.route(head)
        closes = not head.keep_alive
        self._say(reply.to_bytes(is_head=head.method == b"HEAD", closes=closes), closes=closes)
        return True

    def _refuse(self, reply: SideReply) -> None:
        self._say(reply.to_bytes(is_head=False, closes=True), closes=True)

    def _say(self, data: bytes, *, closes: bool) -> None:
        """Send an answer; what came after the last one is not looked at."""
        self._closes = closes
        if closes:
            self._buffer = b""
            self._head = self._body = None
        if self.push(data) and closes:
            self.close_politely()
