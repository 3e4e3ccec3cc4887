from __future__ import annotations

import pytest

from funcs.processor.http_answer import Clock, OwnHeaders, chunked, http_date, length_line


def test_a_head_is_kept_for_the_second_it_is_true_in() -> None:
    clock = Clock()
    first = clock.head(200, "text/plain")
    kept = clock.head(200, "text/plain")
    clock.until = 0

    again = clock.head(200, "text/plain")

    assert first is kept
    assert first is not again
    assert again.startswith(b"HTTP/1.1 200 OK\r\nServer: nuclio\r\nDate: ")
    assert again.endswith(b" GMT\r\nContent-Type: text/plain\r\nContent-Length: ")


def test_a_date_is_written_as_http_writes_it() -> None:
    assert b"Thu, 01 Jan 1970 00:00:09 GMT" == http_date(9)


def test_own_headers_are_set_as_fasthttp_sets_them() -> None:
    own = OwnHeaders()
    for name, value in [
        (b"x-a", b"1"), (b"X-A", b"2"), (b"Server", b"mine"), (b"Date", b"never"),
        (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"Content-Encoding", b"gzip"),
        (b"Content-Length", b"9"), (b"Connection", b"close"), (b"", b"nameless"),
    ]:  # fmt: skip
        own.add(name, value)
    clock = Clock()

    head = own.head(clock, 404, b"a/b", b"Content-Length: 1\r\n").replace(clock.date, b"now")

    assert [
        b"HTTP/1.1 404 Not Found", b"Server: mine", b"Date: now", b"Content-Type: a/b",
        b"Content-Encoding: gzip", b"Content-Length: 1", b"X-A: 2",
        b"Set-Cookie: a=1", b"Set-Cookie: b=2", b"",
    ] == head.split(b"\r\n")  # fmt: skip
    assert own.closes


@pytest.mark.parametrize(
    ("name", "is_sent", "is_sent_by_1_14"),
    [(b"X-A!", True, True), (b"", False, True), ("世".encode(), False, True),
     (b"X A", False, False),
     (b"Content-Length ", False, False), (b" X", False, False), (b"X\t", False, False),
     (b"Content-Length:9", False, False), (b"X\x0b", False, False), (b"X\x7f", False, False)],
)  # fmt: skip
def test_a_name_that_could_be_read_as_another_is_left_out(
    name: bytes, is_sent: bool, is_sent_by_1_14: bool
) -> None:
    strict, lax = OwnHeaders(), OwnHeaders()
    strict.add(name, b"v")
    lax.add(name, b"v", is_lax=True)

    assert (is_sent, is_sent_by_1_14) == (bool(strict.lines), bool(lax.lines))


def test_only_strings_are_sent() -> None:
    own = OwnHeaders()
    own.add_all({"A": "1", "B": 2, "C": None, "D": True, "E": ["x"], "F": "ü\ud800"})

    assert {b"A": b"1", b"F": "ü?".encode()} == own.lines


@pytest.mark.parametrize(
    ("size", "status", "is_head", "line"),
    [(0, 200, False, b"Content-Length: 0\r\n"), (0, 200, True, b""), (5, 204, False, b""),
     (5, 304, False, b""), (5, 102, False, b""), (5, 99, False, b"Content-Length: 5\r\n")],
)  # fmt: skip
def test_a_length_is_sent_where_fasthttp_sends_one(
    size: int, status: int, is_head: bool, line: bytes
) -> None:
    assert line == length_line(size, status=status, is_head=is_head)


def test_chunks_end_with_an_empty_one() -> None:
    assert b"1\r\na\r\n10\r\n" + b"b" * 16 + b"\r\n0\r\n\r\n" == chunked([b"a", b"", b"b" * 16])
