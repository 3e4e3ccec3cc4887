"""The head of an HTTP request, parsed by httptools: request line, headers, how long the body is.

A `Head` holds what the bytes say and nothing of the connection they came on, so one may serve
every request with the same bytes. What httptools refuses is refused: 400.
"""

from __future__ import annotations

from functools import lru_cache

from funcs.processor.http_target import parse_query, split_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: `Head.length` of a body that comes in chunks.
CHUNKED = -1

_LEFT_OUT_IF_EMPTY = frozenset({b"Host", b"Content-Type", b"User-Agent"})
_MOST_DIGITS = 19
#: What a trailer may not say, for the request was understood without it (RFC 9110, 6.5.1).
_NO_TRAILERS = frozenset({
    b"Authorization", b"Connection", b"Content-Encoding", b"Content-Length", b"Content-Range",
    b"Content-Type", b"Cookie", b"Expect", b"Host", b"Keep-Alive", b"Max-Forwards",
    b"Proxy-Authorization", b"Proxy-Connection", b"Range", b"Te", b"Trailer",
    b"Transfer-Encoding", b"Upgrade",
})  # fmt: skip


class BadRequestError(Exception):
    """The bytes are no request that is served; the connection cannot go on."""


class Head:
    """A request without its body.

    ``headers`` are what the event shows (Nuclio 1.14: names in fasthttp's spelling, of several the
    last, cookies joined); ``length`` is the body's in bytes, or `CHUNKED`.
    """

    __slots__ = (
        "content_type",
        "expects",
        "fields",
        "headers",
        "is_old",
        "keep_alive",
        "length",
        "method",
        "path",
        "says_length",
    )

    def __init__(
        self, method: bytes, target: bytes, pairs: list[tuple[bytes, bytes]], *, is_old: bool
    ) -> None:
        self.method = method
        self.path, query = split_target(target)
        self.fields = parse_query(query) if query else {}
        self.is_old = is_old  # HTTP/1.0: a connection is kept only when the client asks for it
        self.headers = _joined(pairs)
        self.content_type = self.headers.get(b"Content-Type", b"")
        self.expects = self.headers.get(b"Expect") == b"100-continue"
        self.length = self._measure(pairs)
        self.keep_alive = self._settle_connection()

    def _measure(self, pairs: list[tuple[bytes, bytes]]) -> int:
        coding = self.headers.get(b"Transfer-Encoding")
        length = self.headers.get(b"Content-Length")
        self.says_length = length is not None
        if coding is not None:
            codings = [value for name, value in pairs if canonical(name) == b"Transfer-Encoding"]
            if length is not None or self.is_old:  # RFC 9112, 6.1: there it is no sure framing
                raise BadRequestError("a length or HTTP/1.0 comes with Transfer-Encoding")
            if [each.strip(b" \t").lower() for each in codings] != [b"chunked"]:
                raise BadRequestError("Transfer-Encoding is not chunked")
            self.headers[b"Transfer-Encoding"] = b"chunked"
            return CHUNKED
        if length is None:
            if self.method not in (b"GET", b"HEAD"):
                self.headers[b"Content-Length"] = b"0"
            return 0
        if not length.isdigit() or len(length) > _MOST_DIGITS:
            raise BadRequestError("Content-Length is no number")
        return int(length)

    def _settle_connection(self) -> bool:
        wish = self.headers.get(b"Connection", b"")
        if wish == b"close":  # fasthttp: in this spelling alone
            return False
        if self.is_old and b"keep-alive" not in (part.strip() for part in wish.lower().split(b",")):
            self.headers[b"Connection"] = b"close"
            return False
        return True


class _Collector:
    """What httptools calls while it reads a head."""

    __slots__ = ("pairs", "target", "whole")

    def __init__(self) -> None:
        self.target = b""
        self.pairs: list[tuple[bytes, bytes]] = []
        self.whole = False

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.pairs.append((name, value))

    def on_headers_complete(self) -> None:
        self.whole = True


class HeadProbe:
    """Tells early that what came of a head so far will never be one."""

    __slots__ = ("_parser",)

    def __init__(self) -> None:
        import httptools

        self._parser = httptools.HttpRequestParser(_Collector())

    def feed(self, data: bytes) -> None:
        """Look at some more bytes of a head that is not yet whole.

        Raises:
            BadRequestError: httptools refuses them.
        """
        import httptools

        try:
            self._parser.feed_data(_ascii_line(data))
        except httptools.HttpParserUpgrade:
            return
        except httptools.HttpParserError as error:
            raise BadRequestError(str(error)) from error


def parse_head(data: bytes) -> Head:
    """The head in ``data``, which ends with its empty line.

    Raises:
        BadRequestError: httptools refuses it, or there is no HTTP/1 in it.
    """
    import httptools

    seen = _Collector()
    parser = httptools.HttpRequestParser(seen)
    try:
        parser.feed_data(_ascii_line(data))
    except httptools.HttpParserUpgrade:
        pass  # nothing is upgraded to: it is a request as any other
    except httptools.HttpParserError as error:
        raise BadRequestError(str(error)) from error
    version = parser.get_http_version()
    if not seen.whole or version not in ("1.1", "1.0", "0.9"):
        raise BadRequestError(f"this is no HTTP/1 request (version {version})")
    head = Head(parser.get_method(), seen.target, seen.pairs, is_old=version != "1.1")
    head.keep_alive = head.keep_alive and version != "0.9"
    return head


def parse_trailers(data: bytes) -> Mapping[bytes, bytes]:
    """The headers after a chunked body; ``data`` holds their lines alone.

    Raises:
        BadRequestError: httptools refuses them, or one would change what the request is.
    """
    if not data:
        return {}
    trailers = parse_head(b"GET / HTTP/1.1\r\n" + data + b"\r\n").headers
    if not _NO_TRAILERS.isdisjoint(trailers):
        raise BadRequestError("a trailer says what only a header may")
    return trailers


@lru_cache(maxsize=2048)
def canonical(name: bytes) -> bytes:
    """A header's name as fasthttp spells it: first letters upper, the rest lower.

    >>> canonical(b"x-my-ETAG")
    b'X-My-Etag'
    """
    letters = bytearray(name.lower())
    upper, at = name.upper(), 0
    while at < len(letters):
        letters[at] = upper[at]
        dash = letters.find(b"-", at + 1)
        at = dash + 1 if dash >= 0 else len(letters)
    return bytes(letters)


def _joined(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        key = canonical(name)
        value = value.rstrip(b" \t")
        if key == b"Cookie" and key in headers:
            value = headers[key] + b"; " + value
        headers[key] = value
    for key in _LEFT_OUT_IF_EMPTY:
        if headers.get(key) == b"":
            del headers[key]
    return headers


def _ascii_line(data: bytes) -> bytes:
    """The same with a request line of ASCII: clients send UTF-8 there, which httptools refuses."""
    if data.isascii():
        return data
    line, end, rest = data.partition(b"\r\n")
    if line.isascii():
        return data
    return b"".join(bytes([c]) if c < 128 else b"%%%02X" % c for c in line) + end + rest
