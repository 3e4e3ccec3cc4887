"""The workers of a pool: started, replaced when they end, changed over, let go."""

from __future__ import annotations

from time import monotonic

from funcs.errors import ProcessorError
from funcs.processor.launch import Order
from funcs.processor.link import Link
from funcs.processor.worker_metrics import WorkerMetrics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Protocol

    from funcs.processor.channel import Channel
    from funcs.processor.handshake import Handshake
    from funcs.processor.launch import Launcher, Process
    from funcs.processor.pool import Pool
    from funcs.worker.wire import ControlMessage, LogRecord

    class Owner(Protocol):
        """Who is told of a pool's life."""

        def pool_ready(self, pool: Pool) -> None:
            """Every worker is up for the first time."""

        def pool_failed(self, pool: Pool, error: ProcessorError) -> None:
            """A worker ended before the pool was ready the first time."""

        def pool_over(self, pool: Pool) -> None:
            """The pool is closed and no worker is left."""


_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 10.0
_EARLY_S = 1.0
#: So soon after it was sent, an event may not have been read yet.
_READ_S = 0.5


class Crew:
    """Keeps ``size`` workers up; ``links`` are those that serve now, by index.

    ``metrics`` are those of the handler's own, of all workers that there were.
    """

    def __init__(
        self,
        pool: Pool,
        kind: str,
        size: int,
        launcher: Launcher,
        owner: Owner,
        *,
        termination_timeout_s: float,
    ) -> None:
        self.pool = pool
        self.kind = kind
        self.size = size
        self.termination_timeout_s = termination_timeout_s
        self.links: list[Link] = []
        self.metrics = WorkerMetrics(lambda sentence: self.log("warn", sentence, {}))
        self.is_started = False
        self._launcher = launcher
        self._new = Link
        if pool.connections:
            from funcs.processor.async_link import AsyncLink  # few functions are async

            self._new = AsyncLink
        self._owner = owner
        self._fresh: list[Link] = []
        self._leaving: set[Link] = set()
        self._reloaded: Callable[[ProcessorError | None], None] | None = None
        self._failures = [0] * size

    @property
    def is_ready(self) -> bool:
        """Whether every worker is up."""
        return self.is_started and all(link.is_ready and not link.is_over for link in self.links)

    @property
    def is_over(self) -> bool:
        """Whether the pool is closed and no worker is left."""
        every = (*self.links, *self._fresh, *self._leaving)
        return self.pool.is_closed and all(link.is_over for link in every)

    def busy(self) -> list[Channel]:
        """Those over which an event is under way."""
        every = [channel for link in (*self.links, *self._leaving) for channel in link.channels]
        return [channel for channel in every if channel.caller is not None]

    def start(self) -> None:
        """Launch every worker.

        Raises:
            ProcessorError: a process cannot be started.
        """
        self.log("debug", "Creating worker pool", {"num": self.size}, name=f"processor.{self.kind}")
        for index in range(self.size):
            self.links.append(self._new_link(index))
        default = {"DefaultWorkerAvailabilityTimeoutMilliseconds": 10000}
        message = "Setting default worker availability timeout"
        self.log("info", message, default, name=f"processor.{self.kind}")

    def reload(self, done: Callable[[ProcessorError | None], None]) -> None:
        """Start new workers beside these and change over when all are up.

        Events under way end where they are. If a new worker does not come up, the old ones stay
        and ``done`` gets the error.
        """
        if self._reloaded is not None or not self.is_started or self.pool.is_closed:
            what = f"the workers of {self.pool.name!r} cannot be replaced now"
            done(ProcessorError(what, fix="try again when they are up"))
            return
        self._reloaded = done
        try:
            for index in range(self.size):
                self._fresh.append(self._new_link(index))
        except ProcessorError as error:
            self._end_reload(error)

    def stop(self) -> None:
        """Let every worker go that has no event; the others when they have answered."""
        for link in self._fresh:
            self._let_go(link, Link.kill)
        for link in self.links:
            if not link.is_over and not link.is_ready:
                self._let_go(link, Link.kill)
            elif not self.pool.waiting and not link.has_ahead:
                self._announce_end(link)
        self.dismiss_idle()
        self._check_over()

    def _announce_end(self, link: Link) -> None:
        """Have a worker run its callback: from then on it discards what it has not read yet."""
        begun_s = monotonic() - max((each.started_at for each in link.channels), default=0.0)
        if link.is_busy and begun_s < _READ_S:
            self.pool.reactor.call_in(_READ_S, link.signal_end)
        else:
            link.signal_end()

    def dismiss_idle(self) -> None:
        """Let go who has no event while none waits."""
        while self.pool.idle and not self.pool.waiting:
            self._let_go(self.pool.idle[0].link, Link.leave)

    def kill(self) -> None:
        """End every worker at once."""
        for link in [*self.links, *self._fresh, *self._leaving]:
            if not link.is_over:
                self._let_go(link, Link.kill)
        self._check_over()

    def expel(self, link: Link) -> None:
        """Kill a worker that takes too long and put a new one in its place."""
        fields = {"wrapperProcessPid": link.process.pid}
        self.log("warn", "Killing wrapper process", fields, link)
        self._let_go(link, Link.kill)
        if self.links[link.index] is link:
            self._replace(link)
        self.log("warn", "Successfully stopped wrapper process", {}, link)

    def launch(self, index: int, sockets: Handshake) -> Process:
        """A process for the worker of this number."""
        name = self.pool.name
        order = Order(index, self.kind, name, sockets.event_path, sockets.control_path)
        for path in (sockets.event_path, sockets.control_path):
            self._log_connection("Creating listener socket", {"path": path})
        addresses = {
            "eventAddresses": [sockets.event_path],
            "controlAddress": sockets.control_path,
        }
        self._log_connection("Got socket addresses", addresses)
        return self._launcher.launch(order)

    def link_met(self, word: str) -> None:
        """A worker has connected one of its sockets."""
        self._log_connection(f"Successfully established connection for {word}", {})
        if word.startswith("control"):
            self._log_connection("Waiting for start", {})

    def link_ready(self, link: Link) -> None:
        """A worker is up."""
        self._log_connection("Socker allocator started", {})  # as Nuclio spells it
        if link in self._fresh:
            if all(each.is_ready for each in self._fresh):
                self._change_over()
        elif link.is_leaving:
            link.close_input()
        elif self.is_started:
            self._release([link])
        elif all(each.is_ready for each in self.links):
            self.is_started = True
            self._release(self.links)
            self._owner.pool_ready(self.pool)

    def link_over(self, link: Link, how: str) -> None:
        """A worker's process has ended."""
        self.pool.withdraw(link)
        if link in self._leaving:
            self._leaving.remove(link)
            name = f"processor.{self.kind}.w{link.index}"
            fields = {"workerIndex": link.index}
            self.log("debug", "Successfully terminated worker", fields, name=name)
        else:
            self._mourn(link, how)
        self._check_over()

    def grow(self) -> None:
        """Have one event more under way, where workers take several: the least busy takes it."""
        able = [link for link in self.links if link.is_able]
        if able:
            min(able, key=lambda link: link.width).grow()

    def log_record(self, link: Link, record: LogRecord) -> None:
        """Something that a handler logged."""
        name = f"{self._name(link)}.connection-manager.event connection"
        self.log(record.level, record.message, record.fields, name=name)

    def log_control(self, message: ControlMessage) -> None:
        """A message on a worker's control socket; one that is a log record speaks for itself."""
        if message.kind != "log":
            fields = {"messageKind": message.kind}
            self._log_connection("Received control message", fields, ".event-connection")

    def log(
        self,
        level: str,
        message: str,
        fields: Mapping[str, Any],
        link: Link | None = None,
        *,
        name: str = "",
    ) -> None:
        """Log what happens to a worker, under Nuclio's name for it."""
        self.pool.sink.log(level, name or self._name(link), message, fields)

    def _log_connection(self, message: str, fields: Mapping[str, Any], part: str = "") -> None:
        name = f"{self._name(None)}.connection-manager{part}"
        self.log("debug", message, fields, name=name)

    def _name(self, link: Link | None) -> str:
        worker = f".w{link.index}" if link is not None else ""
        return f"processor.{self.kind}{worker}.python.logger"

    def _new_link(self, index: int) -> Link:
        try:
            return self._new(self, index)
        except OSError as error:
            what = f"a worker cannot be started: {error.strerror or error}"
            fix = "let NUCLIO_PYTHON_EXE_PATH name an interpreter"
            raise ProcessorError(what, where=str(error.filename or ""), fix=fix) from error

    def _let_go(self, link: Link, how: Callable[[Link], None]) -> None:
        self._leaving.add(link)
        self.pool.withdraw(link)
        how(link)

    def _release(self, links: Iterable[Link]) -> None:
        """Give the events that wait to these workers, which have none."""
        for channel in [each for link in links for each in link.channels if each.is_ready]:
            self.pool.freed(channel)
        if self.pool.connections:
            for _ in range(len(self.pool.waiting)):
                self.grow()

    def _mourn(self, link: Link, how: str) -> None:
        """Replace a worker that ended by itself."""
        code = link.process.exit_code or 0
        fields = {"error": "", "exitCode": max(code, -1), "pid": link.process.pid, "status": how}
        self.log("error", "Unexpected termination of child process", fields, link)
        if link in self._fresh:
            self._end_reload(self._start_error(link, how))
        elif not self.is_started:
            self.pool.kill()
            self._owner.pool_failed(self.pool, self._start_error(link, how))
        elif not self.pool.is_closed:
            is_early = not link.answers and monotonic() - link.born_at < _EARLY_S
            failures = self._failures[link.index] + 1 if is_early else 0
            self._failures[link.index] = failures
            if failures:
                pause_s = min(_FIRST_PAUSE_S * 2 ** (failures - 1), _LONGEST_PAUSE_S)
                self.pool.reactor.call_in(pause_s, lambda: self._replace(link))
            else:
                self._replace(link)

    def _replace(self, link: Link) -> None:
        """Put a new worker where this one was."""
        if self.pool.is_closed or self.links[link.index] is not link:
            return
        try:
            self.links[link.index] = self._new_link(link.index)
        except ProcessorError as error:
            self.log("error", error.sentence(), {}, link)
            self.pool.reactor.call_in(_LONGEST_PAUSE_S, lambda: self._replace(link))

    def _change_over(self) -> None:
        old, self.links = self.links, self._fresh
        self._fresh = []
        self._failures = [0] * self.size
        for link in old:
            if not link.is_over:
                self._let_go(link, Link.leave)
        self._release(self.links)
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
        return ProcessorError(what, where=f"trigger {self.pool.name!r}", fix="see its output above")

    def _check_over(self) -> None:
        if self.pool.is_closed and not any(link.is_able for link in self.links):
            self.pool.refuse_waiting()
        if self.is_over:
            self._owner.pool_over(self.pool)
