"""The workers of a trigger: any that is free takes the event that waits longest.

An event never waits behind a busy worker while another is idle. A worker that ends is replaced; its
event alone fails. Workers are replaced all at once by `Pool.reload` without an event lost.
"""

from __future__ import annotations

from collections import deque
from time import monotonic

from funcs.errors import ProcessorError
from funcs.processor.launch import Order
from funcs.processor.link import Link
from funcs.worker.wire import parse_control

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from funcs.processor.caller import Caller
    from funcs.processor.handshake import Handshake
    from funcs.processor.launch import Launcher, Process
    from funcs.processor.logs import Sink
    from funcs.processor.reactor import Reactor, Timer
    from funcs.worker.wire import LogRecord

    class PoolOwner(Protocol):
        """Who is told of a pool's life."""

        def pool_ready(self, pool: Pool) -> None:
            """Every worker is up for the first time."""

        def pool_failed(self, pool: Pool, error: ProcessorError) -> None:
            """A worker ended before the pool was ready the first time."""

        def pool_over(self, pool: Pool) -> None:
            """`stop` is done: no worker is left."""


_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 10.0


class Allocations:
    """How events came by workers; for the metrics."""

    __slots__ = ("at_once", "available", "timed_out", "waited", "waited_s")

    def __init__(self) -> None:
        self.at_once = 0
        self.waited = 0
        self.timed_out = 0
        self.waited_s = 0.0
        self.available = 0  # idle workers, summed over the events that asked for one


class Pool:
    """``size`` workers and the events that wait for them.

    ``availability_timeout_s`` is how long an event may wait, ``event_timeout_s`` how long it may
    be worked on (0.0: as long as it takes); ``kind`` and ``name`` are what the workers are told.
    """

    def __init__(
        self,
        *,
        kind: str,
        name: str,
        size: int,
        reactor: Reactor,
        launcher: Launcher,
        sink: Sink,
        owner: PoolOwner,
        availability_timeout_s: float = 10.0,
        event_timeout_s: float = 0.0,
        termination_timeout_s: float = 10.0,
    ) -> None:
        self.kind, self.name, self.size = kind, name, size
        self.reactor, self.sink = reactor, sink
        self.availability_timeout_s = availability_timeout_s
        self.event_timeout_s = event_timeout_s
        self.termination_timeout_s = termination_timeout_s
        self.needs_clock = event_timeout_s > 0
        self.allocations = Allocations()
        self.links: list[Link] = []
        self.idle: deque[Link] = deque()
        self.waiting: deque[Caller] = deque()
        self.is_started = False
        self.is_closed = False
        self._launcher = launcher
        self._owner = owner
        self._fresh: list[Link] = []
        self._leaving: set[Link] = set()
        self._reloaded: Callable[[ProcessorError | None], None] | None = None
        self._failures = [0] * size
        self._patience: Timer | None = None
        self._alarm: Timer | None = None

    def submit(self, caller: Caller) -> None:
        """Have the caller's event handled by the first worker that is free."""
        counts = self.allocations
        if self.idle and not self.is_closed:
            counts.at_once += 1
            counts.available += len(self.idle)
            self.idle.popleft().give(caller)
        elif self.is_closed or self.availability_timeout_s <= 0:
            counts.timed_out += 1
            caller.unavailable()
        else:
            caller.queued_at = now = monotonic()
            self.waiting.append(caller)
            if self._patience is None:
                when = now + self.availability_timeout_s
                self._patience = self.reactor.call_at(when, self._lose_patience)

    def freed(self, link: Link) -> None:
        """A worker has answered: the next event is its, if one waits."""
        if link.is_leaving:
            link.close_input()
        elif self.waiting:
            caller = self.waiting.popleft()
            self.allocations.waited += 1
            self.allocations.waited_s += monotonic() - caller.queued_at
            link.give(caller)
        else:
            self.idle.append(link)
        if self.is_closed:
            self._dismiss_idle()

    def refused(self, link: Link, caller: Caller) -> None:
        """A worker was found dead when it was to take an event, which is not lost by that."""
        link.kill()
        if self.idle and not self.is_closed:
            self.idle.popleft().give(caller)
        elif self.is_closed and not self._leaving:
            caller.unavailable()
        else:
            caller.queued_at = monotonic()
            self.waiting.appendleft(caller)

    def note_start(self, link: Link, now: float) -> None:
        """A worker began an event, which has until its deadline."""
        link.deadline = now + self.event_timeout_s
        if self._alarm is None:
            self._alarm = self.reactor.call_at(link.deadline, self._check_deadlines)

    @property
    def is_ready(self) -> bool:
        """Whether every worker is up."""
        return self.is_started and all(link.is_ready and not link.is_over for link in self.links)

    @property
    def is_over(self) -> bool:
        """Whether it is closed and no worker is left."""
        every = (*self.links, *self._fresh, *self._leaving)
        return self.is_closed and all(link.is_over for link in every)

    def start(self) -> None:
        """Launch the workers; the owner hears of `pool_ready` or `pool_failed`.

        Raises:
            ProcessorError: the interpreter or the wrapper cannot be run.
        """
        self.sink.log("debug", f"processor.{self.kind}", "Creating worker pool", {"num": self.size})
        for index in range(self.size):
            self.links.append(self._new_link(index))

    def reload(self, done: Callable[[ProcessorError | None], None]) -> None:
        """Start new workers beside these and change over when all are up.

        Events under way end where they are. If a new worker does not come up, the old ones stay
        and ``done`` gets the error.
        """
        if self._reloaded is not None:
            done(ProcessorError(f"the workers of {self.name!r} are being replaced already"))
            return
        self._reloaded = done
        try:
            self._fresh.extend(self._new_link(index) for index in range(self.size))
        except ProcessorError as error:
            self._end_reload(error)

    def stop(self) -> None:
        """Take no more events, finish those that are there, let every worker go: `pool_over`."""
        self.is_closed = True
        for link in self._fresh:
            self._let_go(link, Link.kill)
        for link in self.links:
            if link.is_over:
                continue
            if self.waiting and link.is_ready and not link.is_leaving:
                self._leaving.add(link)  # goes once nothing waits
            else:
                self._let_go(link, Link.leave)
        self._dismiss_idle()
        self._check_over()

    def kill(self) -> None:
        """End every worker at once; events under way fail."""
        self.is_closed = True
        while self.waiting:
            self.waiting.popleft().unavailable()
        for link in [*self.links, *self._fresh, *self._leaving]:
            if not link.is_over:
                self._let_go(link, Link.kill)
        self._check_over()

    def launch(self, index: int, sockets: Handshake) -> Process:
        """A process for the worker of this number."""
        order = Order(index, self.kind, self.name, sockets.event_path, sockets.control_path)
        return self._launcher.launch(order)

    def link_ready(self, link: Link) -> None:
        """A worker is up."""
        if link in self._fresh:
            if all(each.is_ready for each in self._fresh):
                self._change_over()
        elif link.is_leaving:
            link.close_input()
        elif self.is_started:
            self.freed(link)
        elif all(each.is_ready for each in self.links):
            self.is_started = True
            for each in self.links:
                self.freed(each)
            self._owner.pool_ready(self)

    def link_over(self, link: Link, how: str) -> None:
        """A worker's process has ended."""
        if link in self.idle:
            self.idle.remove(link)
        if link in self._leaving:
            self._leaving.remove(link)
        else:
            self._log_death(link, how)
            self._mourn(link, how)
        self._check_over()

    def log_record(self, link: Link, record: LogRecord) -> None:
        """Something that a handler logged."""
        name = f"{self._log_name(link)}.connection-manager.event connection"
        self.sink.log(record.level, name, record.message, record.fields)

    def log_control(self, line: bytes) -> None:
        """A message on a worker's control socket."""
        message = parse_control(line)
        if message is not None:
            name = f"processor.{self.kind}.python.logger.connection-manager.event-connection"
            fields = {"messageKind": message.kind}
            self.sink.log("debug", name, "Received control message", fields)

    def _new_link(self, index: int) -> Link:
        try:
            return Link(self, index)
        except OSError as error:
            what = f"a worker cannot be started: {error.strerror or error}"
            fix = "let NUCLIO_PYTHON_EXE_PATH name an interpreter"
            raise ProcessorError(what, where=str(error.filename or ""), fix=fix) from error

    def _let_go(self, link: Link, how: Callable[[Link], None]) -> None:
        self._leaving.add(link)
        if link in self.idle:
            self.idle.remove(link)
        how(link)

    def _dismiss_idle(self) -> None:
        while self.is_closed and self.idle and not self.waiting:
            self._let_go(self.idle[0], Link.leave)

    def _mourn(self, link: Link, how: str) -> None:
        """Replace a worker that ended by itself."""
        if link in self._fresh:
            self._end_reload(self._start_error(link, how))
        elif not self.is_started:
            self.is_closed = True
            self.kill()
            self._owner.pool_failed(self, self._start_error(link, how))
        elif not self.is_closed:
            quick = not link.answers and monotonic() - link.born_at < 1.0
            failures = self._failures[link.index] + 1 if quick else 0
            self._failures[link.index] = failures
            if failures:
                pause = min(_FIRST_PAUSE_S * 2 ** (failures - 1), _LONGEST_PAUSE_S)
                self.reactor.call_in(pause, lambda: self._replace(link))
            else:
                self._replace(link)

    def _replace(self, link: Link) -> None:
        """Put a new worker where this one was."""
        if self.is_closed or self.links[link.index] is not link:
            return
        try:
            self.links[link.index] = self._new_link(link.index)
        except ProcessorError as error:
            self.sink.log("error", self._log_name(link), error.sentence(), {})
            self.reactor.call_in(_LONGEST_PAUSE_S, lambda: self._replace(link))

    def _change_over(self) -> None:
        old, self.links = self.links, self._fresh
        self._fresh = []
        self._failures = [0] * self.size
        for link in old:
            if not link.is_over:
                self._let_go(link, Link.leave)
        for link in self.links:
            self.freed(link)
        self._end_reload(None)

    def _end_reload(self, error: ProcessorError | None) -> None:
        for link in self._fresh:
            if not link.is_over:
                self._let_go(link, Link.kill)
        self._fresh = []
        done, self._reloaded = self._reloaded, None
        if done is not None:
            done(error)

    def _start_error(self, link: Link, how: str) -> ProcessorError:
        what = f"Wrapper process for worker {link.index} exited unexpectedly with: {how}"
        return ProcessorError(what, where=f"trigger {self.name!r}", fix="see its output above")

    def _lose_patience(self) -> None:
        """Tell the events that have waited too long; they lie in the order they came."""
        self._patience = None
        now = monotonic()
        while self.waiting:
            when = self.waiting[0].queued_at + self.availability_timeout_s
            if when > now:
                self._patience = self.reactor.call_at(when, self._lose_patience)
                return
            self.allocations.timed_out += 1
            self.waiting.popleft().unavailable()

    def _check_deadlines(self) -> None:
        """Replace the workers whose event takes too long; be called again for the next."""
        self._alarm = None
        now = monotonic()
        busy = [link for link in (*self.links, *self._leaving) if link.caller is not None]
        for link in busy:
            if link.deadline <= now:
                self._give_up(link, now)
        deadlines = [link.deadline for link in busy if link.caller is not None]
        if deadlines and self._alarm is None:
            self._alarm = self.reactor.call_at(min(deadlines), self._check_deadlines)

    def _give_up(self, link: Link, now: float) -> None:
        caller = link.caller
        elapsed = {"trigger": self.name, "worker": link.index, "elapsed": now - link.started_at}
        self.sink.log("info", "processor.timeout", "Restarting worker due to timeout", elapsed)
        fields = {"wrapperProcessPid": link.process.pid}
        self.sink.log("warn", self._log_name(link), "Killing wrapper process", fields)
        self._let_go(link, Link.abandon)
        if self.links[link.index] is link:
            self._replace(link)
        self.sink.log("warn", self._log_name(link), "Successfully stopped wrapper process", {})
        if caller is not None:
            caller.timed_out()

    def _log_death(self, link: Link, how: str) -> None:
        code = link.process.exit_code or 0
        fields = {"error": "", "exitCode": max(code, -1), "pid": link.process.pid, "status": how}
        message = "Unexpected termination of child process"
        self.sink.log("error", self._log_name(link), message, fields)

    def _log_name(self, link: Link) -> str:
        return f"processor.{self.kind}.w{link.index}.python.logger"

    def _check_over(self) -> None:
        if self.is_over:
            self._owner.pool_over(self)
