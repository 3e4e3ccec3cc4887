"""One worker process, as the processor sees it: how it starts, what it works on, how it ends."""

from __future__ import annotations

import signal
import socket
from collections import deque
from contextlib import suppress
from time import monotonic

from funcs.processor.handshake import Handshake, Watch
from funcs.processor.launch import ending
from funcs.processor.poller import READ, WRITE
from funcs.worker.wire import (
    DURATION,
    LOG,
    RESULT,
    STARTED,
    LineSplitter,
    parse_duration,
    parse_log,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.caller import Caller
    from funcs.processor.crew import Crew

#: Below the size from which malloc asks the kernel for pages of their own, each time anew.
_RECEIVE = 65536
_LAST_OF_JSON = b"}]"
_QUICK_S = 0.001
#: How long a process may live on after its event socket was closed by it, before it is killed.
_GRACE_S = 0.2
#: How long after a worker's end what it left is waited for.
_REAP_S = 1.0
#: How much of one event's log records is kept for who asks for them: X-Nuclio-Logs takes 4 KiB.
_MOST_LOG_BYTES = 4 << 20
_OUT_OF_STEP = "the worker wrote an answer to no event, so that its next one might be another's"


class Link:
    """One worker process; made by a crew, thrown away when the process has ended.

    ``is_ready`` from its ``s`` line on; ``is_leaving`` once it gets no more events; ``is_over``
    when nothing of it is left. ``caller`` is whose event it works on, ``ahead`` are those whose
    events it has been sent already; ``quick`` counts answers that took no time to speak of.
    """

    def __init__(self, crew: Crew, index: int) -> None:
        self.crew = crew
        self.pool = crew.pool
        self.index = index
        self.is_ready = False
        self.is_leaving = False
        self.is_over = False
        self.caller: Caller | None = None
        self.ahead: deque[Caller] = deque()
        self.quick = 0
        self.started_at = 0.0
        self.born_at = monotonic()
        self.answers = 0
        self.busy_s = 0.0
        self._reactor = crew.pool.reactor
        self._has_limit = crew.pool.event_timeout_s > 0
        self._lines = LineSplitter()
        self._split = self._lines.feed
        self._longest_line = crew.pool.longest_line_bytes
        self._log_bytes = 0
        self._is_unread = False
        self._is_killed = False
        self._is_distrusted = False
        self._socket: socket.socket | None = None
        self._unsent = memoryview(b"")
        self._is_signalled = False
        self._handshake = Handshake(self._reactor, self._connected, crew)
        try:
            self.process = crew.launch(index, self._handshake)
        except BaseException:
            self._handshake.close()
            raise
        if self.process.fileno() >= 0:
            self._reactor.watch(self.process.fileno(), Watch(self._look_at_process))
        else:
            self._poll_process()

    def give(self, caller: Caller, *ahead: Caller) -> None:
        """Have this worker, which is idle, handle the caller's event, and others after it."""
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
            self.kill()
            caller.queued_at = self.started_at
            self.pool.give_back([caller, *ahead])
            return
        if len(frame) > _RECEIVE:  # only a small one is kept, should it not be read
            caller.frame = b""
        if sent < len(frame) and sock is not None:
            self._unsent = memoryview(frame)[sent:]
            self._reactor.change(sock.fileno(), READ | WRITE)

    def on_event(self, mask: int) -> None:
        """The event socket is ready."""
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
                self._hung_up()

    def on_crash(self, error: Exception) -> None:
        """A bug in here: this worker is not to be trusted with another event."""
        self._reactor.report(error)
        self.kill()

    def signal_end(self) -> None:
        """Have the worker run its termination callback, when it is free; once."""
        if self.is_over or self._is_signalled:
            return
        self._is_signalled = True
        fields = {"pid": self.process.pid, "signal": "user defined signal 1"}
        self.crew.log("debug", "Signaling wrapper process", fields, self)
        self.process.signal(signal.SIGUSR1)

    def leave(self) -> None:
        """Take no more events, finish those at hand, run the termination callback, end."""
        self.is_leaving = True
        if self.caller is None:
            self.close_input()

    def close_input(self) -> None:
        """Let the worker read the end of its events, upon which it ends."""
        if self._socket is None or not self.is_ready:
            self.kill()
            return
        self.signal_end()
        with suppress(OSError):  # it has ended already
            self._socket.shutdown(socket.SHUT_WR)
        self._reactor.call_in(self.crew.termination_timeout_s, self.kill)

    def kill(self) -> None:
        """End the process at once; what it works on fails when it is gone."""
        self._is_killed = True
        if not self.is_over:
            self.process.kill()

    def abandon(self) -> tuple[Caller | None, list[Caller]]:
        """Whose event it works on and whose it was sent ahead; it has none of them any more."""
        caller, self.caller = self.caller, None
        ahead = list(self.ahead)
        self.ahead.clear()
        return caller, ahead

    def _connected(self, sock: socket.socket) -> None:
        self._socket = sock
        self._reactor.watch(sock.fileno(), self)
        self.crew.link_met("event sockets")

    def _read_lines(self, data: bytes) -> None:
        for line in self._split(data):
            if self._is_distrusted:  # an earlier line has made an end of it
                return
            kind = line[0] if line else 0
            if kind == RESULT:
                self._answered(line)
            elif kind == DURATION:
                self.busy_s += parse_duration(line)
            elif kind == LOG:
                self._logged(line)
            elif kind == STARTED and not self.is_ready:
                self.is_ready = True
                self.crew.link_ready(self)
        if self._lines.held > self._longest_line:
            limit_mb = self._longest_line >> 20
            self._distrust(f"the worker wrote a line longer than {limit_mb} MB (max_response_mb)")

    def _answered(self, line: bytes) -> None:
        caller = self.caller
        if caller is None or line[-1] not in _LAST_OF_JSON:
            self._answered_amiss(line)
            return
        caller.frame = b""
        now = monotonic()
        self.quick = self.quick + 1 if now - self.started_at < _QUICK_S else 0
        self.answers += 1
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
        try:
            caller.answered(line)
        except Exception as error:
            self._reactor.report(error)

    def _answered_amiss(self, line: bytes) -> None:
        """A result that is no JSON, or that nobody waits for: which event it is for is unsure.

        Somebody else than the worker's own loop wrote to its socket; its true answer, still to
        come, would go to the next caller.
        """
        if self._is_killed:  # what it was doing when it was given up
            return
        caller, ahead = self.abandon()
        self._end_distrusted(_OUT_OF_STEP)
        if caller is not None:
            caller.answered(line)
        self.pool.give_back(ahead)

    def _distrust(self, reason: str) -> None:
        """Fail what it works on and put a new worker in its place."""
        caller, ahead = self.abandon()
        self._end_distrusted(reason)
        if caller is not None:
            caller.died(f"{reason}; a new one takes its place")
        self.pool.give_back(ahead)

    def _end_distrusted(self, reason: str) -> None:
        self._is_distrusted = True
        self.crew.log("error", reason, {"pid": self.process.pid}, self)
        self._lines = LineSplitter()  # what it had written so far is not kept any longer
        self._split = self._lines.feed
        self._close_socket()
        self.crew.expel(self)

    def _logged(self, line: bytes) -> None:
        record = parse_log(line)
        if record is None:
            return
        if self.caller is not None and self.caller.logs is not None:
            size = self._log_bytes + len(line)
            if size <= _MOST_LOG_BYTES:
                self._log_bytes = size
                self.caller.logs.append(record)
        self.crew.log_record(self, record)

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

    def _hung_up(self) -> None:
        """It closed its event socket, mostly by ending: how, only the process tells."""
        self._close_socket()
        self._look_at_process()
        if not self.is_over:
            self._reactor.call_in(_GRACE_S, self.process.kill)

    def _look_at_process(self) -> None:
        if self.is_over or not self.process.has_ended():
            return
        while self._socket is not None:  # what it wrote last may still lie here
            try:
                data = self._socket.recv(_RECEIVE)
            except OSError as error:
                self._note_unread(error)
                data = b""
            if not data:
                break
            self._read_lines(data)
        self._finish(ending(self.process.exit_code or 0))

    def _note_unread(self, error: OSError) -> None:
        """The kernel resets a unix socket whose other end is closed with bytes unread in it."""
        if isinstance(error, ConnectionResetError) and self.caller is not None and not self.ahead:
            self._is_unread = bool(self.caller.frame)

    def _poll_process(self) -> None:
        self._look_at_process()
        if not self.is_over:
            self._reactor.call_in(0.02, self._poll_process)

    def _finish(self, how: str) -> None:
        self.is_over = True
        self._close_socket()
        self._handshake.close()
        if self.process.fileno() >= 0:
            self._reactor.forget(self.process.fileno())
        self.process.close()
        self._reactor.call_in(_REAP_S, self.process.reap_group)
        self.crew.link_over(self, how)
        caller, ahead = self.abandon()
        if caller is not None and self._is_unread:
            caller.queued_at = self.started_at
            ahead, caller = [caller], None
        if caller is not None:
            caller.died(f"the worker ended before it answered ({how}); a new one takes its place")
        self.pool.give_back(ahead)

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._reactor.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None
