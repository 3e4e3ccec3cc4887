"""The table of wire protocols, and the choice among them for each event."""

from __future__ import annotations

from collections.abc import Sequence

from funcs.errors import RequestError, SpecError
from funcs.protocols.incoming import Incoming
from funcs.protocols.mlrun import MlrunProtocol
from funcs.protocols.native import NativeProtocol
from funcs.protocols.oip import OipProtocol
from funcs.protocols.protocol import Call, Protocol, Service
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: All protocols, in their order of precedence. The last one answers routes nobody claims.
PROTOCOLS: dict[str, type[Protocol]] = {
    protocol.name: protocol for protocol in (OipProtocol, MlrunProtocol, NativeProtocol)
}

_MOST_ROUTES = 4096
# Triggers whose events have a path of their own; elsewhere it is a topic or a queue, and MLRun
# routes by the body.
_PATH_TRIGGERS = frozenset({"http", "cron", "", None})


def spoken(names: Sequence[str]) -> tuple[str, ...]:
    """The names of the protocols to speak: ``names``, or all of them where it is empty.

    Raises:
        SpecError: there is no protocol of a name.
    """
    for name in names:
        if name not in PROTOCOLS:
            fix = did_you_mean(name, PROTOCOLS, noun="protocols")
            raise SpecError(f"there is no protocol {name!r}", where="protocols", fix=fix)
    return tuple(dict.fromkeys(names)) or tuple(PROTOCOLS)


class Choice:
    """Several calls that claim one route."""

    __slots__ = ("_calls", "_first")

    def __init__(self, calls: tuple[Call, ...]) -> None:
        self._calls = calls
        self._first = next(call for call in calls if not call.shy)

    def made(self, incoming: Incoming) -> Call:
        """The call whose form the event surely has, else the first in order."""
        try:
            for call in self._calls:
                if call.protocol.fits(call, incoming):
                    return call
        except RequestError:  # nobody can read it
            pass
        return self._first


class Table:
    """The protocols that one service speaks."""

    def __init__(self, service: Service) -> None:
        """A graph without models has nothing to say in a model protocol: it speaks native."""
        names = service.spoken if len(service.models) else (NativeProtocol.name,)
        self._protocols = [PROTOCOLS[name](service) for name in names]
        #: The protocol that words what went wrong before one was chosen.
        self.last = self._protocols[-1]
        self._headers = [p.path_header for p in self._protocols if p.path_header]
        self.routes: dict[tuple[Any, Any], Call | Choice] = {}

    def call(self, incoming: Incoming) -> Call:
        """The call that an event is.

        Where several protocols claim the route, the one whose form the body surely has, else the
        first in order.
        """
        event = incoming.event
        path = event.path
        if event.trigger.kind not in _PATH_TRIGGERS:
            path = "/"
        elif self._headers and event.headers:
            path = self._override(incoming) or path
        key = (event.method, path)
        found = self.routes.get(key) or self._resolve(key)
        return found.made(incoming) if isinstance(found, Choice) else found

    def _override(self, incoming: Incoming) -> str | None:
        for header in self._headers:
            if path := incoming.header(header):
                return path
        return None

    def _resolve(self, key: tuple[Any, Any]) -> Call | Choice:
        # Text may be bytes (Nuclio's raw mode), and streams have no method.
        method, path = map(_text, key)
        claims = [protocol.call(method, path) for protocol in self._protocols]
        calls = tuple(call for call in claims if call is not None)
        if all(call.shy for call in calls):
            calls = (*calls, self.last.last_resort(method, path))
        if len(self.routes) >= _MOST_ROUTES:  # clients choose paths: the cache is bounded
            self.routes.clear()
        self.routes[key] = calls[0] if len(calls) == 1 else Choice(calls)
        return self.routes[key]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
