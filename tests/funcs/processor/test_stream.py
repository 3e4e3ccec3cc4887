"""Clients that send much, read late, hang up halfway or for good."""

from __future__ import annotations

import socket
import struct

import pytest

from funcs.errors import ProcessorError
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import PROBE, Gate, Serving, Starting

MANY = 3_000_000


def only_connection(serving: Serving) -> object:
    (connection,) = serving.processor.triggers[0].clients  # type: ignore[attr-defined]
    return connection


def test_a_large_body_goes_both_ways_whole(serve: Serve) -> None:
    body = bytes(range(256)) * (MANY // 256)

    status, _, seen = serve().ask("POST", "/echo", body)

    assert (200, True) == (status, body == seen)


def test_a_client_that_reads_late_gets_all_and_holds_up_nobody(serve: Serve) -> None:
    serving = serve()
    with serving.connect() as late:
        late.sendall(f"GET /big?size={4 * MANY} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())

        assert (200, "hello") == serving.get("/hello")

        with late.makefile("rb") as stream:
            answer = stream.read()
    assert answer.endswith(b"\r\n\r\n" + b"x" * 4 * MANY)


def test_a_client_that_sends_far_ahead_is_held_back_and_answered(serve: Serve, gate: Gate) -> None:
    serving = serve()
    request = b"POST /size HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000
    with serving.connect() as eager:
        eager.sendall(f"GET {gate.path} HTTP/1.1\r\n\r\n".encode())
        gate.arrival()
        eager.sendall(request * 200)
        until(lambda: bool(getattr(only_connection(serving), "is_paused")))  # noqa: B009

        gate.open()
        eager.shutdown(socket.SHUT_WR)
        with eager.makefile("rb") as stream:
            answers = stream.read()

    assert 200 == answers.count(b"\r\n\r\n1000")


def test_a_client_that_says_no_more_still_gets_its_answer(serve: Serve, gate: Gate) -> None:
    serving = serve()
    with serving.connect() as client:
        client.sendall(f"GET {gate.path} HTTP/1.1\r\n\r\n".encode())
        gate.arrival()
        client.shutdown(socket.SHUT_WR)
        until(lambda: bool(getattr(only_connection(serving), "has_ended")))  # noqa: B009

        gate.open(b"even so")
        with client.makefile("rb") as stream:
            assert stream.read().endswith(b"\r\n\r\neven so")


def test_a_client_that_is_cut_off_costs_nobody_else(serve: Serve, gate: Gate) -> None:
    serving = serve()
    client = serving.connect()
    client.sendall(f"GET {gate.path} HTTP/1.1\r\n\r\n".encode())
    gate.arrival()

    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    until(lambda: not serving.processor.triggers[0].clients)  # type: ignore[attr-defined]
    gate.open()

    assert (200, "hello") == serving.get("/hello")


def test_a_refused_client_that_goes_on_sending_reads_why(serve: Serve) -> None:
    serving = serve(attributes={"maxRequestBodySize": 10})
    with serving.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 500000\r\n\r\n" + b"x" * 500_000)
        with client.makefile("rb") as stream:
            answer = stream.read()

    assert answer.endswith(b"Connection: close\r\n\r\nError when parsing request")


def test_many_clients_come_and_go(serve: Serve) -> None:
    serving = serve()
    for _ in range(5):
        clients = [serving.connect() for _ in range(100)]
        for client in clients:
            client.sendall(b"GET /hello HTTP/1.1\r\n\r\n")
        answers = [client.recv(1000) for client in clients]
        for client in clients:
            client.close()

        assert {True} == {answer.endswith(b"\r\n\r\nhello") for answer in answers}
    until(lambda: not serving.processor.triggers[0].clients)  # type: ignore[attr-defined]


def test_a_processor_that_is_killed_while_it_starts_says_so(serve: Serve, gate: Gate) -> None:
    folder = PROBE.parent / "held_at_start"
    serving = serve(folder=folder, is_started=False, environ={"GATE": gate.path})
    starting = Starting(serving)
    gate.arrival()

    serving.close()

    with pytest.raises(ProcessorError, match="stopped before it was up"):
        starting.outcome()
