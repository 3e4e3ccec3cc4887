"""One socket of a worker: events go out over it one at a time, lines come back.

A worker has one, or in Nuclio's async mode (`mode: async`) many, so that as many events are under
way in it at once.
"""

from __future__ import annotations

import binascii
from collections import deque
from time import monotonic

from funcs.processor.caller import Follower
from funcs.processor.poller import READ, WRITE
from funcs.worker.wire import (
    DURATION,
    LOG,
    RESULT,
    STARTED,
    STREAM,
    STREAM_BODY,
    STREAM_END,
    STREAM_START,
    LineSplitter,
    parse_duration,
    parse_log,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from funcs.processor.caller import Caller
    from funcs.processor.link import Link

#: Below the size from which malloc asks the kernel for pages of their own, each time anew.
_RECEIVE = 65536
_LAST_OF_JSON = b"}]"
_QUICK_S = 0.001
#: How much of one event's log records is kept for who asks for them: X-Nuclio-Logs takes 4 KiB.
_MOST_LOG_BYTES = 4 << 20
_OUT_OF_STEP = "the worker wrote an answer to no event, so that its next one might be another's"
_NEVER = float("inf")


class Channel:
    """A connected event socket of ``link``'s worker.

    ``is_ready`` from its ``s`` line on. ``caller`` is whose event is worked on, ``ahead`` are
    those whose events have been sent already; ``quick`` counts answers that took no time to
    speak of, ``streams`` those that came piece by piece. ``is_unread``: the worker ended before
    it had read the event.
    """

    __slots__ = (
        "_follower",
        "_has_limit",
        "_has_started",
        "_is_paused",
        "_lines",
        "_log_bytes",
        "_longest_line",
        "_reactor",
        "_socket",
        "_split",
        "_unsent",
        "ahead",
        "caller",
        "is_ready",
        "is_unread",
        "link",
        "pool",
        "quick",
        "started_at",
        "streams",
    )

    def __init__(self, link: Link, sock: socket.socket) -> None:
        self.link = link
        self.pool = link.pool
        self.is_ready = False
        self.is_unread = False
        self.caller: Caller | None = None
        self.ahead: deque[Caller] = deque()
        self.quick = 0
        self.started_at = 0.0
        self.streams = 0
        self._follower: Follower | None = None
        self._is_paused = False
        self._reactor = link.pool.reactor
        self._has_limit = link.pool.event_timeout_s > 0
        self._has_started = False
        self._lines = LineSplitter()
        self._split = self._lines.feed
        self._longest_line = link.pool.longest_line_bytes
        self._log_bytes = 0
        self._socket: socket.socket | None = sock
        self._unsent = memoryview(b"")
        self._reactor.watch(sock.fileno(), self)

    @property
    def is_open(self) -> bool:
        """Whether the socket is still there."""
        return self._socket is not None

    def give(self, caller: Caller, *ahead: Caller) -> None:
        """Have the worker, for which this channel is idle, handle the event, and others after."""
        self.caller = caller
        self.started_at = monotonic()
        self._log_bytes = 0
        if self._has_limit:
            self.pool.note_start(self)
        frame = caller.frame
        if ahead:
            self.ahead.extend(ahead)
            frame = b"".join([frame, *[each.frame for each in ahead]])
        sock = self._socket
        try:
            sent = sock.send(frame) if sock is not None else 0
        except BlockingIOError:
            sent = 0
        except OSError:  # it is gone and has seen nothing of all this: another may have it
            self.abandon()
            self.close()
            self.link.channel_closed(self)
            caller.queued_at = self.started_at
            self.pool.give_back([caller, *ahead])
            return
        if len(frame) > _RECEIVE:  # only a small one is kept, should it not be read
            caller.frame = b""
        if sent < len(frame) and sock is not None:
            self._unsent = memoryview(frame)[sent:]
            self._reactor.change(sock.fileno(), READ | WRITE)

    def on_event(self, mask: int) -> None:
        """The socket is ready."""
        sock = self._socket
        if sock is None:
            return
        if mask & WRITE and self._unsent:
            self._send_rest(sock)
        if mask & ~WRITE:
            try:
                data = sock.recv(_RECEIVE)
            except BlockingIOError:
                return
            except OSError as error:
                self._note_unread(error)
                data = b""
            if data:
                self._read_lines(data)
            else:
                self.close()
                self.link.channel_closed(self)

    def on_crash(self, error: Exception) -> None:
        """A bug in here: this worker is not to be trusted with another event."""
        self._reactor.report(error)
        self.link.kill()

    def abandon(self) -> tuple[Caller | None, list[Caller]]:
        """Whose event is worked on and whose was sent ahead; they are not this one's any more."""
        caller, self.caller = self.caller, None
        self._follower = None
        ahead = list(self.ahead)
        self.ahead.clear()
        return caller, ahead

    def pause(self) -> None:
        """Read no more of a stream for now: the worker has to wait, and its time stands still."""
        if not self._is_paused and self._socket is not None:
            self._is_paused = True
            self.started_at = _NEVER
            self._reactor.change(self._socket.fileno(), 0)

    def resume(self) -> None:
        """Read on."""
        if self._is_paused and self._socket is not None:
            self._is_paused = False
            self._go_on()
            self._reactor.change(self._socket.fileno(), READ)

    def cancel(self) -> None:
        """Have the worker stop the stream that is under way; the caller hears no more of it."""
        self.caller = self._follower = Follower()
        self.resume()
        self.link.stop_stream(self)

    def shut(self) -> None:
        """Let the worker read the end of its events."""
        if self._socket is not None:
            try:
                self._socket.shutdown(1)
            except OSError:  # it has ended already
                return

    def read_rest(self) -> None:
        """Read what the worker wrote last, now that it has ended."""
        while self._socket is not None:
            try:
                data = self._socket.recv(_RECEIVE)
            except OSError as error:
                self._note_unread(error)
                return
            if not data:
                return
            self._read_lines(data)

    def close(self) -> None:
        """Close the socket; whose event was worked on stays to be asked for."""
        if self._socket is not None:
            self._reactor.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _read_lines(self, data: bytes) -> None:
        for line in self._split(data):
            if self._socket is None:  # an earlier line has made an end of it
                return
            kind = line[0] if line else 0
            if kind == RESULT:
                self._answered(line)
            elif kind == DURATION:
                self.link.busy_s += parse_duration(line)
            elif kind == LOG:
                self._logged(line)
            elif kind in STREAM:
                self._streamed(kind, line)
            elif kind == STARTED:
                self._has_started = True
        self._end_reading()

    def _end_reading(self) -> None:
        """Act on what only the end of a piece tells: what came with the ``s`` is no event's."""
        if self._has_started and not self.is_ready:
            self.is_ready = True
            self.link.channel_ready(self)
        if self._lines.held > self._longest_line:
            limit_mb = self._longest_line >> 20
            self._distrust(f"the worker wrote a line longer than {limit_mb} MB (max_response_mb)")

    def _streamed(self, kind: int, line: bytes) -> None:
        """A line of an answer that comes piece by piece."""
        caller, follower = self.caller, self._follower
        if kind == STREAM_START:
            if caller is None or follower is not None:
                self._answered_amiss(line)
                return
            self.streams += 1
            caller.frame = b""
            self._follower = Follower()  # until it is known who follows
            self._follower = self.caller = caller.stream_began(line, self)
        elif kind == STREAM_BODY and follower is not None:
            try:
                piece = binascii.a2b_base64(line[1:], strict_mode=True)
            except binascii.Error:
                self._distrust("the worker wrote a piece of a stream that is no base64")
                return
            follower.streamed(piece)
        elif kind == STREAM_END and follower is not None:
            self._end_stream(follower, is_whole=True)
        if self._has_limit and self._follower is not None and not self._is_paused:
            self._go_on()

    def _go_on(self) -> None:
        """The worker has its whole time again for the next piece."""
        self.started_at = monotonic()
        if self._has_limit:
            self.pool.note_start(self)

    def _end_stream(self, follower: Follower, *, is_whole: bool) -> None:
        self.resume()
        self._follower = None
        self.quick = 0
        self._turn(monotonic())
        follower.ended(is_whole=is_whole)

    def _answered(self, line: bytes) -> None:
        caller = self.caller
        if caller is None or line[-1] not in _LAST_OF_JSON:
            self._answered_amiss(line)
            return
        if self._follower is not None:
            self._end_stream(self._follower, is_whole=False)
            return
        caller.frame = b""
        now = monotonic()
        self.quick = self.quick + 1 if now - self.started_at < _QUICK_S else 0
        self._turn(now)
        try:
            caller.answered(line)
        except Exception as error:
            self._reactor.report(error)

    def _turn(self, now: float) -> None:
        """The event is done: the next one sent ahead is under way, or there is none."""
        self.link.answers += 1
        self.pool.answered_by = self.link.index
        if self.ahead:
            self.caller = following = self.ahead.popleft()
            following.frame = b""
            self.started_at = now
            self._log_bytes = 0
            if self._has_limit:
                self.pool.note_start(self)
        else:
            self.caller = None
            self.pool.freed(self)

    def _answered_amiss(self, line: bytes) -> None:
        """A result that is no JSON, or that nobody waits for: which event it is for is unsure.

        Somebody else than the worker's own loop wrote to its socket; its true answer, still to
        come, would go to the next caller.
        """
        if self.link.is_killed:  # what it was doing when it was given up
            return
        caller, ahead = self.abandon()
        self._end_distrusted(_OUT_OF_STEP)
        if caller is not None:
            caller.answered(line)
        self.pool.give_back(ahead)

    def _distrust(self, reason: str) -> None:
        """Fail what is worked on, for what comes here cannot be followed any more."""
        caller, ahead = self.abandon()
        self._end_distrusted(reason)
        if caller is not None:
            caller.died(f"{reason}; {self.link.aftermath}")
        self.pool.give_back(ahead)

    def _end_distrusted(self, reason: str) -> None:
        self._lines = LineSplitter()  # what it had written so far is not kept any longer
        self._split = self._lines.feed
        self.close()
        self.link.distrust(self, reason)

    def _note_unread(self, error: OSError) -> None:
        """The kernel resets a unix socket whose other end is closed with bytes unread in it."""
        if isinstance(error, ConnectionResetError) and self.caller is not None and not self.ahead:
            self.is_unread = bool(self.caller.frame)

    def _logged(self, line: bytes) -> None:
        record = parse_log(line)
        if record is None:
            return
        if self.caller is not None and self.caller.logs is not None:
            size = self._log_bytes + len(line)
            if size <= _MOST_LOG_BYTES:
                self._log_bytes = size
                self.caller.logs.append(record)
        self.link.crew.log_record(self.link, record)

    def _send_rest(self, sock: socket.socket) -> None:
        try:
            sent = sock.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._unsent)  # the end of the process is on its way and says all
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._reactor.change(sock.fileno(), READ)
