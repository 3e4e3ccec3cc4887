"""Two processors at one port, of which the first leaves: no client notices."""

from __future__ import annotations

import http.client
import socket
import sys

import pytest

from funcs.settings import Settings
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import DEADLINE_S, Asking, Gate, Serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="shared ports are Linux' own")
SHARED = Settings(handover_s=30.0)
GET = b"GET /hello HTTP/1.1\r\n\r\n"


def leave(serving: Serving) -> None:
    """Tell a processor to end, as SIGTERM does."""
    serving._loop.call_soon_threadsafe(serving.processor.begin_stop)
    until(lambda: serving.processor.triggers[0].is_leaving)  # type: ignore[attr-defined]


def welcomed(serving: Serving) -> int:
    return len(serving.processor.triggers[0].clients)  # type: ignore[attr-defined]


def test_clients_of_the_first_are_answered_and_new_ones_go_to_the_second(serve: Serve) -> None:
    first = serve(settings=SHARED)
    kept = http.client.HTTPConnection("127.0.0.1", first.port, timeout=DEADLINE_S)
    kept.request("GET", "/hello")
    assert b"hello" == kept.getresponse().read()
    second = serve(settings=SHARED, url=f":{first.port}")

    leave(first)
    new = [socket.create_connection(("127.0.0.1", first.port)) for _ in range(20)]
    until(lambda: welcomed(second) == 20)
    kept.request("GET", "/hello")
    answer = kept.getresponse()

    assert b"hello" == answer.read()
    assert "close" == answer.headers["Connection"]
    first.run(first.processor.wait_stopped())
    for sock in new:
        sock.sendall(GET)
        assert sock.recv(1000).endswith(b"hello")
        sock.close()


def test_an_event_that_takes_longer_than_the_door_is_open_is_answered(
    serve: Serve, gate: Gate
) -> None:
    first = serve(settings=SHARED)
    held = Asking(first, gate.path)
    gate.arrival()
    second = serve(settings=SHARED, url=f":{first.port}")

    leave(first)
    door = first.processor.triggers[0]._listener  # type: ignore[attr-defined]
    until(lambda: door._socket.fileno() < 0)
    answered = second.get("/hello", port=first.port)
    gate.open()

    assert (200, "let go") == held.answer()
    assert (200, "hello") == answered
    first.run(first.processor.wait_stopped())


def test_one_alone_answers_until_it_has_closed_its_door(serve: Serve) -> None:
    alone = serve(settings=SHARED)

    leave(alone)
    answered = alone.get("/hello")
    alone.run(alone.processor.wait_stopped())

    assert (200, "hello") == answered
    with pytest.raises(ConnectionRefusedError):
        alone.get("/hello", port=alone.port)


def test_who_does_not_leave_is_cut_off_in_the_end(serve: Serve) -> None:
    serving = serve(settings=Settings(handover_s=0.1))
    with socket.create_connection(("127.0.0.1", serving.port)) as idle:
        until(lambda: welcomed(serving) == 1)
        leave(serving)

        assert b"" == idle.recv(1)


def test_a_port_that_is_not_shared_is_not_taken_twice(serve: Serve) -> None:
    first = serve()

    with pytest.raises(Exception, match="is in use already"):
        serve(settings=SHARED, url=f":{first.port}")
