"""The half of an HTTP connection that reads: from a client's bytes to whole requests.

Keep-alive, pipelining, HTTP/1.0, `Expect: 100-continue` and chunked bodies, as Nuclio 1.14 has
them (fasthttp 1.51). What httptools refuses gets 400 and the end of the connection.
"""

from __future__ import annotations

from funcs.processor.clients import BODY, BUSY, HEAD, IDLE, SENDING
from funcs.processor.http_body import body_reader
from funcs.processor.http_head import BadRequestError, HeadProbe
from funcs.processor.http_reply import Reply
from funcs.processor.stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from funcs.processor.http_body import BodyReader
    from funcs.processor.http_prepared import Prepared
    from funcs.processor.triggers.http import HttpTrigger

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
#: How much of later requests is taken while one is being handled.
_MOST_AHEAD = 65536


class HttpReader(Stream):
    """Reads one request after the other; a subclass answers them.

    ``is_busy`` from a whole request on until the answer is out; ``prepared`` is its head.
    """

    __slots__ = (
        "_body",
        "_buffer",
        "_is_advancing",
        "_probe",
        "_probed",
        "_trigger",
        "closes",
        "is_busy",
        "prepared",
    )

    def __init__(self, trigger: HttpTrigger, sock: socket.socket) -> None:
        super().__init__(trigger.reactor, sock)
        self._trigger = trigger
        self._buffer = b""
        self._body: BodyReader | None = None
        self._probe: HeadProbe | None = None
        self._probed = 0
        self._is_advancing = False
        self.is_busy = False
        self.closes = False
        self.prepared: Prepared | None = None

    def submit(self, prepared: Prepared, body: bytes) -> None:
        """A simple request is whole."""
        raise NotImplementedError

    def take(self, prepared: Prepared, body: bytes, trailers: bytes) -> None:
        """A request of a kind that needs a look is whole; ``trailers`` came after its chunks.

        Raises:
            BadRequestError: its body is not what its head says.
        """
        raise NotImplementedError

    def received(self, data: bytes) -> None:
        """Bytes of a request, or of a later one."""
        if self.is_busy:
            self._buffer += data
            if len(self._buffer) > _MOST_AHEAD:
                self.pause(is_paused=True)
        elif self._body is not None:
            self._read_body(self._body, data)
        elif self._buffer:
            data, self._buffer = self._buffer + data, b""
            self._read_head(data)
        else:
            self._read_head(data)

    def ended(self) -> None:
        """The client sends no more: what it has asked is answered yet."""
        if not self.is_busy:
            self.close()

    def waits_for(self) -> tuple[int, object, int]:
        """What the processor waits for, in which request, and how many bytes of it came."""
        if self._unsent:
            return SENDING, self.stalls, self.bytes_read()
        if self.is_busy or self.is_draining:
            return BUSY, None, 0
        if self._body is not None:
            return BODY, self._body, self._body.came
        return (HEAD, self._probe, 0) if self._buffer else (IDLE, self.receipts, 0)

    def give_up(self, phase: int) -> None:
        """End it, for it takes too long: 408 to a request that was begun."""
        if phase == SENDING:
            self.close()
        else:
            self._refuse(408, b"Request timeout")

    def _read_head(self, data: bytes) -> None:
        end = data.find(b"\r\n\r\n") + 4
        if end < 4:
            self._read_part_of_head(data)
            return
        self._probe = None
        trigger = self._trigger
        prepared = trigger.known.get(data[:end])
        if prepared is None:
            prepared = self._prepare(data, end)
            if prepared is None:
                return
        self.prepared = prepared
        stop = end + prepared.size
        if not prepared.is_simple or len(data) < stop:
            self._begin_body(prepared, data[end:])
            return
        if len(data) > stop:
            self._buffer = data[stop:]
        self.is_busy = True
        self.submit(prepared, data[end:stop])

    def _prepare(self, data: bytes, end: int) -> Prepared | None:
        """The request for a head that is not known yet."""
        if data[0] in b"\r\n":  # empty lines before a request are passed over
            data = data.lstrip(b"\r\n")
            if data:
                self._read_head(data)
            return None
        if end > self._trigger.config.most_head:
            self._refuse(431, b"Too big request header")
            return None
        try:
            return self._trigger.requests.prepare(data[:end])
        except BadRequestError:
            self._refuse_bad()
            return None

    def _read_part_of_head(self, data: bytes) -> None:
        if len(data) > self._trigger.config.most_head:
            self._refuse(431, b"Too big request header")
            return
        if data[0] in b"\r\n":
            data = data.lstrip(b"\r\n")
        self._buffer = data
        if self._probe is None:
            self._probe, self._probed = HeadProbe(), 0
        try:
            self._probe.feed(data[self._probed :])
        except BadRequestError:
            self._buffer = b""
            self._refuse_bad()
        self._probed = len(data)

    def _begin_body(self, prepared: Prepared, data: bytes) -> None:
        head = prepared.head
        if head.expects and head.length:
            self.push(_CONTINUE)
        try:
            reader = body_reader(head.length, self._trigger.config.most_body)
        except BadRequestError:
            self._refuse_bad()
            return
        self._read_body(reader, data)

    def _read_body(self, reader: BodyReader, data: bytes) -> None:
        self._body = reader
        try:
            if not reader.feed(data):
                return
            self._body = None
            self._buffer = reader.rest
            self.is_busy = True
            if self.prepared is not None:
                self.take(self.prepared, bytes(reader.body), reader.trailers)
        except BadRequestError:
            self._refuse_bad()

    def _refuse_bad(self) -> None:
        self._refuse(400, b"Error when parsing request")

    def _refuse(self, status: int, sentence: bytes) -> None:
        """Answer what is no request and end the connection."""
        self.is_busy = True
        self.closes = True
        self._buffer = b""
        self._body = None
        self.prepared = None
        reply = Reply.text(status, sentence)
        if self.push(reply.to_bytes(self._trigger.clock, None, closes=True)):
            self.close_politely()

    def advance(self) -> None:
        """Serve the requests that lie here, without one call inside the other."""
        if self._is_advancing:
            return
        self._is_advancing = True
        while self._buffer and not self.is_busy and not self.is_closed:
            data, self._buffer = self._buffer, b""
            before = len(data)
            self._read_head(data)
            if not self.is_busy and len(self._buffer) == before:
                break  # the rest of a request is still to come
        self._is_advancing = False
        if not self.is_busy and not self.is_closed:
            if self.has_ended:
                self.close()
            else:
                self.pause(is_paused=False)
