"""Frames that no processor should send: each is answered 500, or ends the worker, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgpack
import pytest

from funcs.worker.wire import HEADER_BYTES, event_map, pack_event
from tests.funcs.worker.conftest import Start
from tests.funcs.worker.process import WorkerProcess

SHOW = """
def handler(context, event):
    if isinstance(event, list):
        return f"{len(event)} events"
    return event.path
"""
WHILE_SERVING = b"Exception caught while serving - "


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(HEADER_BYTES, "big") + payload


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in event_map().items() if key not in keys}


NOT_EVENTS = {
    "nothing": msgpack.packb(None),
    "a number": msgpack.packb(5),
    "text": msgpack.packb("event"),
    "a list of numbers": msgpack.packb([1, 2]),
    "half a map": msgpack.packb(event_map())[:-10],
    "two maps": msgpack.packb(event_map()) * 2,
    "keys that are numbers": msgpack.packb({1: "a", 2: "b"}),
    "keys that are lists": b"\x81\x91\x01\x01",
    "deeply nested lists": b"\x91" * 100_000 + b"\x01",
    "deeply nested maps": b"\x81\xa1a" * 100_000 + b"\x01",
    "a list of 4 billion": b"\xdd\xff\xff\xff\xff" + b"\x01" * 100,
    "a map of 4 billion": b"\xdf\xff\xff\xff\xff" + b"\x01" * 100,
    "text of 4 GB": b"\xdb\xff\xff\xff\xff" + b"x" * 100,
    "bytes of 4 GB": b"\xc6\xff\xff\xff\xff" + b"x" * 100,
    "an extension of 4 GB": b"\xc9\xff\xff\xff\xff\x05" + b"x" * 100,
    "a byte that is never used": b"\xc1",
    "a timestamp that is none": b"\xd7\xff" + b"\xff" * 8,
}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Any:
    started = WorkerProcess(tmp_path_factory.mktemp("worker"), SHOW)
    started.until_ready()
    yield started
    started.stop()


@pytest.mark.parametrize("name", NOT_EVENTS)
def test_what_is_no_event_is_answered_500_and_the_next_one_is_fine(
    worker: WorkerProcess, name: str
) -> None:
    worker.send_bytes(frame(NOT_EVENTS[name]))

    result = worker.result()
    assert (500, WHILE_SERVING) == (result.status_code, result.body[: len(WHILE_SERVING)])
    assert "/after" == worker.ask(path="/after")


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (without("headers"), 500),
        (without("body", "trigger", "content_type"), 500),
        ({}, 500),
        ({**event_map(), "trigger": "http"}, 500),
        ({**event_map(), "trigger": {}}, 500),
        ({**event_map(), "headers": [1]}, 200),
        ({**event_map(), "timestamp": "today"}, 500),
        ({**event_map(), "body": msgpack.ExtType(5, b"x" * (1 << 20))}, 200),
        ({**event_map(), "extra": [None] * 1000}, 200),
        ([event_map(), {}], 500),
        ([], 200),
    ],
)
def test_keys_that_lack_or_are_of_other_types_cost_that_event_alone(
    worker: WorkerProcess, event: Any, status: int
) -> None:
    worker.send_bytes(frame(msgpack.packb(event)))

    assert status == worker.result().status_code
    assert "/after" == worker.ask(path="/after")


@pytest.mark.parametrize("place", ["path", "headers", "fields", "content_type", "trigger"])
def test_text_that_is_not_utf8_costs_that_event_alone(worker: WorkerProcess, place: str) -> None:
    bad = b"\xff\xfe".decode("utf-8", "surrogateescape")
    value = {bad: bad} if isinstance(event_map()[place], dict) else bad
    worker.send_bytes(pack_event({**event_map(), place: value}))

    assert b"'utf-8' codec can't decode" in worker.result().body
    assert "/after" == worker.ask(path="/after")


def test_a_length_of_4_gb_sets_no_such_memory_aside(start: Start) -> None:
    worker = start(SHOW)
    worker.ask()
    worker.send_bytes(b"\xff\xff\xff\xff" + b"x" * (1 << 20))
    resident = _peak_mb(worker)
    worker.close()

    assert 1 == worker.exit_code()
    assert resident < 200
    assert "" == worker.err()


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_frame_cut_within_its_length_ends_it(start: Start, cut: int) -> None:
    worker = start(SHOW)
    worker.send_bytes(pack_event(event_map())[:cut])
    worker.close()

    assert 1 == worker.exit_code()
    assert "" == worker.err()


def _peak_mb(worker: WorkerProcess) -> float:
    text = Path(f"/proc/{worker.process.pid}/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024
