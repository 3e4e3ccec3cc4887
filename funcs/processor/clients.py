"""The clients of one listener: how many at once, and how long each may take.

Nobody holds a connection for nothing: a request that trickles in, an answer that is not read, a
connection without requests all end after a time, and where there are too many clients those
without a request go first. A sweep over all of them, once in a while, sees to it, so that a
request costs no timer.
"""

from __future__ import annotations

from collections import deque
from time import monotonic

from funcs.processor.stream import Stream
from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, Protocol

    from funcs.processor.reactor import Reactor, Timer
    from funcs.settings import Settings

    class Client(Protocol):
        """A connection, as `Clients` sees it."""

        is_closed: bool

        @property
        def has_unread(self) -> bool:
            """Whether something came that was not taken yet."""

        def close(self) -> None:
            """End it now."""

        def waits_for(self) -> tuple[int, object, int]:
            """What the processor waits for, in which request, and how many bytes of it came."""

        def give_up(self, phase: int) -> None:
            """End it, for it takes too long: with an answer, if a request was begun."""

    Tell = Callable[[str, Mapping[str, Any]], None]

#: What is waited for: the client's next request, the rest of a head or body, that it reads its
#: answer; or it is the client who waits.
IDLE, HEAD, BODY, SENDING, BUSY = range(5)

#: A body, or the reading of an answer, that grew by so many bytes has its time anew.
PROGRESS_BYTES = 16384

_SWEEP_S = 1.0
_NOTICE_S = 60.0
#: A look for idle clients takes about so long for each; a twentieth of the time goes to looking.
_LOOK_S = 1e-6
_LOOKING_SHARE = 0.05
_AT_ONCE = 16
_MOST_TURNED_AWAY = 64


class Limits(Record):
    """How many clients there may be, and for how many seconds each may keep the processor waiting.

    0 seconds: for ever. Of a body and an answer it is the time for `PROGRESS_BYTES`.
    """

    most: int = 10_000
    header_s: float = 10.0
    body_s: float = 30.0
    send_s: float = 30.0
    keepalive_s: float = 620.0

    @classmethod
    def of(cls, settings: Settings, *, most: int) -> Limits:
        """What the settings allow, but no more clients than ``most``."""
        return cls(
            most=min(settings.max_connections, most),
            header_s=settings.header_timeout_s,
            body_s=settings.body_timeout_s,
            send_s=settings.send_timeout_s,
            keepalive_s=settings.keepalive_timeout_s,
        )


class Clients:
    """Every client of one listener.

    ``connect`` makes a client of a socket, ``refusal`` is what is sent where there is no room;
    ``tell`` is told, once a minute, of what was ended or refused.
    """

    def __init__(
        self,
        reactor: Reactor,
        limits: Limits,
        *,
        connect: Callable[[socket.socket], Client],
        refusal: Callable[[], bytes],
        tell: Tell,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.limits = limits
        self._reactor = reactor
        self._connect = connect
        self._refusal = refusal
        self._tell = tell
        self._clock = clock
        self._waits: dict[Client, _Wait | None] = {}
        self._patience = (limits.keepalive_s, limits.header_s, limits.body_s, limits.send_s, 0.0)
        self._period_s = min([_SWEEP_S, *[each / 2 for each in self._patience if each]])
        self._timer: Timer | None = None
        self._idle: deque[Client] = deque()
        self._look_again_at = 0.0
        self._refused: set[_Refused] = set()
        self._notices: dict[str, _Notice] = {}

    def __len__(self) -> int:
        return len(self._waits)

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._waits))

    def welcome(self, sock: socket.socket) -> None:
        """Take a new client; where there is no room, an idle one goes, or this one."""
        if len(self._waits) < self.limits.most:
            self.add(self._connect(sock))
            return
        has_room = bool(self.make_room(1))
        what = "those without a request are ended" if has_room else "new ones are answered 503"
        fix = "raise max_connections, or the limit of open files (ulimit -n)"
        self._notice(f"Too many clients: {what}", {"most": self.limits.most, "fix": fix})
        if has_room:
            self.add(self._connect(sock))
        else:
            self._turn_away(sock)

    def add(self, client: Client) -> None:
        """Watch over a client until `forget`."""
        self._waits[client] = None
        if self._timer is None:
            self._timer = self._reactor.call_in(self._period_s, self._sweep)

    def forget(self, client: Client) -> None:
        """A client is gone."""
        self._waits.pop(client, None)

    def close(self) -> None:
        """End them all now."""
        for client in (*self, *self._refused):
            client.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def make_room(self, count: int = _AT_ONCE) -> int:
        """End so many clients that have no request, the longest without one first; how many."""
        ended = 0
        while ended < count:
            if not self._idle and not self._look():
                break
            client = self._idle.popleft()
            if not client.is_closed and client.waits_for()[0] == IDLE and not client.has_unread:
                client.close()
                ended += 1
        return ended

    def starve(self) -> None:
        """The system has no socket left for the next client: one without a request may go."""
        ended = self.make_room()
        self._notice("No file descriptor is left for a new client, who waits", {
            "clients": len(self._waits), "ended": ended,
            "fix": "raise the limit of open files (ulimit -n), or lower max_connections",
        })  # fmt: skip

    def _look(self) -> bool:
        """Find who is idle; not too often, for it takes a while where there are many clients."""
        now = self._clock()
        if now < self._look_again_at:
            return False
        self._look_again_at = now + len(self._waits) * _LOOK_S / _LOOKING_SHARE
        idle = [client for client in self._waits if client.waits_for()[0] == IDLE]
        self._idle.extend(sorted(idle, key=lambda client: self._since(client, now)))
        return bool(idle)

    def _since(self, client: Client, now: float) -> float:
        wait = self._waits[client]
        return wait.since if wait is not None and wait.goes_on(*client.waits_for()) else now

    def _sweep(self) -> None:
        """Give up who has made no progress for too long."""
        self._timer = self._reactor.call_in(self._period_s, self._sweep) if self._waits else None
        self._idle.clear()
        now = self._clock()
        for client, wait in list(self._waits.items()):
            if client.is_closed:
                continue
            phase, which, came = client.waits_for()
            if wait is None or not wait.goes_on(phase, which, came):
                self._waits[client] = _Wait(phase, which, came, now)
            elif self._patience[phase] and now - wait.since >= self._patience[phase]:
                self._give_up(client, phase)

    def _give_up(self, client: Client, phase: int) -> None:
        if phase == IDLE:
            if not client.has_unread:
                client.close()
            return
        limit = ("", "header_timeout_s", "body_timeout_s", "send_timeout_s")[phase]
        client.give_up(phase)
        what = "did not read their answer" if phase == SENDING else "did not finish their request"
        self._notice(f"Clients that {what} in time were cut off", {"limit": limit})

    def _turn_away(self, sock: socket.socket) -> None:
        if len(self._refused) >= _MOST_TURNED_AWAY:
            sock.close()
            return
        refused = _Refused(self._reactor, sock, self._refused.discard)
        self._refused.add(refused)
        if refused.push(self._refusal()):
            refused.close_politely()
        else:
            refused.close()

    def _notice(self, message: str, fields: Mapping[str, Any]) -> None:
        """Log it, with how often it happened, but once a minute at the most."""
        notice = self._notices.setdefault(message, _Notice())
        notice.count += 1
        now = self._clock()
        if now >= notice.quiet_until:
            self._tell(message, {**fields, "times": notice.count})
            notice.count = 0
            notice.quiet_until = now + _NOTICE_S


class _Wait:
    """What a client keeps the processor waiting for, and since when."""

    __slots__ = ("came", "phase", "since", "which")

    def __init__(self, phase: int, which: object, came: int, since: float) -> None:
        self.phase = phase
        self.which = which
        self.came = came
        self.since = since

    def goes_on(self, phase: int, which: object, came: int) -> bool:
        """Whether it is still the same wait, and little came meanwhile."""
        return phase == self.phase and which == self.which and came - self.came < PROGRESS_BYTES


class _Notice:
    """A log record that is not repeated for a while."""

    __slots__ = ("count", "quiet_until")

    def __init__(self) -> None:
        self.count = 0
        self.quiet_until = 0.0


class _Refused(Stream):
    """A client for whom there is no room: it reads its 503, what it sends is thrown away."""

    __slots__ = ("_over",)

    def __init__(
        self, reactor: Reactor, sock: socket.socket, over: Callable[[_Refused], None]
    ) -> None:
        super().__init__(reactor, sock)
        self._over = over

    def received(self, data: bytes) -> None:
        """It is not served."""

    def ended(self) -> None:
        self.close()

    def flushed(self) -> None:
        """Nothing follows."""

    def closed(self) -> None:
        self._over(self)
