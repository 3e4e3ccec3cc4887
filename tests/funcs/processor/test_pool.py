"""Who gets a worker, and when: with real workers, held at a gate where order matters."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import Flood, until
from tests.funcs.processor.serving import Asking, Gate


def test_an_event_never_waits_behind_a_busy_worker_while_another_is_idle(
    serve: Serve, gate: Gate
) -> None:
    serving = serve(workers=2)
    held = Asking(serving, gate.path)
    busy = gate.arrival()

    others = {serving.get("/pid")[1] for _ in range(6)}

    assert 1 == len(others)
    assert str(busy) not in others
    gate.open()
    assert (200, "let go") == held.answer()


def test_idle_workers_are_taken_in_turn(serve: Serve) -> None:
    serving = serve(workers=3)

    pids = [serving.get("/pid")[1] for _ in range(6)]

    assert 3 == len(set(pids[:3]))
    assert pids[:3] == pids[3:]


def test_who_waits_longest_is_served_first(serve: Serve, gate: Gate) -> None:
    serving = serve()
    held = Asking(serving, gate.path)
    gate.arrival()
    pool = serving.processor.pools["web"]
    waiting = []
    for number in range(5):
        waiting.append(Asking(serving, f"/seen?id={number}"))
        until(lambda: len(pool.waiting) == len(waiting))
    gate.open()
    held.answer()

    answers = [asking.answer()[1] for asking in waiting]

    assert ["0", "0,1", "0,1,2", "0,1,2,3", "0,1,2,3,4"] == answers


def test_an_event_that_waits_too_long_is_answered_503(serve: Serve, gate: Gate) -> None:
    serving = serve(availability_timeout_s=0.2)
    held = Asking(serving, gate.path)
    gate.arrival()
    began = monotonic()

    status, body = serving.get("/hello")
    waited_s = monotonic() - began

    assert (503, "") == (status, body)
    assert 0.19 <= waited_s < 5
    gate.open()
    assert (200, "let go") == held.answer()
    assert (200, "hello") == serving.get("/hello")


def test_without_patience_a_busy_function_answers_503_at_once(serve: Serve, gate: Gate) -> None:
    serving = serve(availability_timeout_s=0.0)
    Asking(serving, gate.path)
    gate.arrival()

    assert (503, "") == serving.get("/hello")


def test_each_waiting_event_has_a_patience_of_its_own(serve: Serve, gate: Gate) -> None:
    serving = serve(availability_timeout_s=0.3)
    pool = serving.processor.pools["web"]
    Asking(serving, gate.path)
    gate.arrival()

    answers = [Asking(serving, "/hello") for _ in range(3)]

    assert [503] * 3 == [asking.answer()[0] for asking in answers]
    assert 3 == pool.allocations.timed_out


def test_a_handler_that_takes_too_long_is_answered_408_and_its_worker_replaced(
    serve: Serve, gate: Gate
) -> None:
    serving = serve(event_timeout_s=0.3)
    first = serving.get("/pid")[1]
    began = monotonic()

    status, body = serving.get(gate.path)
    took_s = monotonic() - began

    assert (408, '{"error": "handler timed out"}') == (status, body)
    assert 0.29 <= took_s < 5
    assert first != serving.get("/pid")[1]


def test_an_event_that_waited_has_its_whole_time_for_itself(serve: Serve, gate: Gate) -> None:
    serving = serve(event_timeout_s=0.5)
    held = Asking(serving, gate.path)
    gate.arrival()
    waiting = Asking(serving, gate.path)
    until(lambda: len(serving.processor.pools["web"].waiting) == 1)
    assert 408 == held.answer()[0]
    gate.arrival()
    gate.open(b"stale")  # the killed worker's

    gate.open(b"in time")

    assert (200, "in time") == waiting.answer()


def test_only_the_event_of_a_worker_that_ends_fails(
    serve: Serve, gate: Gate, tmp_path: Path
) -> None:
    """A flood long enough that a quick worker is sent events ahead; some end it."""
    serving = serve()
    log = tmp_path / "log"
    paths = [
        "/leave" if number % 40 == 39 else f"/note?file={log}&id={number}" for number in range(400)
    ]
    flood = Flood(serving, paths, connections=20)

    answers = flood.answers()

    kept = {number for number in range(400) if number % 40 != 39}
    assert {number for number, status in answers.items() if status == 200} == kept
    assert {500} == {status for number, status in answers.items() if number not in kept}
    handled = [int(line) for line in log.read_text().split()]
    assert sorted(kept) == sorted(handled), "each event is handled exactly once"


def test_events_sent_ahead_still_come_one_at_a_time_in_order(serve: Serve) -> None:
    serving = serve()
    flood = Flood(serving, [f"/seen?id={number}" for number in range(300)], connections=16)

    assert {200} == set(flood.answers().values())
    seen = serving.get("/seen?id=last")[1].split(",")
    assert 301 == len(seen) == len(set(seen))
