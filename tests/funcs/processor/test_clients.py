"""Clients that take their time, read late or are too many: ended or refused, others served."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from funcs.processor.clients import BODY, BUSY, HEAD, IDLE, PROGRESS_BYTES, SENDING, Clients, Limits
from funcs.processor.listener import allow_files
from funcs.processor.reactor import Timer
from funcs.settings import Settings
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import Gate, Serving

HEAD_BEGUN = b"POST /size HTTP/1.1\r\nContent-Le"
BODY_BEGUN = b"POST /size HTTP/1.1\r\nContent-Length: 100000\r\n\r\nx"
CHUNKS_BEGUN = b"POST /size HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
GET = b"GET /hello HTTP/1.1\r\n\r\n"
SLOW = "Clients that did not finish their request in time were cut off"
LATE = "Clients that did not read their answer in time were cut off"
ENDED = "Too many clients: those without a request are ended"
MANY = "Too many clients: new ones are answered 503"
#: Nothing but what a test is about runs out of time.
PATIENT = Settings(header_timeout_s=0, body_timeout_s=0, send_timeout_s=0, keepalive_timeout_s=0)


def settings(**changes: Any) -> Settings:
    values = {name: getattr(PATIENT, name) for name in Settings.__match_args__}
    return Settings(**(values | changes))


def whole_answer(sock: socket.socket) -> bytes:
    with sock.makefile("rb") as stream:
        return stream.read()


def is_open(sock: socket.socket) -> bool:
    sock.sendall(GET)
    return sock.recv(1000).endswith(b"hello")


@pytest.mark.parametrize(
    ("begun", "limit"),
    [(HEAD_BEGUN, "header_timeout_s"), (b"\r\nG", "header_timeout_s"),
     (BODY_BEGUN, "body_timeout_s"), (CHUNKS_BEGUN, "body_timeout_s")],
)  # fmt: skip
def test_a_request_that_does_not_come_to_its_end_is_answered_408(
    serve: Serve, begun: bytes, limit: str
) -> None:
    serving = serve(settings=settings(**{limit: 0.2}))
    with serving.connect() as slow, serving.connect() as idle:
        slow.sendall(begun)
        answer = whole_answer(slow)

        assert is_open(idle)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\nServer: nuclio\r\n")
    assert answer.endswith(b"Connection: close\r\n\r\nRequest timeout")
    assert limit == serving.records.until(SLOW)["limit"]


def test_a_client_that_does_not_read_is_cut_off_and_its_answer_dropped(serve: Serve) -> None:
    serving = serve(settings=settings(send_timeout_s=0.2))
    with serving.connect() as late, serving.connect() as other:
        late.sendall(b"GET /big?size=30000000 HTTP/1.1\r\n\r\n")

        assert "send_timeout_s" == serving.records.until(LATE)["limit"]
        until(lambda: len(clients_of(serving)) == 1)
        assert is_open(other)


def test_a_connection_without_requests_ends_in_silence(serve: Serve) -> None:
    serving = serve(settings=settings(keepalive_timeout_s=0.3))
    with serving.connect() as silent, serving.connect() as served:
        assert is_open(served)

        assert (b"", b"") == (whole_answer(silent), whole_answer(served))
    assert [] == [each for each in serving.records.logged if each[0] == "warn"]


def test_an_event_that_takes_long_is_no_slow_client(serve: Serve, gate: Gate) -> None:
    limits = settings(
        header_timeout_s=0.05, body_timeout_s=0.05, send_timeout_s=0.05, keepalive_timeout_s=0.05
    )
    serving = serve(settings=limits)
    with serving.connect() as client, serving.connect() as silent:
        client.sendall(f"GET {gate.path} HTTP/1.1\r\n\r\n".encode())
        gate.arrival()
        whole_answer(silent)

        gate.open(b"worth it")
        assert client.recv(1000).endswith(b"worth it")


def test_where_there_is_no_room_a_client_without_a_request_goes_first(
    serve: Serve, gate: Gate
) -> None:
    serving = serve(settings=settings(max_connections=2))
    with serving.connect() as busy, serving.connect() as idle:
        busy.sendall(f"GET {gate.path} HTTP/1.1\r\n\r\n".encode())
        gate.arrival()
        assert b"HTTP/1.1 200 OK" == asked(idle, b"GET /__internal/health HTTP/1.1\r\n\r\n")

        with serving.connect() as new:
            assert b"HTTP/1.1 200 OK" == asked(new, b"GET /__internal/health HTTP/1.1\r\n\r\n")
        assert b"" == whole_answer(idle)
        assert 2 == serving.records.until(ENDED)["most"]
        gate.open(b"kept")
        assert busy.recv(1000).endswith(b"kept")


def asked(sock: socket.socket, request: bytes) -> bytes:
    """The answer's first line."""
    sock.sendall(request)
    return sock.recv(1000).split(b"\r\n")[0]


def test_where_every_client_has_a_request_new_ones_are_answered_503_and_it_is_said_once(
    serve: Serve, gate: Gate
) -> None:
    serving = serve(settings=settings(max_connections=1))
    with serving.connect() as busy:
        busy.sendall(f"GET {gate.path} HTTP/1.1\r\n\r\n".encode())
        gate.arrival()
        answers = []
        for _ in range(100):
            with serving.connect() as refused:
                refused.sendall(GET)
                answers.append(whole_answer(refused))
        gate.open(b"served")

        assert busy.recv(1000).endswith(b"served")
    assert {b"HTTP/1.1 503 Service Unavailable"} == {each.split(b"\r\n")[0] for each in answers}
    assert answers[0].endswith(b"Connection: close\r\n\r\nToo many connections")
    assert "max_connections" in serving.records.until(MANY)["fix"]
    assert [MANY] == [each[2] for each in serving.records.logged if each[0] == "warn"]


def test_slow_clients_do_not_keep_others_out(serve: Serve) -> None:
    serving = serve(settings=settings(max_connections=20, header_timeout_s=0.3))
    slow = [serving.connect() for _ in range(20)]
    for client in slow:
        client.sendall(HEAD_BEGUN)

    serving.records.until(SLOW)
    until(lambda: len(clients_of(serving)) == 0)
    assert (200, "hello") == serving.get("/hello")
    for client in slow:
        client.close()


def test_a_side_server_cuts_off_slow_clients_too_and_keeps_no_unread_answers(serve: Serve) -> None:
    serving = serve()
    port = serving.processor.port_of("metrics")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as late:
        late.setblocking(False)
        send_all_there_is_room_for(late, b"GET /metrics HTTP/1.1\r\n\r\n" * 1000)

        clients = serving.processor.servers["metrics"].clients
        until(lambda: [client.waits_for()[0] for client in clients] == [SENDING])
        assert (200, "ok") == serving.get("/__internal/health", port=port)


def send_all_there_is_room_for(sock: socket.socket, data: bytes) -> None:
    try:
        while True:
            sock.send(data)
    except BlockingIOError:
        return


def clients_of(serving: Serving) -> Clients:
    clients: Clients = serving.processor.triggers[0].clients  # type: ignore[attr-defined]
    return clients


# Against a clock of the test's own.


class Slow:
    """A client that waits for what the test says."""

    def __init__(self, phase: int, which: object = None, came: int = 0) -> None:
        self.wait: tuple[int, object, int] = (phase, which, came)
        self.given_up: list[int] = []
        self.is_closed = False
        self.has_unread = False
        self.clients: Clients | None = None

    def waits_for(self) -> tuple[int, object, int]:
        return self.wait

    def give_up(self, phase: int) -> None:
        self.given_up.append(phase)
        self.close()

    def close(self) -> None:
        self.is_closed = True
        if self.clients is not None:
            self.clients.forget(self)


class Room:
    """Clients whose time passes when the test says so."""

    def __init__(self, **limits: Any) -> None:
        self.now = 100.0
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.clients = Clients(
            cast("Any", self),
            Limits(**limits),
            connect=cast("Any", None),
            refusal=lambda: b"no room",
            tell=lambda message, fields: self.told.append((message, fields)),
            clock=lambda: self.now,
        )

    def call_in(self, seconds: float, call: Callable[[], None]) -> Timer:
        self._due.append((self.now + seconds, call))
        return Timer(0, call)

    def admit(self, *arrivals: Slow) -> None:
        for each in arrivals:
            each.clients = self.clients
            self.clients.add(each)

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, call = self._due.pop(0)
            call()
        self.now = end


def test_time_is_taken_from_each_wait_by_itself() -> None:
    room = Room(header_s=10.0)
    one, other = Slow(HEAD, "first"), Slow(HEAD, "only")
    room.admit(one, other)

    room.pass_time(8)
    one.wait = (HEAD, "second", 0)
    room.pass_time(4)

    assert ([], [HEAD]) == (one.given_up, other.given_up)
    room.pass_time(10)
    assert [HEAD] == one.given_up


@pytest.mark.parametrize("phase", [BODY, SENDING])
def test_a_slow_transfer_that_goes_on_has_its_time_anew(phase: int) -> None:
    room = Room(body_s=30.0, send_s=30.0)
    steady, trickle = Slow(phase, 1), Slow(phase, 1)
    room.admit(steady, trickle)

    for number in range(1, 100):
        steady.wait = (phase, 1, number * PROGRESS_BYTES)
        trickle.wait = (phase, 1, number * 100)
        room.pass_time(25)

    assert ([], [phase]) == (steady.given_up, trickle.given_up)


def test_who_waits_for_the_processor_may_do_so_for_ever() -> None:
    room = Room(header_s=1, body_s=1, send_s=1, keepalive_s=1)
    patient = Slow(BUSY)
    room.admit(patient)

    room.pass_time(100_000)

    assert not patient.is_closed


def test_no_time_limit_is_kept_where_it_is_0() -> None:
    room = Room(header_s=0, body_s=0, send_s=0, keepalive_s=0)
    everyone = [Slow(phase) for phase in (IDLE, HEAD, BODY, SENDING)]
    room.admit(*everyone)

    room.pass_time(100_000)

    assert [] == [each for each in everyone if each.is_closed]


def test_an_idle_client_whose_request_is_on_its_way_is_kept() -> None:
    room = Room(keepalive_s=5.0)
    client = Slow(IDLE)
    client.has_unread = True
    room.admit(client)

    room.pass_time(60)

    assert (False, 0) == (client.is_closed, room.clients.make_room())


def test_room_is_made_by_those_who_are_idle_longest() -> None:
    room = Room(keepalive_s=0.0)
    old, busy, new = Slow(IDLE, 1), Slow(BUSY), Slow(BUSY)
    room.admit(new, busy, old)
    room.pass_time(5)
    new.wait = (IDLE, 2, 0)
    room.pass_time(5)

    ended = room.clients.make_room(1)

    assert (1, True, False, False) == (ended, old.is_closed, busy.is_closed, new.is_closed)
    assert 1 == room.clients.make_room()
    assert not busy.is_closed


def test_who_had_a_request_lately_is_not_idle_longest() -> None:
    room = Room(keepalive_s=0.0)
    first, second = Slow(IDLE, 1), Slow(IDLE, 1)
    room.admit(first)
    room.pass_time(5)
    room.admit(second)
    room.pass_time(5)
    first.wait = (IDLE, 2, 0)

    room.clients.make_room(1)

    assert (False, True) == (first.is_closed, second.is_closed)


def test_nobody_watches_where_nobody_is() -> None:
    room = Room()
    client = Slow(IDLE)
    room.admit(client)
    client.close()

    room.pass_time(60)

    assert [] == room._due


def test_what_happens_often_is_told_once_a_minute_with_its_count() -> None:
    room = Room(header_s=2.0)
    for _ in range(100):
        room.admit(Slow(HEAD))
        room.pass_time(1)

    assert [SLOW, SLOW] == [message for message, _ in room.told]
    assert (1, "header_timeout_s") == (room.told[0][1]["times"], room.told[0][1]["limit"])
    assert 55 <= room.told[1][1]["times"] <= 61


def test_the_limit_of_open_files_is_raised_as_far_as_it_may_be() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert 64 == allow_files(64)
        assert soft + 1 == allow_files(soft + 1) if hard > soft else True
        assert allow_files(1 << 40) <= (hard if hard != resource.RLIM_INFINITY else 1 << 40)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
