"""From a worker's result to the bytes of an HTTP answer, in fasthttp's order and spelling.

Nuclio 1.14: status line, Server, Date, Content-Type, Content-Encoding, Content-Length, the
handler's own headers, Set-Cookie, Connection. Only header values that are strings are sent;
nothing that a handler returns can begin a new header line.
"""

from __future__ import annotations

import re
import time

from funcs.processor.http_head import canonical
from funcs.processor.http_status import REASONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

#: For bytes that a client gets and no handler chose a type for.
PLAIN = b"text/plain; charset=utf-8"
LAST_CHUNK = b"0\r\n\r\n"

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
#: What a header's name is: RFC 9110, 5.6.2; and what else Nuclio 1.14 sends without harm.
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LAX_NAME = re.compile(rb"[^\x00-\x20\x7f:]*")
_OURS = frozenset({b"Date", b"Content-Length", b"Transfer-Encoding"})


class Clock:
    """The time of day, as heads of answers need it: `until` it changes, everything is kept."""

    __slots__ = ("_heads", "date", "until")

    def __init__(self) -> None:
        self.until = 0
        self.date = b""
        self._heads: dict[tuple[int, str], bytes] = {}

    def head(self, status: int, content_type: str) -> bytes:
        """An answer's head up to the number of its Content-Length, for one without own headers."""
        if time.time() >= self.until:
            self._turn()
        key = (status, content_type)
        head = self._heads.get(key)
        if head is None:
            kind = clean(content_type.encode("utf-8", "replace")) or PLAIN
            head = b"%bContent-Type: %b\r\nContent-Length: " % (self.start(status), kind)
            if len(self._heads) < 256:
                self._heads[key] = head
        return head

    def start(self, status: int, server: bytes = b"nuclio") -> bytes:
        """Status line, Server and Date."""
        if time.time() >= self.until:
            self._turn()
        reason = REASONS.get(status, b"Unknown Status Code")
        return b"HTTP/1.1 %d %b\r\nServer: %b\r\nDate: %b\r\n" % (status, reason, server, self.date)

    def _turn(self) -> None:
        second = int(time.time())
        self.until = second + 1
        self.date = http_date(second)
        self._heads.clear()


def http_date(second: int) -> bytes:
    """A moment as HTTP writes it.

    >>> http_date(1795441449)
    b'Mon, 23 Nov 2026 13:44:09 GMT'
    """
    at = time.gmtime(second)
    day, month = _DAYS[at.tm_wday], _MONTHS[at.tm_mon - 1]
    text = f"{day}, {at.tm_mday:02} {month} {at.tm_year} {time.strftime('%H:%M:%S', at)} GMT"
    return text.encode()


class OwnHeaders:
    """What an answer's head holds beside the usual: the processor's additions, the handler's own.

    A name given again takes the place of the first; cookies are all kept.
    """

    __slots__ = ("closes", "content_encoding", "content_type", "cookies", "lines", "server")

    def __init__(self) -> None:
        self.lines: dict[bytes, bytes] = {}
        self.cookies: list[bytes] = []
        self.server = b""
        self.content_type = b""
        self.content_encoding = b""
        self.closes = False

    def add(self, name: bytes, value: bytes, *, is_lax: bool = False) -> None:
        """Set a header, as fasthttp's ResponseHeader.Set does; one with a bad name is left out."""
        key, value = canonical(name), clean(value)
        if key in _OURS or not (_LAX_NAME if is_lax else _TOKEN).fullmatch(key):
            return
        if key == b"Content-Type":
            self.content_type = value
        elif key == b"Content-Encoding":
            self.content_encoding = value
        elif key == b"Server":
            self.server = value
        elif key == b"Set-Cookie":
            self.cookies.append(value)
        elif key == b"Connection" and value == b"close":
            self.closes = True
        else:
            self.lines[key] = value

    def add_all(self, headers: Mapping[str, Any], *, is_lax: bool = False) -> None:
        """Set a result's headers: only values that are strings count."""
        for name, value in headers.items():
            if isinstance(value, str):
                key, text = name.encode("utf-8", "replace"), value.encode("utf-8", "replace")
                self.add(key, text, is_lax=is_lax)

    def head(self, clock: Clock, status: int, content_type: bytes, length: bytes) -> bytes:
        """The whole head but for Connection and the empty line; ``length`` is its line or empty."""
        parts = [clock.start(status, self.server or b"nuclio")]
        if content_type := content_type or self.content_type:
            parts.append(b"Content-Type: %b\r\n" % content_type)
        if self.content_encoding:
            parts.append(b"Content-Encoding: %b\r\n" % self.content_encoding)
        parts.append(length)
        parts += [b"%b: %b\r\n" % line for line in self.lines.items()]
        parts += [b"Set-Cookie: %b\r\n" % cookie for cookie in self.cookies]
        return b"".join(parts)


def has_no_body(status: int) -> bool:
    """Whether an answer of this status has neither body nor length."""
    return 100 <= status < 200 or status in (204, 304)


def length_line(size: int, *, status: int, is_head: bool) -> bytes:
    """The Content-Length line, or nothing where fasthttp sends none."""
    if has_no_body(status) or (is_head and not size):
        return b""
    return b"Content-Length: %d\r\n" % size


def clean(value: bytes) -> bytes:
    """A header's value in which no line ends: each control byte but a tab is a space."""
    return _CONTROLS.sub(b" ", value) if _CONTROLS.search(value) else value


def chunk(piece: bytes) -> bytes:
    r"""One chunk of a body; nothing for no bytes, which would be the last.

    >>> chunk(b"abc")
    b'3\r\nabc\r\n'
    """
    return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""


def chunked(pieces: Iterable[bytes]) -> bytes:
    r"""A body in chunks, one for each piece, with the last one.

    >>> chunked([b"abc"])
    b'3\r\nabc\r\n0\r\n\r\n'
    """
    return b"".join([*map(chunk, pieces), LAST_CHUNK])
