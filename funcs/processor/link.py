"""One worker process, as the processor sees it: how it starts, what it works on, how it ends."""

from __future__ import annotations

import signal
import socket
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
    from funcs.processor.pool import Pool

_RECEIVE = 1 << 18
#: How long a process may live on after its event socket was closed by it, before it is killed.
_GRACE_S = 0.2


class Link:
    """One worker process; made by a pool, thrown away when the process has ended.

    ``is_ready`` from its ``s`` line on; ``is_leaving`` once it gets no more events;
    ``is_over`` when nothing of it is left.
    """

    def __init__(self, pool: Pool, index: int) -> None:
        self.pool = pool
        self.index = index
        self.is_ready = False
        self.is_leaving = False
        self.is_over = False
        self.caller: Caller | None = None
        self.deadline = 0.0
        self.started_at = 0.0
        self.born_at = monotonic()
        self.answers = 0
        self.busy_s = 0.0
        self._reactor = pool.reactor
        self._split = LineSplitter().feed
        self._socket: socket.socket | None = None
        self._unsent = memoryview(b"")
        self._handshake = Handshake(pool.reactor, self._connected, pool.log_control)
        self.process = pool.launch(index, self._handshake)
        self._end_watch = Watch(self._look_at_process)
        if self.process.fileno() >= 0:
            self._reactor.watch(self.process.fileno(), self._end_watch)
        else:
            self._poll_process()

    def give(self, caller: Caller) -> None:
        """Have this worker, which is idle, handle the caller's event."""
        self.caller = caller
        if self.pool.needs_clock:
            self.started_at = now = monotonic()
            self.pool.note_start(self, now)
        frame, caller.frame = caller.frame, b""
        sock = self._socket
        try:
            sent = sock.send(frame) if sock is not None else 0
        except BlockingIOError:
            sent = 0
        except OSError:  # it is gone and has seen nothing of the event: another may have it
            caller.frame = frame
            self.caller = None
            self.pool.refused(self, caller)
            return
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
            except OSError:
                data = b""
            if data:
                self._read_lines(data)
            else:
                self._hung_up()

    def on_crash(self, error: Exception) -> None:
        """A bug in here: this worker is not to be trusted with another event."""
        self.pool.reactor.report(error)
        self.kill()

    def leave(self) -> None:
        """Take no more events, finish the one at hand, run the termination callback, end."""
        self.is_leaving = True
        self.process.signal(signal.SIGUSR1)
        if self.caller is None:
            self.close_input()

    def close_input(self) -> None:
        """Let the worker read the end of its events, upon which it ends."""
        if self._socket is not None and self.is_ready:
            with suppress(OSError):  # it has ended already
                self._socket.shutdown(socket.SHUT_WR)
            limit = self.pool.termination_timeout_s
            self._reactor.call_in(limit, self.kill)
        else:
            self.kill()

    def kill(self) -> None:
        """End the process at once; what it works on fails when it is gone."""
        if not self.is_over:
            self.is_leaving = True
            self.process.kill()

    def abandon(self) -> None:
        """Kill it, and have nothing to do any more with the event it works on."""
        self.caller = None
        self.kill()

    def _connected(self, sock: socket.socket) -> None:
        self._socket = sock
        self._reactor.watch(sock.fileno(), self)

    def _read_lines(self, data: bytes) -> None:
        for line in self._split(data):
            kind = line[0] if line else 0
            if kind == RESULT:
                self._answered(line)
            elif kind == DURATION:
                self.busy_s += parse_duration(line)
            elif kind == LOG:
                self._logged(line)
            elif kind == STARTED and not self.is_ready:
                self.is_ready = True
                self.pool.link_ready(self)

    def _answered(self, line: bytes) -> None:
        caller = self.caller
        if caller is None:  # an answer nobody waits for
            return
        self.caller = None
        self.answers += 1
        self.pool.freed(self)
        try:
            caller.answered(line)
        except Exception as error:
            self._reactor.report(error)

    def _logged(self, line: bytes) -> None:
        record = parse_log(line)
        if record is None:
            return
        if self.caller is not None and self.caller.logs is not None:
            self.caller.logs.append(record)
        self.pool.log_record(self, record)

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
            except OSError:
                data = b""
            if not data:
                break
            self._read_lines(data)
        self._finish(ending(self.process.exit_code or 0))

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
        caller, self.caller = self.caller, None
        self.pool.link_over(self, how)
        if caller is not None:
            caller.died(f"the worker ended before it answered ({how}); a new one takes its place")

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._reactor.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None
