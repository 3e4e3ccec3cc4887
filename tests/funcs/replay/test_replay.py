"""Tapes of real runs, sent again to real functions."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from funcs.cases.event import HttpEvent
from funcs.compare.paths import Pattern
from funcs.compare.values import Rules
from funcs.emulator.answer import Answer, Headers
from funcs.emulator.background import serving
from funcs.emulator.call import CallError, call
from funcs.replay.comparing import answer_differences, new_in_each
from funcs.replay.replay import Outcome, PassedOver, Replay, Replayed, Tally
from funcs.replay.report import html_report
from funcs.replay.source import Item, Source
from funcs.replay.target import HttpTarget, target_of
from funcs.tape.masking import Masking
from funcs.tape.reader import Damage
from tests.funcs.emulator.terminal import write_files

FUNCTION = """
import datetime
import os


def handler(context, event):
    if event.path == "/secret":
        return context.Response(body=event.headers.get("Authorization", "none"))
    if event.path == "/page":
        return context.Response(body=b"\\xff\\x00" * FACTOR, headers={"X-Factor": str(FACTOR)})
    rows = event.body["rows"]
    return {
        "id": event.id,
        "at": datetime.datetime.now(datetime.UTC).isoformat(),
        "sums": [sum(row) * FACTOR for row in rows],
    }
"""
BODY = b'{"rows": [[1, 2], [3, 4.5]]}'
JSON = [("Content-Type", "application/json")]


def function(folder: Path, factor: float) -> Path:
    return write_files(folder, {"main.py": f"FACTOR = {factor!r}\n{FUNCTION}"})


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return function(tmp_path_factory.mktemp("old"), 2)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return function(tmp_path_factory.mktemp("new"), 3)


@pytest.fixture(scope="module")
def tape(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `funcs run --record` wrote of four events."""
    path = tmp_path_factory.mktemp("tape") / "t.jsonl"
    with serving(old, "--record", str(path), environ=os.environ) as running:
        call(running.url, "POST", "/sums?n=1", body=BODY, headers=JSON)
        call(running.url, path="/page")
        call(running.url, path="/secret", headers=[("Authorization", "Bearer s3cret")])
        call(running.url, "POST", "/sums", body=b'{"cols": []}', headers=JSON)
    return path


@pytest.fixture(scope="module")
def targets(old: Path, new: Path) -> Iterator[tuple[HttpTarget, HttpTarget]]:
    with (
        target_of(str(old), timeout_s=30, environ=os.environ) as first,
        target_of(str(new), timeout_s=30, environ=os.environ) as second,
    ):
        yield first, second


def replay(
    tape: Path, *targets: HttpTarget, rules: Rules | None = None, speed: float = 0.0
) -> list[Outcome]:
    running = Replay(targets, rules or Rules(1e-6), speed=speed)
    return list(running.run(Source(tape).items()))


def told(outcomes: Sequence[Outcome]) -> list[list[str]]:
    return [
        [each.sentence() for each in outcome.differences]
        for outcome in outcomes
        if isinstance(outcome, Replayed)
    ]


def test_the_same_function_answers_the_same_but_what_was_masked(
    tape: Path, targets: tuple[HttpTarget, HttpTarget]
) -> None:
    outcomes = replay(tape, targets[0])

    assert [[], [], ['body: expected "Bearer s3cret", was "none"'], []] == told(outcomes)


def test_another_version_differs_by_place_and_value(
    tape: Path, targets: tuple[HttpTarget, HttpTarget]
) -> None:
    outcomes = replay(tape, targets[1])

    assert ["body.sums[0]: expected 6, was 9", "body.sums[1]: expected 15.0, was 22.5"] == told(
        outcomes
    )[0]
    assert 'headers.x-factor: expected "2", was "3"' == told(outcomes)[1][0]
    assert told(outcomes)[1][1].startswith("body: expected 4 bytes, sha256 ")


def test_two_versions_are_compared_with_each_other(
    tape: Path, targets: tuple[HttpTarget, HttpTarget]
) -> None:
    same = replay(tape, targets[0], targets[0])
    different = replay(tape, *targets)

    assert [[], [], [], []] == told(same)
    assert [2, 2, 0, 0] == [len(each) for each in told(different)]


def test_what_is_ignored_or_within_tolerance_does_not_differ(
    tape: Path, targets: tuple[HttpTarget, HttpTarget]
) -> None:
    ignored = tuple(map(Pattern.parse, ("sums", "headers.x-factor", "body")))

    assert [[], [], [], []] == told(replay(tape, *targets, rules=Rules(0.0, ignored)))
    assert [] == told(replay(tape, *targets, rules=Rules(0.5)))[0]


def test_the_recorded_pace_is_kept_and_events_may_overlap(
    tape: Path, targets: tuple[HttpTarget, HttpTarget]
) -> None:
    items = [each for each in Source(tape).items() if isinstance(each, Item)]
    spread = [replace(each, at=100 + index * 0.1) for index, each in enumerate(items)]
    began = time.monotonic()
    outcomes = list(Replay(targets[:1], Rules(), speed=2.0).run(spread))
    took = time.monotonic() - began

    assert [each.id for each in items] == [
        each.item.id for each in outcomes if isinstance(each, Replayed)
    ]
    assert took >= 0.15


def test_an_outcome_does_not_wait_for_the_next_event_and_no_pause_is_too_long(
    targets: tuple[HttpTarget, HttpTarget],
) -> None:
    page = HttpEvent("GET", "/page")
    running = Replay(targets[:1], Rules(), speed=1.0)
    outcomes = running.run(Item(str(at), page, at=at) for at in (1.0, 253_402_300_799.0))

    assert isinstance(next(outcomes), Replayed)
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator


def test_damaged_lines_and_what_cannot_be_sent_are_passed_on(
    tape: Path, targets: tuple[HttpTarget, HttpTarget], tmp_path: Path
) -> None:
    damaged = tmp_path / "t.jsonl"
    lines = tape.read_bytes().splitlines(keepends=True)
    record = json.loads(lines[1])
    record["event"] = {**record["event"], "omitted_bytes": 7}
    record["event"].pop("text")
    unanswered = json.loads(lines[2]) | {"worker": None, "answer": {"status": 503}}
    whole = [lines[0], json.dumps(record).encode() + b"\n", json.dumps(unanswered).encode() + b"\n"]
    damaged.write_bytes(b"".join([*whole, lines[3][:50]]))
    tally = Tally()
    outcomes = replay(damaged, targets[0])
    for each in outcomes:
        tally.count(each)

    assert [
        "its body of 7 bytes was not recorded",
        "no worker had answered it when it was recorded",
    ] == [each.reason for each in outcomes if isinstance(each, PassedOver)]
    assert [Damage(4, "the line is cut off")] == [
        each for each in outcomes if isinstance(each, Damage)
    ]
    assert (0, 0, 1, 2, False) == (
        tally.same, tally.different, tally.damaged, tally.passed_over, tally.is_well,
    )  # fmt: skip


def test_nobody_at_the_address_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    target = HttpTarget("x", f"http://127.0.0.1:{port}", 5)

    with pytest.raises(CallError, match="nothing answers"):
        list(Replay([target], Rules()).run([Item("1", HttpEvent())]))


def test_an_event_that_cannot_be_sent_is_told_and_the_next_one_is_sent(
    targets: tuple[HttpTarget, HttpTarget],
) -> None:
    hostile = [
        HttpEvent("GET", "/page", (("X-A", "1\r\nX-B: 2"),)),
        HttpEvent("GET / HTTP/1.1\r\nX", "/page"),
        HttpEvent("GET", "http://elsewhere/page\r\nX-B: 2"),
        HttpEvent("GET", "/page"),
    ]
    outcomes = list(Replay(targets[:1], Rules()).run(Item("x", each) for each in hostile))
    errors = [each.error for each in outcomes if isinstance(each, Replayed)]

    assert [True, True, False, False] == [bool(each) for each in errors]
    assert all("cannot be sent" in each for each in errors[:2])


def test_a_function_that_stops_answering_on_the_way_is_told_for_each_event() -> None:
    class Once(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Once)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    target = HttpTarget("x", f"http://127.0.0.1:{server.server_port}", 5)
    items = iter([Item("1", HttpEvent()), Item("2", HttpEvent())])

    def one_then_none() -> Iterator[Item]:
        yield next(items)
        thread.join()
        server.server_close()
        yield next(items)

    first, second = Replay([target], Rules()).run(one_then_none())
    assert isinstance(first, Replayed)
    assert isinstance(second, Replayed)

    assert first.is_same
    assert "nothing answers" in second.error


STREAMS = """
import time


def handler(context, event):
    def pieces():
        while event.path != "/short":
            yield "x" * 100_000
            time.sleep(0.01)
        yield "short"
    return pieces()
"""


def test_an_answer_without_end_is_given_up_and_where_it_does_not_count_not_read(
    tmp_path: Path,
) -> None:
    write_files(tmp_path, {"main.py": STREAMS})
    endless, short = HttpEvent("GET", "/endless"), HttpEvent("GET", "/short")
    answer = Answer(200, Headers([("Content-Type", "text/plain")]), b"short")
    events = [
        Item("1", endless, answer=answer, has_body=True),
        Item("2", endless, answer=answer),
        Item("3", short, answer=answer, has_body=True),
    ]
    with target_of(str(tmp_path), timeout_s=0.5, environ=os.environ) as target:
        outcomes = list(Replay([target], Rules()).run(events))
    found = [(each.is_same, each.error) for each in outcomes if isinstance(each, Replayed)]

    assert (False, True, True) == tuple(is_same for is_same, _ in found)
    assert "did not answer within 0.5 s" in found[0][1]


@pytest.mark.parametrize(
    "sent", [b"Content-Length: 9\r\n\r\nhi", b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi"]
)
def test_an_answer_that_is_cut_off_is_none(sent: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_in_part() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(b"HTTP/1.1 200 OK\r\n" + sent)

        thread = threading.Thread(target=answer_in_part)
        thread.start()
        target = HttpTarget("x", f"http://127.0.0.1:{server.getsockname()[1]}", 5)
        with pytest.raises(CallError, match="did not answer in HTTP"):
            target.send(HttpEvent())
        thread.join()


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Answer(status, Headers(pairs), body)


@pytest.mark.parametrize(
    ("expected", "actual", "differences"),
    [
        (answer(200), answer(201), ["status: expected 200, was 201"]),
        (answer(Date="1", Server="a"), answer(Date="2", Via="p"), []),
        (answer(X_A="***"), answer(X_A="1"), []),
        (answer(X_A="1"), answer(), ['headers.x-a: expected "1", was absent']),
        (answer(), answer(X_A="1"), ['headers.x-a: expected absent, was "1"']),
        (answer(Content_Type="text/plain; charset=utf-8"),
         answer(content_type="text/plain;charset=UTF-8"), []),
        (answer(Content_Type="text/plain"), answer(Content_Type="text/html"),
         ['headers.content-type: expected "text/plain", was "text/html"']),
        (answer(body=b'{"a": 1.0}'), answer(body=b'{"a":1}'), []),
        (answer(body=b"text"), answer(body=b"other"), ['body: expected "text", was "other"']),
        (answer(Set_Cookie="s3cret"), answer(Set_Cookie="other"), []),
        (answer(body=b'{"api_key": "***"}'), answer(body=b'{"api_key": "s3cret"}'), []),
        (answer(body=b'{"pin": 1}'), answer(body=b'{"pin": 2, "a": 3}'),
         ["body.a: expected absent, was 3"]),
        (answer(body=b"token: 1\npassword: ***"), answer(body=b"token: 1\npassword: s3cret"), []),
    ],
)  # fmt: skip
def test_answers_are_compared_by_what_the_function_says(
    expected: Answer, actual: Answer, differences: list[str]
) -> None:
    found = answer_differences(expected, actual, Rules(), Masking(["pin"]))

    assert differences == [each.sentence() for each in found]


def test_the_events_id_and_the_time_of_the_answer_are_new_each_time() -> None:
    at = datetime(2026, 11, 25, 12, 0, tzinfo=UTC).timestamp()
    body = {
        "id": "the-id",
        "nested": [{"when": "2026-11-25T12:00:01Z"}],
        "naive": "2026-11-25 12:00:00.5",
        "birthday": "1815-12-10T00:00:00Z",
        "numbers": [1, 2],
        "text": "the-id and more",
    }
    item = Item(
        "the-id", HttpEvent(), at=at, answer=answer(body=json.dumps(body).encode()), has_body=True
    )

    assert ["id", "nested", "naive"] == [place[1] for place in new_in_each(item)]
    assert [] == new_in_each(replace(item, has_body=False))


def test_the_page_has_both_values_and_nothing_that_runs(
    tape: Path, targets: tuple[HttpTarget, HttpTarget]
) -> None:
    evil = "<script>alert(1)</script>"
    outcomes = [*replay(tape, *targets), Damage(9, evil)]
    outcomes.append(PassedOver(Item(evil, HttpEvent("GET", evil)), evil))
    tally = Tally()
    for each in outcomes:
        tally.count(each)
    page = html_report(outcomes, tally, title=evil, sides=(evil, "new"))

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<code>body.sums[0]</code><td><code>6</code><td><code>9</code>" in page
    assert "4 events sent: 2 the same, 2 different" in page
    assert "http://" not in page.replace("http://127.0.0.1", "")
