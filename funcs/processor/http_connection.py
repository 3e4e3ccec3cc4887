"""One client's connection to an HTTP trigger: requests in, answers out, one at a time.

The reading half is `http_reader`'s; here a whole request becomes an event, and what becomes of
that an answer. Answers to pipelined requests go out in order.
"""

from __future__ import annotations

from time import monotonic

from funcs.processor.caller import Follower
from funcs.processor.cloudevents_0_1 import CloudEventError
from funcs.processor.http_event import settle_chunks
from funcs.processor.http_head import parse_trailers
from funcs.processor.http_multipart import rewritten
from funcs.processor.http_prepared import EVENT, HEALTH
from funcs.processor.http_reader import HttpReader
from funcs.processor.http_reply import Reply
from funcs.processor.http_stream import HttpStream
from funcs.tape.exchange import NOT_KEPT
from funcs.worker.wire import pack_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from funcs.processor.caller import Source
    from funcs.processor.cloudevents import CloudEventReader
    from funcs.processor.http_file import FileStream
    from funcs.processor.http_prepared import Prepared
    from funcs.processor.triggers.http import HttpTrigger
    from funcs.worker.wire import LogRecord, Result

#: An answer's body beyond this is worth a second system call not to be copied.
_LARGE = 1 << 20


class HttpConnection(HttpReader):
    """A client; while its event is on its way it is that event's caller (`Caller`)."""

    __slots__ = (
        "_file",
        "_had_body",
        "_stream",
        "began_at",
        "frame",
        "kept",
        "logs",
        "queued_at",
    )

    def __init__(self, trigger: HttpTrigger, sock: socket.socket) -> None:
        super().__init__(trigger, sock)
        self._file: FileStream | None = None
        self._stream: HttpStream | None = None
        self._had_body = trigger.borrow_context()
        self.began_at = 0.0
        self.kept = NOT_KEPT
        self.frame = b""
        self.logs: list[LogRecord] | None = None
        self.queued_at = 0.0

    def closed(self) -> None:
        """The connection is over."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._stream is not None:
            self._stream.source.cancel()
            self._stream.observe(self._trigger)
            self._stream = None
        self._trigger.forget(self, had_body=self._had_body)

    def flushed(self) -> None:
        """The answer is out, or the part of it that was."""
        if self._file is not None:
            self._send_file(self._file)
        elif self._stream is not None:
            self._stream.source.resume()
        elif self.is_busy:
            self._next()

    # From a request to an event.

    def take(self, prepared: Prepared, body: bytes, trailers: bytes) -> None:
        """A whole request is here, of a kind that needs a look."""
        head = prepared.head
        if prepared.boundary and body:
            body = rewritten(body, prepared.boundary)
        settle_chunks(head, len(body), parse_trailers(trailers))
        if prepared.purpose != EVENT:
            self._answer_self(prepared)
        elif prepared.cloud_event is not None:
            self._submit_cloud_event(prepared, prepared.cloud_event, body)
        elif prepared.is_simple and len(body) == prepared.size:
            self.submit(prepared, body)
        else:
            self._had_body = True
            front, back = self._trigger.frames.compile(head, len(body))
            self._start(prepared, self._trigger.frames.frame(front, back, body), body)

    def submit(self, prepared: Prepared, body: bytes) -> None:
        """A simple request is whole."""
        frames = self._trigger.frames
        if prepared.may_be_nil and not self._had_body:
            self._start(prepared, frames.frame(prepared.nil_front, prepared.nil_back, b""), None)
        else:
            self._had_body = True
            self._start(prepared, frames.frame(prepared.front, prepared.back, body), body)

    def _submit_cloud_event(self, prepared: Prepared, read: CloudEventReader, body: bytes) -> None:
        event = self._trigger.frames.event_of(prepared.head, body)
        try:
            event.update(read(prepared.head, body))
            frame = pack_event(event)
        except (CloudEventError, ValueError, OverflowError) as error:  # or no worker could read it
            status = getattr(error, "status", CloudEventError.status)
            sentence = getattr(error, "sentence", CloudEventError.sentence)
            self._trigger.failures += 1
            self._send_reply(Reply.text(status, sentence))
            return
        self._trigger.frames.last_id = event["id"].encode("utf-8", "surrogateescape")
        self._start(prepared, frame, body)

    def _start(self, prepared: Prepared, frame: bytes, body: bytes | None) -> None:
        trigger = self._trigger
        self.frame = frame
        if trigger.observer is not None:
            self.began_at = monotonic()
            self.logs = []
            if trigger.observer.keeps_bytes:
                self.kept = (trigger.frames.last_id, body)
        elif prepared.log_level is not None:
            self.logs = []
        trigger.submit(self)

    # What becomes of the event.

    def answered(self, line: bytes) -> None:
        """A worker answered."""
        self.finish(self._trigger.read_result(line))

    def finish(self, result: Result) -> None:
        """A worker answered; this is the result for this event."""
        trigger = self._trigger
        trigger.count(result)
        prepared, status = self.prepared, result.status_code
        if prepared is None or self.is_closed:
            if self.kept is not NOT_KEPT:  # the client is gone: the tape has it all the same
                trigger.observe(self, Reply.of(result), worker=trigger.pool.answered_by)
            return
        if (
            prepared.is_plain
            and not result.headers
            and result.content_type
            and not trigger.is_leaving
            and (status == 200 or (200 < status < 1000 and status not in (204, 304)))
        ):
            body = result.body
            if trigger.observer is not None:
                trigger.observe_plain(self, prepared, result)
            head = trigger.clock.head(status, result.content_type)
            if len(body) > _LARGE:  # worth a second system call not to be copied
                self.push(b"%b%d\r\n\r\n" % (head, len(body)))
                is_out = self.push(body)
            else:
                is_out = self.push(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            if is_out:
                self._next()
        else:
            self._send_reply(Reply.of(result), worker=trigger.pool.answered_by)

    def stream_began(self, line: bytes, source: Source) -> Follower:
        """A worker begins to answer piece by piece."""
        result, prepared = self._trigger.read_result(line), self.prepared
        self._trigger.count(result)
        if prepared is None or self.is_closed:
            source.cancel()
            return Follower()
        reply = Reply.of(result, is_open=not result.error)
        observer = self._trigger.observer
        stream = HttpStream(
            self, source, reply, is_chunked=not prepared.head.is_old,
            keeps_bytes=0 if observer is None else observer.keeps_bytes,
        )  # fmt: skip
        if reply.is_open and not prepared.is_head:
            self._stream = stream
        self._send_reply(reply)
        if self._stream is stream:
            return stream
        source.cancel()  # the head was all that may be sent, or the client is gone
        return Follower()

    def stream_ended(self, stream: HttpStream, *, is_whole: bool) -> None:
        """The worker is done with it, whole or not."""
        self._stream = None
        stream.observe(self._trigger, worker=self._trigger.pool.answered_by, is_whole=is_whole)
        if not is_whole:
            self._trigger.failures += 1
            self.close()
        elif stream.finish():
            self._next()

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

    def _send_reply(self, reply: Reply, *, is_marked: bool = False, worker: int = -1) -> None:
        prepared = self.prepared
        if prepared is None or self.is_closed:
            return
        self._trigger.finish_reply(reply, prepared, self.logs, is_marked=is_marked)
        if not reply.is_open:
            self._stream = None  # what it began with is no answer's head
        head = prepared.head
        self.closes = (
            reply.own.closes
            or not head.keep_alive
            or self._trigger.is_leaving
            or (reply.is_open and head.is_old)
        )
        data = reply.to_bytes(self._trigger.clock, prepared, closes=self.closes)
        self._file = reply.file
        if self._stream is None and prepared.purpose == EVENT:
            self._trigger.observe(self, reply, worker=worker)
        if self.push(data):
            self.flushed()
        elif self._stream is not None:
            self._stream.source.pause()

    def _send_file(self, file: FileStream) -> None:
        while data := file.next():
            if not self.push(data):
                return
        self._file = None
        self._next()

    def _next(self) -> None:
        """The answer is out: go on with what the client has sent meanwhile."""
        if self.prepared is None:
            self.close_politely()
            return
        self.is_busy = False
        if self.closes:
            self.close_politely() if self._buffer else self.close()
        elif self._buffer:
            self.advance()
        elif self.has_ended:
            self.close()
        elif self.is_paused:
            self.pause(is_paused=False)
