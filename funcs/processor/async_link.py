"""A worker process that has many events at once (Nuclio 1.15: a trigger's `mode: async`).

It listens; the processor connects to it once at first, and again whenever an event would have to
wait, up to the trigger's `maxConnectionsNumber`.
"""

from __future__ import annotations

from funcs.processor.channel import Channel
from funcs.processor.dialer import Dialer
from funcs.processor.handshake import Handshake
from funcs.processor.link import GRACE_S, Link
from funcs.worker.wire import record_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from funcs.processor.crew import Crew
    from funcs.worker.wire import ControlMessage

#: After an event took too long, a worker has so long to take a new connection: else its loop is
#: held up by a handler that does not await.
_REVIVAL_S = 1.0
_HUNG_UP = "the worker closed the connection before it answered"


class AsyncLink(Link):
    """One such process."""

    aftermath = "the connection to it was closed"

    def __init__(self, crew: Crew, index: int) -> None:
        self._dialer = Dialer(crew.pool.reactor)
        self._dialing = 0
        self._starts = 0
        try:
            super().__init__(crew, index)
        except BaseException:
            self._dialer.close()
            raise

    @property
    def width(self) -> int:
        """How many events it can have at once, or will in a moment."""
        return len(self.channels) + self._dialing

    def grow(self) -> None:
        """Take one event more at once, if the trigger allows it."""
        if self.width < self.pool.connections:
            self._dial()

    def channel_ready(self, channel: Channel) -> None:
        """A connection is served."""
        self._starts += 1
        if self.is_ready:
            self.pool.freed(channel)
        else:
            super().channel_ready(channel)

    def channel_closed(self, channel: Channel) -> None:
        """The worker closed a connection: because it ended, which its process tells, or not."""
        self.pool.forget(channel)
        self._look_at_process()
        if not self.is_over:
            self._reactor.call_in(GRACE_S, lambda: self._lose(channel))

    def stop_stream(self, channel: Channel) -> None:
        """Nobody listens any more to what it streams there: that cancels it."""
        self._drop(channel)

    def distrust(self, channel: Channel, reason: str) -> None:
        """What comes over the channel makes no sense; the others have nothing to do with it."""
        self.crew.log("error", reason, {"pid": self.process.pid}, self)
        self._drop(channel)

    def overdue(self, channel: Channel) -> None:
        """An event takes too long: its connection is closed, which cancels the handler.

        If that does not await, the process is replaced.
        """
        starts = self._starts
        self._drop(channel)
        if not self._dialing:
            self._dial()
        self._reactor.call_in(_REVIVAL_S, lambda: self._check_alive(starts))

    def close_input(self) -> None:
        """Let the worker read the end of its control socket, upon which it ends."""
        if not self.is_ready:
            self.kill()
            return
        self.signal_end()
        self._handshake.hang_up()
        self._reactor.call_in(self.crew.termination_timeout_s, self.kill)

    def _new_handshake(self) -> Handshake:
        address, reactor = self._dialer.address, self._reactor
        return Handshake(reactor, self._connected, self.crew, address=address, heard=self._heard)

    def _heard(self, message: ControlMessage) -> None:
        if message.kind == "wrapperInitialized" and not self.channels and not self._dialing:
            self._dial()
        elif message.kind == "log":
            record = record_of(message.attributes)
            if record is not None:
                self.crew.log_record(self, record)

    def _dial(self) -> None:
        self._dialing += 1
        self._dialer.dial(self._connected)

    def _connected(self, sock: socket.socket) -> None:
        self._dialing -= 1
        if not self.channels:
            self.crew.link_met("event sockets")
        self.channels.append(Channel(self, sock))

    def _drop(self, channel: Channel) -> None:
        channel.close()
        if channel in self.channels:
            self.channels.remove(channel)
        self.pool.forget(channel)
        if self.is_leaving:
            self.leave()

    def _lose(self, channel: Channel) -> None:
        """A connection was closed, and the process goes on."""
        if self.is_over or channel not in self.channels:
            return
        caller, _ = channel.abandon()
        if self.width == 1:
            self.kill()
        self._drop(channel)
        if caller is not None:
            caller.died(_HUNG_UP)

    def _check_alive(self, starts: int) -> None:
        if not self.is_over and not self.is_leaving and self._starts == starts:
            self.crew.expel(self)

    def _close_sockets(self) -> None:
        self._dialer.close()
        super()._close_sockets()
