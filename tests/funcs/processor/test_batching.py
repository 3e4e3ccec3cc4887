"""Batches: who travels together, and that each is answered once, with real workers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from funcs.processor.clients import BUSY
from funcs.processor.config import Batching
from funcs.processor.triggers.http import HttpTrigger
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import DEADLINE_S, PROBE, Serving

BATCHES = PROBE.parent / "batches"
LONG_S = 60.0

Answers = list[tuple[int, bytes]]


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """A processor that hands its one worker batches of three."""
    started = Serving(folder=BATCHES, batching=Batching(3, LONG_S))
    started.start()
    yield started
    started.close()


def send(serving: Serving, path: str, *bodies: str) -> Answers:
    """The answers to events of these bodies, sent in this order, in that order."""
    answers: dict[int, tuple[int, bytes]] = {}

    def ask(number: int, body: str) -> None:
        status, _, answer = serving.ask("POST", path, body.encode())
        answers[number] = (status, answer)

    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(bodies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    return [answers[number] for number in range(len(bodies))]


def test_as_many_as_are_wanted_travel_together(serving: Serving) -> None:
    answers = send(serving, "/each", "a", "b", "c", "d", "e", "f")

    assert [(200, f"3 {word}".encode()) for word in "abcdef"] == answers


def test_too_few_go_when_the_first_has_waited_its_time(serve: Serve) -> None:
    serving = serve(folder=BATCHES, batching=Batching(100, 0.2))

    answers = send(serving, "/each", "a", "b")

    assert [200, 200] == [status for status, _ in answers]
    assert {b"a", b"b"} == {body.split()[1] for _, body in answers}


def test_answers_find_their_clients_in_any_order(serving: Serving) -> None:
    assert [(200, b"a"), (200, b"b"), (200, b"c")] == send(serving, "/backwards", "a", "b", "c")


def test_each_has_a_status_of_its_own(serving: Serving) -> None:
    assert [201, 404, 503] == [status for status, _ in send(serving, "/mixed", "201", "404", "503")]


def test_who_is_answered_twice_gets_the_first(serving: Serving) -> None:
    assert [(200, b"first")] * 3 == send(serving, "/twice", "a", "b", "c")


def test_who_is_not_answered_gets_an_empty_200_as_in_nuclio(serving: Serving) -> None:
    answers = send(serving, "/some", "a", "b", "c")

    assert [b"", b"", b"me alone"] == sorted(body for _, body in answers)
    assert {200} == {status for status, _ in answers}
    assert {} == serving.records.until("2 events of a batch got no response")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/fails", b"all of them"),
        ("/odd", b"json: cannot unmarshal"),
        ("/dies", b"the worker ended before it answered"),
        ("/stream", b"object generator can't be used"),
    ],
)
def test_what_fails_fails_for_each_of_them_and_for_nobody_else(
    serving: Serving, path: str, said: bytes
) -> None:
    answers = send(serving, path, "a", "b", "c")

    assert [500] * 3 == [status for status, _ in answers]
    assert all(said in body for _, body in answers)
    assert [200] * 3 == [status for status, _ in send(serving, "/each", "a", "b", "c")]


def test_a_stream_is_no_answer_to_a_batch(serve: Serve) -> None:
    serving = serve(folder=BATCHES, batching=Batching(2, LONG_S), nuclio="1.15")

    answers = send(serving, "/stream", "a", "b")

    assert [500] * 2 == [status for status, _ in answers]
    assert all(b"cannot be answered by a generator" in body for _, body in answers)
    assert [200] * 2 == [status for status, _ in send(serving, "/each", "a", "b")]


def test_a_batch_that_takes_too_long_is_408_for_each(serve: Serve) -> None:
    serving = serve(folder=BATCHES, batching=Batching(2, LONG_S), event_timeout_s=0.3)

    assert [408] * 2 == [status for status, _ in send(serving, "/hangs", "a", "b")]
    assert [200] * 2 == [status for status, _ in send(serving, "/each", "a", "b")]


@pytest.fixture
def held() -> Iterator[Callable[[Serving], tuple[ThreadPoolExecutor, str]]]:
    """Sends a batch of one that is held until the test ends."""
    gate = socket.create_server(("127.0.0.1", 0))
    gate.settimeout(DEADLINE_S)
    senders = ThreadPoolExecutor()
    busy: list[socket.socket] = []

    def hold(serving: Serving) -> tuple[ThreadPoolExecutor, str]:
        port = str(gate.getsockname()[1])
        senders.submit(send, serving, "/waits", port)
        busy.append(gate.accept()[0])
        pid = json.loads(busy[-1].makefile().readline())[0]
        return senders, str(pid)

    yield hold
    for each in busy:
        each.close()
    senders.shutdown()
    gate.close()


def test_batches_go_to_whichever_worker_is_free(
    serve: Serve, held: Callable[[Serving], tuple[ThreadPoolExecutor, str]]
) -> None:
    serving = serve(folder=BATCHES, batching=Batching(1, LONG_S), workers=2)
    _, busy = held(serving)

    for _ in range(3):
        assert [(200, b"1 a")] == send(serving, "/each", "a")
    assert {link.process.pid for link in serving.processor.pools["web"].crew.links} > {int(busy)}


def test_a_batch_for_which_no_worker_is_free_in_time_is_503_for_each(
    serve: Serve, held: Callable[[Serving], tuple[ThreadPoolExecutor, str]]
) -> None:
    serving = serve(folder=BATCHES, batching=Batching(1, LONG_S), availability_timeout_s=0.2)
    held(serving)

    assert [(503, b"")] == send(serving, "/each", "a")


def test_those_that_wait_for_company_are_answered_when_the_processor_stops(serve: Serve) -> None:
    serving = serve(folder=BATCHES, batching=Batching(10, LONG_S))
    trigger = cast("HttpTrigger", serving.processor.triggers[0])
    with ThreadPoolExecutor() as senders:
        waiting = senders.submit(send, serving, "/each", "a", "b")
        until(lambda: sum(client.waits_for()[0] == BUSY for client in trigger.clients) == 2)

        serving.run(serving.processor.stop())

        assert [(200, b"2 a"), (200, b"2 b")] == waiting.result(DEADLINE_S)
