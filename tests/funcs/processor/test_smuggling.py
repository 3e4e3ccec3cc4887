"""Requests that two servers in a row may read differently: no second one is ever read from them.

Each is followed by one that would tell: it asks for `/smuggled`, and no event may have that path
unless it truly begins where every reading of RFC 9112 has the first request end.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.funcs.processor.front import Front

NEXT = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSAL = b"Connection: close\r\n\r\nError when parsing request"


def post(*lines: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    return b"\r\n".join([b"POST /first " + version, b"Host: x", *lines, b"", body])


def chunked(body: bytes, *lines: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", *lines, body=body)


CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"
REFUSED = {
    "two lengths": post(b"Content-Length: 3", b"Content-Length: 0", body=b"abc"),
    "one length twice": post(b"Content-Length: 3", b"Content-Length: 3", body=b"abc"),
    "two lengths in one": post(b"Content-Length: 3, 3", body=b"abc"),
    "two lengths, one with a space": post(b"Content-Length: 3", b"Content-Length : 0", body=b"abc"),
    "length and chunks": post(b"Content-Length: 13", b"Transfer-Encoding: chunked", body=CHUNKS),
    "chunks and length": chunked(CHUNKS, b"Content-Length: 3"),
    "a length with a plus": post(b"Content-Length: +3", body=b"abc"),
    "a length with a minus": post(b"Content-Length: -3", body=b"abc"),
    "a length with a space inside": post(b"Content-Length: 3 0", body=b"abc"),
    "a length in hexadecimal": post(b"Content-Length: 0x3", body=b"abc"),
    "a length with a point": post(b"Content-Length: 3.0", body=b"abc"),
    "no length": post(b"Content-Length:", body=b"abc"),
    "a length in other digits": post("Content-Length: ٣".encode(), body=b"abc"),
    "a length beyond 64 bits": post(b"Content-Length: 18446744073709551619", body=b"abc"),
    "a length with thousands of zeros": post(b"Content-Length: " + b"0" * 5000 + b"3", body=b"abc"),
    "a length with a control byte": post(b"Content-Length: 3\x0b", body=b"abc"),
    "identity after chunked": post(b"Transfer-Encoding: chunked, identity", body=CHUNKS),
    "identity before chunked": post(b"Transfer-Encoding: identity, chunked", body=CHUNKS),
    "compressed chunks": post(b"Transfer-Encoding: gzip, chunked", body=CHUNKS),
    "nearly chunked": post(b"Transfer-Encoding: xchunked", body=CHUNKS),
    "chunked in quotes": post(b'Transfer-Encoding: "chunked"', body=CHUNKS),
    "chunked with a parameter": post(b"Transfer-Encoding: chunked;q=1", body=CHUNKS),
    "chunked after a comma": post(b"Transfer-Encoding: ,chunked", body=CHUNKS),
    "chunked after a control byte": post(b"Transfer-Encoding: \x0bchunked", body=CHUNKS),
    "no coding": post(b"Transfer-Encoding:", body=CHUNKS),
    "chunked twice": chunked(CHUNKS, b"Transfer-Encoding: chunked"),
    "chunked, then identity": chunked(CHUNKS, b"Transfer-Encoding: identity"),
    "identity, then chunked": post(
        b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked", body=CHUNKS
    ),
    "a space before the coding's colon": post(b"Transfer-Encoding : chunked", body=CHUNKS),
    "a tab before the length's colon": post(b"Content-Length\t: 3", body=b"abc"),
    "a coding on a folded line": post(b"X: a", b" Transfer-Encoding: chunked", body=CHUNKS),
    "a coding whose value is folded": post(b"Transfer-Encoding:", b" chunked", body=CHUNKS),
    "chunks in HTTP/1.0": post(
        b"Transfer-Encoding: chunked", b"Connection: keep-alive", body=CHUNKS, version=b"HTTP/1.0"
    ),
    "a folded header": post(b"X: a", b" b"),
    "a space before the first header": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "lines that end with LF": b"POST /first HTTP/1.1\nContent-Length: 3\n\nabc",
    "one line that ends with LF": b"POST /first HTTP/1.1\r\nX: a\nContent-Length: 3\r\n\r\nabc",
    "a line that ends with CR": b"POST /first HTTP/1.1\r\nX: a\rContent-Length: 3\r\n\r\nabc",
    "an end of LF alone": b"GET /first HTTP/1.1\r\nHost: x\r\n\n",
    "a NUL in a value": post(b"X: a\x00b"),
    "a NUL in a name": post(b"X\x00: a"),
    "a control byte in a value": post(b"X: a\x01b"),
    "a header without a colon": post(b"Content-Length 3", body=b"abc"),
    "a header without a name": post(b": 3"),
    "another version": post(version=b"HTTP/1.2"),
    "a version of two digits": post(version=b"HTTP/1.10"),
    "no version but a space": b"GET /first \r\nHost: x\r\n\r\n",
    "a version in small letters": post(version=b"http/1.1"),
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a chunk of negative size": chunked(b"-3\r\nabc\r\n0\r\n\r\n"),
    "a chunk with a plus": chunked(b"+3\r\nabc\r\n0\r\n\r\n"),
    "a chunk with 0x": chunked(b"0x3\r\nabc\r\n0\r\n\r\n"),
    "a chunk with a space before": chunked(b" 3\r\nabc\r\n0\r\n\r\n"),
    "a chunk with a space behind": chunked(b"3 \r\nabc\r\n0\r\n\r\n"),
    "a chunk with an underscore": chunked(b"1_0\r\nabc\r\n0\r\n\r\n"),
    "a chunk without size": chunked(b"\r\nabc\r\n0\r\n\r\n"),
    "a chunk size of 16 digits": chunked(b"0000000000000003\r\nabc\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": chunked(b"10000000000000003\r\nabc\r\n0\r\n\r\n"),
    "a chunk that is longer": chunked(b"2\r\nabc\r\n0\r\n\r\n"),
    "a chunk whose size ends with LF": chunked(b"3\nabc\r\n0\r\n\r\n"),
    "a chunk that ends with LF": chunked(b"3\r\nabc\n0\r\n\r\n"),
    "a chunk that ends with CR": chunked(b"3\r\nabc\r0\r\n\r\n"),
    "a last chunk that ends with LF": chunked(b"3\r\nabc\r\n0\n\r\n"),
    "an extension with a LF": chunked(b"3;a\nb=c\r\nabc\r\n0\r\n\r\n"),
    "an extension with a CR": chunked(b"3;a\rb=c\r\nabc\r\n0\r\n\r\n"),
    "an extension with a NUL": chunked(b"3;\x00\r\nabc\r\n0\r\n\r\n"),
    "an extension of 5000 bytes": chunked(b"3;" + b"x" * 5000 + b"\r\nabc\r\n0\r\n\r\n"),
    "an extension without semicolon": chunked(b"3 a=b\r\nabc\r\n0\r\n\r\n"),
    "a trailer that sets the length": chunked(b"0\r\nContent-Length: 30\r\n\r\n"),
    "a trailer that sets the coding": chunked(b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "a trailer that sets the host": chunked(b"0\r\nhost: other\r\n\r\n"),
    "a trailer that sets the type": chunked(b"0\r\nContent-Type: a/b\r\n\r\n"),
    "a trailer that authorizes": chunked(b"0\r\nAuthorization: Basic eA==\r\n\r\n"),
    "a folded trailer": chunked(b"0\r\nX: a\r\n b\r\n\r\n"),
    "a trailer that begins with a space": chunked(b"0\r\n X: a\r\n\r\n"),
    "a trailer that ends with LF": chunked(b"0\r\nX: a\nY: b\r\n\r\n"),
    "a trailer without a colon": chunked(b"0\r\nX\r\n\r\n"),
    "a trailer with a NUL": chunked(b"0\r\nX: \x00\r\n\r\n"),
    "trailers of 9000 bytes": chunked(b"0\r\nX: " + b"v" * 9000 + b"\r\n\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("size", [0, 1, 7], ids=["whole", "bytes", "sevens"])
def test_it_is_refused_and_what_follows_is_not_read(what: str, size: int) -> None:
    front = Front()
    client = front.connect()
    data = REFUSED[what] + NEXT * 3

    edges = [*range(0, len(data), size or len(data)), len(data)]
    answers = b"".join(client.say(data[start:end]) for start, end in pairwise(edges))

    assert answers.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answers.endswith(REFUSAL)
    assert 1 == answers.count(b"HTTP/1.1")
    assert client.is_shut
    assert [] == front.events


TAKEN = {
    "a coding after a tab": (post(b"Transfer-Encoding:\tchunked", body=CHUNKS), 3),
    "a coding with a space behind": (post(b"Transfer-Encoding: chunked  ", body=CHUNKS), 3),
    "a coding in capitals": (post(b"transfer-encoding: CHUNKED", body=CHUNKS), 3),
    "a length with zeros before": (post(b"Content-Length: 0003", body=b"abc"), 3),
    "a length with spaces around": (post(b"Content-Length:  3 ", body=b"abc"), 3),
    "a chunk size with zeros before": (chunked(b"0003\r\nabc\r\n000\r\n\r\n"), 3),
    "chunk extensions": (chunked(b'3;a;b="c" ; d\r\nabc\r\n0;last\r\n\r\n'), 3),
    "a trailer": (chunked(b"0\r\nX-Sum: 1\r\n\r\n"), 0),
    "a request inside a body": (post(b"Content-Length: %d" % len(NEXT), body=NEXT), len(NEXT)),
    "an upgrade to HTTP/2": (
        post(b"Upgrade: h2c", b"Connection: Upgrade", b"Content-Length: 3", body=b"abc"), 3
    ),
    "a header that resembles a coding": (
        post(b"Transfer_Encoding: chunked", b"Content-Length: 3", body=b"abc"), 3
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAKEN)
def test_what_has_one_reading_is_read_that_way_and_the_next_request_follows(what: str) -> None:
    request, size = TAKEN[what]
    front = Front()

    front.connect().say(request + b"GET /next HTTP/1.1\r\n\r\n")

    seen = [(event["path"], len(event["body"] or b"")) for event in front.events]
    assert [("/first", size), ("/next", 0)] == seen


@pytest.mark.parametrize(
    "request_line",
    [b"GET /first", b"GET /first HTTP/0.9", b"GET /first HTTP/1.0",
     b"GET /first HTTP/1.1\r\nConnection: close"],
)  # fmt: skip
def test_after_a_request_that_ends_the_connection_none_is_read(request_line: bytes) -> None:
    front = Front()
    client = front.connect()

    answers = client.say(request_line + b"\r\nHost: x\r\n\r\n" + NEXT)

    assert ["/first"] == [event["path"] for event in front.events]
    assert 1 == answers.count(b"HTTP/1.1 200 OK")
    assert client.is_shut


def test_an_older_request_than_1_0_cannot_keep_the_connection() -> None:
    client = Front().connect()

    client.say(b"GET / HTTP/0.9\r\nConnection: keep-alive\r\n\r\n")

    assert client.is_shut


def test_of_an_absolute_target_the_path_counts_and_the_host_header_is_shown_as_it_came() -> None:
    front = Front()
    client = front.connect()

    client.say(b"GET http://inner/first?a=1 HTTP/1.1\r\nHost: outer\r\n\r\n")

    (event,) = front.events
    assert ("/first", {"a": "1"}, {"Host": "outer"}) == (
        event["path"], event["fields"], event["headers"],
    )  # fmt: skip
    assert not client.is_shut


def test_a_request_line_inside_a_path_begins_no_request() -> None:
    front = Front()

    front.connect().say(b"GET /a%0d%0a%0d%0aGET%20/smuggled%20HTTP/1.1 HTTP/1.1\r\n\r\n")

    assert 1 == len(front.events)
