"""Events and the workers that handle them: whoever is free takes the event that waits longest.

An event never waits behind a busy worker while another is idle. Where there is but one worker and
it is quick, the next few events are sent to it ahead of their turn (`_MOST_AHEAD`): it need not
sleep between them, which is most of what an event costs. Those it has not begun when it ends are
given to its successor.
"""

from __future__ import annotations

from collections import deque
from time import monotonic

from funcs.processor.crew import Crew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from funcs.errors import ProcessorError
    from funcs.processor.caller import Caller
    from funcs.processor.channel import Channel
    from funcs.processor.crew import Owner
    from funcs.processor.launch import Launcher
    from funcs.processor.link import Link
    from funcs.processor.logs import Sink
    from funcs.processor.reactor import Reactor, Timer

_MOST_AHEAD = 16
#: So many answers in a row must have been quick before a worker is sent events ahead.
_QUICK_STREAK = 16


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
    be worked on (0.0: as long as it takes); ``kind`` and ``name`` are what the workers are told,
    ``number`` is what Nuclio's log records call the trigger. With ``connections`` a worker has up
    to so many events at once (Nuclio 1.15: `mode: async`). A worker that writes a line longer than
    ``longest_line_bytes`` is replaced.
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
        owner: Owner,
        number: int = 0,
        availability_timeout_s: float = 10.0,
        event_timeout_s: float = 0.0,
        termination_timeout_s: float = 10.0,
        connections: int = 0,
        longest_line_bytes: int = 256 << 20,
    ) -> None:
        self.name, self.number = name, number
        self.size = size
        self.reactor = reactor
        self.sink = sink
        self.availability_timeout_s = availability_timeout_s
        self.event_timeout_s = event_timeout_s
        self.connections = connections
        self.longest_line_bytes = longest_line_bytes
        self.allocations = Allocations()
        self.idle: deque[Channel] = deque()
        self.waiting: deque[Caller] = deque()
        self.is_closed = False
        self.answered_by = -1  # the worker whose answer is being handed on
        self.crew = Crew(
            self, kind, size, launcher, owner, termination_timeout_s=termination_timeout_s
        )
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
            if self.connections:
                self.crew.grow()

    def freed(self, channel: Channel) -> None:
        """A worker has answered all it was given: the next event is its, if one waits."""
        if channel.link.is_leaving:
            channel.link.leave()
        elif not self.waiting:
            self.idle.append(channel)
        elif self.size == 1 and channel.quick >= _QUICK_STREAK and not self.connections:
            count = min(len(self.waiting), _MOST_AHEAD)
            channel.give(self._next(), *[self._next() for _ in range(count - 1)])
        else:
            channel.give(self._next())
        if self.is_closed:
            self.crew.dismiss_idle()

    def give_back(self, callers: list[Caller]) -> None:
        """A worker ended before it began these events, which are first in the queue again."""
        for caller in reversed(callers):
            if self.is_closed:
                caller.unavailable()
            else:
                self.waiting.appendleft(caller)
        self._hand_out()
        if self.waiting and self._patience is None:
            self._lose_patience()

    def withdraw(self, link: Link) -> None:
        """Give this worker no more events."""
        if any(channel.link is link for channel in self.idle):
            self.idle = deque(channel for channel in self.idle if channel.link is not link)

    def forget(self, channel: Channel) -> None:
        """This one is closed."""
        if channel in self.idle:
            self.idle.remove(channel)
        if self.waiting:
            self.crew.grow()

    def note_start(self, channel: Channel) -> None:
        """A worker began an event, which has until its deadline."""
        if self._alarm is None:
            when = channel.started_at + self.event_timeout_s
            self._alarm = self.reactor.call_at(when, self._check_deadlines)

    def start(self) -> None:
        """Launch the workers; the owner hears of `pool_ready` or `pool_failed`.

        Raises:
            ProcessorError: the interpreter or the wrapper cannot be run.
        """
        self.crew.start()

    def reload(self, done: Callable[[ProcessorError | None], None]) -> None:
        """Replace every worker by a new one, losing no event; ``done`` gets what failed."""
        self.crew.reload(done)

    def stop(self) -> None:
        """Take no more events, finish those that are there, let every worker go: `pool_over`."""
        self.is_closed = True
        self.crew.stop()

    def kill(self) -> None:
        """End every worker at once; events under way fail."""
        self.is_closed = True
        self.refuse_waiting()
        self.crew.kill()

    def refuse_waiting(self) -> None:
        """Let nobody wait any longer."""
        while self.waiting:
            self.waiting.popleft().unavailable()

    def _next(self) -> Caller:
        caller = self.waiting.popleft()
        self.allocations.waited += 1
        self.allocations.waited_s += monotonic() - caller.queued_at
        return caller

    def _hand_out(self) -> None:
        while self.idle and self.waiting:
            self.idle.popleft().give(self._next())

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
        overdue = monotonic() - self.event_timeout_s
        for channel in self.crew.busy():
            if channel.started_at <= overdue:
                self._give_up(channel)
        first = min((channel.started_at for channel in self.crew.busy()), default=float("inf"))
        if first < float("inf") and self._alarm is None:  # a stream that is held up has time
            when = first + self.event_timeout_s
            self._alarm = self.reactor.call_at(when, self._check_deadlines)

    def _give_up(self, channel: Channel) -> None:
        link = channel.link
        caller, ahead = channel.abandon()
        elapsed_s = monotonic() - channel.started_at
        fields = {"trigger": self.number, "worker": link.index, "elapsed": elapsed_s}
        self.sink.log("info", "processor.timeout", "Restarting worker due to timeout", fields)
        link.overdue(channel)
        if caller is not None:
            caller.timed_out()
        self.give_back(ahead)
