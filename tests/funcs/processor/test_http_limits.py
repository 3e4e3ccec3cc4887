"""The limits of an HTTP trigger, at their edges, however the bytes come."""

from __future__ import annotations

import tracemalloc

import pytest

from funcs.processor.http_body import LengthReader
from funcs.processor.http_chunks import ChunkReader
from tests.funcs.processor.front import Client, Front

REFUSED = b"HTTP/1.1 400 Bad Request\r\n"
TOO_BIG = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


def said(client: Client, data: bytes, size: int = 0) -> bytes:
    """What comes back for the bytes, sent whole or ``size`` at a time."""
    pieces = [data[at : at + (size or len(data))] for at in range(0, len(data), size or len(data))]
    return b"".join(client.say(piece) for piece in pieces)


def chunked(size: int, chunk: int) -> bytes:
    sizes = [min(chunk, size - at) for at in range(0, size, chunk)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (each, b"x" * each) for each in sizes)
    return b"POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def plain(size: int) -> bytes:
    return b"POST /p HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size


@pytest.mark.parametrize("piece", [0, 7, 100])
@pytest.mark.parametrize(("size", "first"), [(999, OK), (1000, OK), (1001, REFUSED)])
def test_a_body_may_be_as_large_as_the_limit(size: int, first: bytes, piece: int) -> None:
    for request in (plain(size), chunked(size, 1), chunked(size, 300), chunked(size, size)):
        front = Front(maxRequestBodySize=1000)
        client = front.connect()

        answer = said(client, request, piece)

        assert answer.startswith(first)
        assert [size] * (first == OK) == [len(event["body"]) for event in front.events]
        assert client.is_shut == (first != OK)


def test_a_body_is_4_mib_at_the_most_unless_said() -> None:
    most = 4 << 20

    assert Front().connect().say(plain(most)).startswith(OK)
    assert Front(maxRequestBodySize=0).connect().say(plain(most)).startswith(OK)
    assert Front().connect().say(plain(most + 1)[:100]).startswith(REFUSED)
    assert Front().connect().say(chunked(most, 1 << 20)).startswith(OK)
    assert Front().connect().say(chunked(most + 1, 1 << 20)).startswith(REFUSED)


def test_a_chunk_that_would_be_too_large_is_refused_by_its_size_alone() -> None:
    client = Front(maxRequestBodySize=1000).connect()
    client.say(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3E8\r\n" + b"x" * 1000)

    assert client.say(b"\r\n1\r\n").startswith(REFUSED)


@pytest.mark.parametrize("piece", [0, 1, 100])
@pytest.mark.parametrize(("size", "first"), [(199, OK), (200, OK), (201, TOO_BIG)])
def test_a_head_may_be_as_large_as_the_limit(size: int, first: bytes, piece: int) -> None:
    start = b"GET / HTTP/1.1\r\nX: "
    head = start + b"v" * (size - len(start) - 4) + b"\r\n\r\n"
    client = Front(readBufferSize=200).connect()

    assert said(client, head, piece).startswith(first)


def test_headers_are_limited_by_their_size_together_not_by_their_number() -> None:
    many = b"".join(b"X%d: 1\r\n" % number for number in range(1500))

    assert Front().connect().say(b"GET / HTTP/1.1\r\n" + many + b"\r\n").startswith(OK)
    assert Front().connect().say(b"GET / HTTP/1.1\r\n" + many * 2 + b"\r\n").startswith(TOO_BIG)


def test_a_known_head_does_not_lift_a_limit() -> None:
    front = Front(maxRequestBodySize=1000)
    for _ in range(2):
        assert front.connect().say(plain(1000)).startswith(OK)
        assert front.connect().say(plain(1001)).startswith(REFUSED)


@pytest.mark.parametrize("edge", [4095, 4096, 4097])
def test_a_chunks_line_is_limited_however_it_comes(edge: int) -> None:
    line = b"1;" + b"x" * (edge - 2)
    request = (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + line + b"\r\na\r\n0\r\n\r\n"
    )

    answers = {said(Front().connect(), request, piece).split(b" ")[1] for piece in (0, 1, 1000)}

    assert answers == ({b"200"} if edge <= 4096 else {b"400"})


@pytest.mark.parametrize("edge", [8191, 8192, 8193])
def test_trailers_are_limited_however_they_come(edge: int) -> None:
    trailer = b"\r\nX: " + b"v" * (edge - 5)
    request = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0" + trailer + b"\r\n\r\n"

    answers = {said(Front().connect(), request, piece).split(b" ")[1] for piece in (0, 1, 1000)}

    assert answers == ({b"200"} if edge <= 8192 else {b"400"})


#: Whose memory counts: the readers', and the pieces that are made here; others work meanwhile.
OURS = [tracemalloc.Filter(True, each) for each in (__file__, "*/funcs/processor/http_*.py")]


@pytest.mark.parametrize("size", [1, 100, 4095, 4096, 5000, 65536])
def test_a_body_in_small_pieces_weighs_hardly_more_than_it_holds(size: int) -> None:
    total, piece = (1 << 19) if size > 1 else 1 << 14, bytes(range(256)) * 256
    for reader in (LengthReader(total), ChunkReader(total)):
        tracemalloc.start()
        sent = 0
        while sent < total:
            part = piece[: min(size, total - sent)] + b""
            framed = b"%x\r\n%b\r\n" % (len(part), part)
            reader.feed(part if isinstance(reader, LengthReader) else framed)
            sent += len(part)
        found = tracemalloc.take_snapshot().filter_traces(OURS).statistics("filename")
        tracemalloc.stop()

        assert total == reader.came == len(reader.body)
        assert sum(each.size for each in found) < 1.5 * total + 10_000


def test_what_is_sent_ahead_of_an_answer_is_held_back() -> None:
    front = Front(lambda event: None)
    client = front.connect()
    client.say(b"GET / HTTP/1.1\r\n\r\n")

    client.say(b"x" * 65537)

    assert client.connection.is_paused
