"""Answers that come piece by piece, from a real worker to a client."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import DEADLINE_S, PROBE, Serving

STREAMS = PROBE.parent / "streams"
WORDS = b"3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """A processor of level 1.15 whose handler streams."""
    started = Serving(folder=STREAMS, nuclio="1.15", is_observed=True)
    started.start()
    yield started
    started.close()


def exchange(serving: Serving, request: bytes, *, end: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer, read until the body ends like that."""
    with serving.connect() as client:
        client.sendall(request)
        data = b""
        while not data.endswith(end) and (more := client.recv(1 << 16)):
            data += more
    head, _, body = data.partition(b"\r\n\r\n")
    return head, body


def ask(serving: Serving, path: str, method: str = "GET") -> tuple[bytes, bytes]:
    request = f"{method} {path} HTTP/1.1\r\nHost: f\r\n\r\n".encode()
    return exchange(serving, request, end=b"0\r\n\r\n")


def test_each_piece_is_a_chunk_and_an_empty_one_is_none(serving: Serving) -> None:
    head, body = ask(serving, "/words")

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked" in head
    assert b"Content-Length" not in head
    assert WORDS == body


def test_an_async_generator_is_streamed_too(serving: Serving) -> None:
    assert b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n" == ask(serving, "/later")[1]


def test_a_response_gives_the_stream_its_head(serving: Serving) -> None:
    head, body = ask(serving, "/response")

    assert head.startswith(b"HTTP/1.1 202 Accepted\r\n")
    assert b"\r\nContent-Type: text/event-stream\r\n" in head
    assert b"\r\nX-Kind: words" in head
    assert WORDS == body


def test_the_connection_serves_the_next_request(serving: Serving) -> None:
    requests = b"GET /words HTTP/1.1\r\nHost: f\r\n\r\n" * 3

    with serving.connect() as client:
        client.sendall(requests)
        client.settimeout(DEADLINE_S)
        data = b""
        while data.count(b"0\r\n\r\n") < 3:
            data += client.recv(1 << 16)

    assert 3 == data.count(WORDS)


def test_to_http_1_0_the_end_of_the_connection_is_the_end(serving: Serving) -> None:
    request = b"GET /words HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"

    head, body = exchange(serving, request, end=b"(never)")

    assert b"\r\nConnection: close" in head
    assert b"Transfer-Encoding" not in head
    assert b"onetwothree" == body


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/words"), ("GET", "/response?status=204")])
def test_where_no_body_may_be_sent_the_stream_is_stopped(
    serving: Serving, method: str, path: str
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=DEADLINE_S)
    connection.request(method, path)
    answer = connection.getresponse()
    assert b"" == answer.read()

    connection.request("GET", "/words")
    following = connection.getresponse().read()
    connection.close()

    assert b"onetwothree" == following


def test_a_status_that_is_none_ends_the_stream_where_it_begins(serving: Serving) -> None:
    requests = b"GET /response?status=99 HTTP/1.1\r\nHost: f\r\n\r\n"
    requests += b"GET /words HTTP/1.1\r\nHost: f\r\n\r\n"

    head, rest = exchange(serving, requests, end=WORDS)

    assert head.startswith(b"HTTP/1.1 500 ")
    assert b"\r\nContent-Length: 0" in head
    assert rest.startswith(b"HTTP/1.1 200 OK\r\n")
    assert rest.endswith(WORDS)


def test_pieces_reach_the_client_as_they_are_made(serving: Serving) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gate, serving.connect() as client:
        port = gate.getsockname()[1]
        client.sendall(f"GET /steps?port={port} HTTP/1.1\r\nHost: f\r\n\r\n".encode())
        handler = gate.accept()[0]
        assert b"here\n" == handler.recv(100)
        seen = b""
        for word in (b"first", b"second", b"third"):
            if word != b"first":
                handler.sendall(word)
            while word not in seen:
                seen += client.recv(1 << 16)
        handler.close()
        while not seen.endswith(b"0\r\n\r\n"):
            seen += client.recv(1 << 16)

    assert seen.endswith(b"\r\n5\r\nfirst\r\n6\r\nsecond\r\n5\r\nthird\r\n0\r\n\r\n")


def test_a_client_that_leaves_stops_the_generator(serving: Serving) -> None:
    assert 500 == serving.get("/fails")[0]
    before = serving.get("/ended")[1].count("endless")
    with serving.connect() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: f\r\n\r\n")
        client.recv(1 << 16)

    _, ended = serving.get("/ended")

    assert before + 1 == ended.count("endless")


def test_a_client_that_does_not_read_holds_the_generator_up(serving: Serving) -> None:
    with serving.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: f\r\n\r\n")
        client.recv(100)
        channel = serving.processor.pools["web"].crew.links[0].channels[0]

        until(lambda: channel.started_at == float("inf"))

        assert channel.caller is not None
    assert 200 == serving.get("/ended")[0]


def test_what_fails_on_the_way_is_cut_off(serving: Serving) -> None:
    with pytest.raises(http.client.IncompleteRead):
        serving.ask("GET", "/breaks")

    assert "broken on the way" == serving.records.until("Exception caught in handler")["exc"]
    assert 200 == serving.get("/ended")[0]


def test_a_worker_that_dies_on_the_way_cuts_the_answer_off(serving: Serving) -> None:
    with pytest.raises(http.client.IncompleteRead):
        serving.ask("GET", "/dies")

    assert 200 == serving.get("/ended")[0]


def test_a_piece_that_takes_too_long_cuts_the_answer_off(serve: Serve) -> None:
    serving = serve(folder=STREAMS, nuclio="1.15", event_timeout_s=0.3)

    with pytest.raises(http.client.IncompleteRead):
        serving.ask("GET", "/hangs")

    assert 200 == serving.get("/ended")[0]


def test_a_stream_that_is_held_up_by_its_client_does_not_time_out(serve: Serve) -> None:
    serving = serve(folder=STREAMS, nuclio="1.15", event_timeout_s=0.2)
    pool = serving.processor.pools["web"]
    with serving.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: f\r\n\r\n")
        client.recv(100)
        link = pool.crew.links[0]
        until(lambda: link.channels[0].started_at == float("inf"))
        threading.Event().wait(0.5)  # more than its time, in which nothing may happen

    serving.get("/ended")
    assert link is pool.crew.links[0]


def test_the_observer_is_told_of_a_stream_when_it_has_ended(serving: Serving) -> None:
    before = len(serving.records.exchanged)

    ask(serving, "/response")

    until(lambda: len(serving.records.exchanged) > before)
    assert ("GET", "/response", 202, 11) == serving.records.exchanged[-1]


def test_a_processor_of_1_14_does_not_stream(serve: Serve) -> None:
    status, body = serve(folder=STREAMS).get("/words")

    assert 500 == status
    assert "object generator can't be used in 'await' expression" in body
