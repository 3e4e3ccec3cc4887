"""One client's connection to an HTTP trigger: requests in, answers out, one at a time.

Keep-alive, pipelining (answers in order), HTTP/1.0, HEAD, `Expect: 100-continue` and chunked
bodies, as Nuclio 1.14 has them (fasthttp 1.51). What httptools refuses gets 400 and the end of
the connection.
"""

from __future__ import annotations

from time import monotonic

from funcs.processor.cloudevents import UNREADABLE, CloudEventError, overlay
from funcs.processor.http_body import body_reader
from funcs.processor.http_event import settle_chunks
from funcs.processor.http_head import BadRequestError, HeadProbe, parse_trailers
from funcs.processor.http_multipart import rewritten
from funcs.processor.http_prepared import EVENT, HEALTH
from funcs.processor.http_reply import Reply
from funcs.processor.stream import Stream
from funcs.worker.wire import pack_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from funcs.processor.http_body import BodyReader
    from funcs.processor.http_file import FileStream
    from funcs.processor.http_prepared import Prepared
    from funcs.processor.triggers.http import HttpTrigger
    from funcs.worker.wire import LogRecord

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
#: How much of later requests is taken while one is being handled.
_MOST_AHEAD = 65536
_LARGE = 1 << 20


class HttpConnection(Stream):
    """A client; while its event is on its way it is that event's caller (`Caller`)."""

    __slots__ = (
        "_body",
        "_buffer",
        "_file",
        "_had_body",
        "_is_advancing",
        "_probe",
        "_probed",
        "_trigger",
        "began_at",
        "closes",
        "frame",
        "is_busy",
        "logs",
        "prepared",
        "queued_at",
    )  # fmt: skip

    def __init__(self, trigger: HttpTrigger, sock: socket.socket) -> None:
        super().__init__(trigger.reactor, sock)
        self._trigger = trigger
        self._buffer = b""
        self._body: BodyReader | None = None
        self._file: FileStream | None = None
        self._probe: HeadProbe | None = None
        self._probed = 0
        self.is_busy = False
        self._is_advancing = False
        self._had_body = trigger.borrow_context()
        self.prepared: Prepared | None = None
        self.closes = False
        self.began_at = 0.0
        self.frame = b""
        self.logs: list[LogRecord] | None = None
        self.queued_at = 0.0

    # What comes from the client.

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

    def closed(self) -> None:
        """The connection is over."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._trigger.forget(self, had_body=self._had_body)

    def flushed(self) -> None:
        """The answer is out, or the part of a file that was."""
        if self._file is not None:
            self._send_file(self._file)
        elif self.is_busy:
            self._next()

    # From bytes to an event.

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
        self._submit(prepared, data[end:stop])

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
            self._take(bytes(reader.body), reader.trailers)
        except BadRequestError:
            self._refuse_bad()

    def _take(self, body: bytes, trailers: bytes) -> None:
        """A whole request is here, of a kind that needs a look."""
        prepared = self.prepared
        if prepared is None:
            return
        head = prepared.head
        if prepared.boundary and body:
            body = rewritten(body, prepared.boundary)
        settle_chunks(head, len(body), parse_trailers(trailers))
        if prepared.purpose != EVENT:
            self._answer_self(prepared)
        elif prepared.is_cloud_event:
            self._submit_cloud_event(prepared, body)
        elif prepared.is_simple and len(body) == prepared.size:
            self._submit(prepared, body)
        else:
            self._had_body = True
            front, back = self._trigger.frames.compile(head, len(body))
            self._start(prepared, self._trigger.frames.frame(front, back, body))

    def _submit(self, prepared: Prepared, body: bytes) -> None:
        frames = self._trigger.frames
        if prepared.may_be_nil and not self._had_body:
            self._start(prepared, frames.frame(prepared.nil_front, prepared.nil_back, b""))
        else:
            self._had_body = True
            self._start(prepared, frames.frame(prepared.front, prepared.back, body))

    def _submit_cloud_event(self, prepared: Prepared, body: bytes) -> None:
        event = self._trigger.frames.event_of(prepared.head, body)
        try:
            overlay(event, prepared.head, body)
        except CloudEventError:
            self._trigger.failures += 1
            self._send_reply(Reply.text(500, UNREADABLE))
            return
        self._start(prepared, pack_event(event))

    def _start(self, prepared: Prepared, frame: bytes) -> None:
        trigger = self._trigger
        self.frame = frame
        if trigger.observer is not None:
            self.began_at = monotonic()
            self.logs = []
        elif prepared.log_level is not None:
            self.logs = []
        trigger.pool.submit(self)

    # What becomes of the event.

    def answered(self, line: bytes) -> None:
        """A worker answered."""
        trigger = self._trigger
        result = trigger.read_result(line)
        if result.error:
            trigger.failures += 1
        else:
            trigger.successes += 1
        prepared, status = self.prepared, result.status_code
        if prepared is None or self.is_closed:
            return
        if (
            prepared.is_plain
            and not result.headers
            and result.content_type
            and (status == 200 or (status > 200 and status not in (204, 304)))
            and trigger.observer is None
        ):
            body = result.body
            head = trigger.clock.head(status, result.content_type)
            if len(body) > _LARGE:  # worth a second system call not to be copied
                self.push(b"%b%d\r\n\r\n" % (head, len(body)))
                is_out = self.push(body)
            else:
                is_out = self.push(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            if is_out:
                self._next()
        else:
            self._send_reply(Reply.of(result))

    def unavailable(self) -> None:
        """No worker was free in time: 503, empty."""
        self._trigger.failures += 1
        self._send_reply(Reply(503))

    def timed_out(self) -> None:
        """The handler took too long: 408."""
        self._trigger.failures += 1
        self.logs = None
        self._send_reply(Reply.in_chunks(408, b'{"error": "handler timed out"}'))

    def died(self, reason: str) -> None:
        """The worker ended: 500 and how."""
        self._trigger.failures += 1
        self._send_reply(Reply.text(500, reason.encode("utf-8", "replace")))

    # From an answer to bytes.

    def _answer_self(self, prepared: Prepared) -> None:
        """What no handler is asked for: health, and what CORS decides."""
        cors = self._trigger.cors
        reply = Reply(200)
        if prepared.purpose != HEALTH and cors is not None:
            reply = cors.reply(prepared.head, prepared.purpose)
        self._send_reply(reply, is_marked=True)

    def _send_reply(self, reply: Reply, *, is_marked: bool = False) -> None:
        prepared = self.prepared
        if prepared is None or self.is_closed:
            return
        self._trigger.finish_reply(reply, prepared, self.logs, is_marked=is_marked)
        self.closes = reply.own.closes or not prepared.head.keep_alive
        data = reply.to_bytes(self._trigger.clock, prepared, closes=self.closes)
        self._file = reply.file
        if prepared.purpose == EVENT:
            self._trigger.observe(reply, prepared, monotonic() - self.began_at, self.logs)
        self.logs = None
        if self.push(data):
            self.flushed()

    def _send_file(self, file: FileStream) -> None:
        while data := file.next():
            if not self.push(data):
                return
        self._file = None
        self._next()

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

    def _next(self) -> None:
        """The answer is out: go on with what the client has sent meanwhile."""
        if self.prepared is None:
            self.close_politely()
            return
        self.is_busy = False
        if self.closes:
            self.close_politely() if self._buffer else self.close()
        elif self._buffer:
            self._advance()
        elif self.has_ended:
            self.close()
        elif self.is_paused:
            self.pause(is_paused=False)

    def _advance(self) -> None:
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
