"""One worker process, as the processor sees it: how it starts, and how it ends."""

from __future__ import annotations

import signal
from time import monotonic

from funcs.processor.channel import Channel
from funcs.processor.handshake import Handshake, Watch
from funcs.processor.launch import ending

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from funcs.processor.caller import Caller
    from funcs.processor.crew import Crew

#: How long a process may live on after its event socket was closed by it, before it is killed.
GRACE_S = 0.2
#: How long after a worker's end what it left is waited for.
_REAP_S = 1.0


class Link:
    """One worker process; made by a crew, thrown away when the process has ended.

    ``is_ready`` from the first ``s`` line on; ``is_leaving`` once it gets no more events;
    ``is_over`` when nothing of it is left, ``is_killed`` once it was told to end at once. Events
    go over its ``channels``.
    """

    #: What follows where something on a channel makes no sense, as its caller is told.
    aftermath = "a new one takes its place"

    def __init__(self, crew: Crew, index: int) -> None:
        self.crew = crew
        self.pool = crew.pool
        self.index = index
        self.is_ready = False
        self.is_leaving = False
        self.is_over = False
        self.is_killed = False
        self.channels: list[Channel] = []
        self.born_at = monotonic()
        self.answers = 0
        self.busy_s = 0.0
        self._reactor = crew.pool.reactor
        self._is_signalled = False
        self._handshake = self._new_handshake()
        try:
            self.process = crew.launch(index, self._handshake)
        except BaseException:
            self._handshake.close()
            raise
        if self.process.fileno() >= 0:
            self._reactor.watch(self.process.fileno(), Watch(self._look_at_process))
        else:
            self._poll_process()

    @property
    def is_able(self) -> bool:
        """Whether it may be given events."""
        return self.is_ready and not (self.is_leaving or self.is_killed or self.is_over)

    @property
    def is_busy(self) -> bool:
        """Whether it works on an event."""
        return any(channel.caller is not None for channel in self.channels)

    @property
    def has_ahead(self) -> bool:
        """Whether it has been sent events that it has not begun."""
        return any(channel.ahead for channel in self.channels)

    @property
    def width(self) -> int:
        """How many events it can have at once, or will in a moment."""
        return len(self.channels)

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
        if not self.is_busy:
            self.close_input()

    def close_input(self) -> None:
        """Let the worker read the end of its events, upon which it ends."""
        if not self.is_ready or not self.channels:
            self.kill()
            return
        self.signal_end()
        for channel in self.channels:
            channel.shut()
        self._reactor.call_in(self.crew.termination_timeout_s, self.kill)

    def kill(self) -> None:
        """End the process at once; what it works on fails when it is gone."""
        self.is_killed = True
        if not self.is_over:
            self.process.kill()

    def channel_ready(self, channel: Channel) -> None:
        """A channel's ``s`` line has come."""
        if not self.is_ready:
            self.is_ready = True
            self.crew.link_ready(self)

    def channel_closed(self, channel: Channel) -> None:
        """The worker closed its event socket, mostly by ending: how, only the process tells."""
        self._look_at_process()
        if not self.is_over:
            self._reactor.call_in(GRACE_S, self.process.kill)

    def stop_stream(self, channel: Channel) -> None:
        """Tell the worker that nobody listens any more to what it streams there."""
        self._handshake.tell("streamStop", {"number": channel.streams})

    def distrust(self, channel: Channel, reason: str) -> None:
        """What comes over the channel makes no sense: put a new worker in this one's place."""
        self.crew.log("error", reason, {"pid": self.process.pid}, self)
        self.crew.expel(self)

    def overdue(self, channel: Channel) -> None:
        """An event takes too long, and has been abandoned: make an end of it."""
        self.crew.expel(self)

    def grow(self) -> None:
        """Take one event more at once, if there may be several: of this worker there is one."""

    def abandon(self) -> tuple[list[Caller], list[Caller]]:
        """Whose events it was working on, and whose it had not begun; it has none any more."""
        callers, ahead = [], []
        for channel in self.channels:
            caller, later = channel.abandon()
            if caller is not None and channel.is_unread:
                caller.queued_at = channel.started_at
                ahead.append(caller)
            elif caller is not None:
                callers.append(caller)
            ahead += later
        return callers, ahead

    def _new_handshake(self) -> Handshake:
        return Handshake(self._reactor, self._connected, self.crew)

    def _connected(self, sock: socket.socket) -> None:
        self.channels.append(Channel(self, sock))
        self.crew.link_met("event sockets")

    def _look_at_process(self) -> None:
        if self.is_over or not self.process.has_ended():
            return
        for channel in self.channels:
            channel.read_rest()
        self._finish(ending(self.process.exit_code or 0))

    def _poll_process(self) -> None:
        self._look_at_process()
        if not self.is_over:
            self._reactor.call_in(0.02, self._poll_process)

    def _finish(self, how: str) -> None:
        self.is_over = True
        for channel in self.channels:
            channel.close()
        self._close_sockets()
        if self.process.fileno() >= 0:
            self._reactor.forget(self.process.fileno())
        self.process.close()
        self._reactor.call_in(_REAP_S, self.process.reap_group)
        self.crew.link_over(self, how)
        callers, ahead = self.abandon()
        for caller in callers:
            caller.died(f"the worker ended before it answered ({how}); a new one takes its place")
        self.pool.give_back(ahead)

    def _close_sockets(self) -> None:
        self._handshake.close()
