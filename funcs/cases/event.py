"""One event as a client sends it by HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlencode

_Event = TypeVar("_Event")

#: What belongs to one connection, and is made anew when an event is sent again.
_OF_CONNECTION = frozenset({
    "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class HttpEvent:
    """``path`` may hold a query; without a body ``body`` is None."""

    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def header(self, name: str) -> str:
        """The last header of that name in any case; empty if there is none."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[-1] if found else ""

    def with_headers(self, headers: Mapping[str, str]) -> HttpEvent:
        """The same with these headers, which take the place of its own of their names."""
        names = {name.lower() for name in headers}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in names)
        return replace(self, headers=(*kept, *headers.items()))

    def for_another_connection(self) -> HttpEvent:
        """The same without the headers that spoke of the connection it came by."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in _OF_CONNECTION)
        return replace(self, headers=kept)


def by_name(found: Iterable[tuple[str, _Event]]) -> dict[str, _Event]:
    """Events by names that are theirs alone; one without a name is called by its place.

    >>> by_name([("tick", 1), ("tick", 2), ("", 3)])
    {'tick': 1, 'tick-2': 2, 'event-3': 3}
    """
    named: dict[str, _Event] = {}
    for place, (given, event) in enumerate(found, 1):
        name, count = given or f"event-{place}", 1
        while name in named:
            count += 1
            name = f"{given or 'event'}-{count}"
        named[name] = event
    return named


def with_query(path: str, fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """``path`` with these fields as its query, after what query it has.

    >>> with_query("/a?x=1", {"y": "b c"})
    '/a?x=1&y=b+c'
    """
    pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
    query = urlencode(pairs, errors="surrogateescape")
    if not query:
        return path
    return f"{path}{'&' if '?' in path else '?'}{query}"
