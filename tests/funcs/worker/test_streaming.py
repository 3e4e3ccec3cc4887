"""Generators, from the handler to the lines of the wire."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from funcs.worker.runner import Runner
from funcs.worker.wire import event_map, pack_event
from tests.funcs.worker.conftest import Start


def lines_of(handler: Any) -> list[bytes]:
    """The lines that answer one event, but for log records."""
    runner = Runner(handler, full_errors=False)
    lines = runner.handle_frame(pack_event(event_map())).splitlines()
    runner.close()
    return [line for line in lines if not line.startswith(b"l")]


def kinds(lines: list[bytes]) -> str:
    return "".join(chr(line[0]) for line in lines)


def first(lines: list[bytes]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(lines[0][1:])
    return result


def rest(lines: list[bytes]) -> list[bytes]:
    return [b64decode(line[1:]) for line in lines if line.startswith(b"b")]


def test_a_generator_is_sent_piece_by_piece() -> None:
    def handler(context: Any, event: Any) -> Iterator[Any]:
        yield from ("one", b"\x00two", 3, bytearray(b"four"))

    lines = lines_of(handler)

    assert "cbbbme" == kinds(lines)
    assert ("one", "text/plain", 200) == tuple(
        first(lines)[key] for key in ("body", "content_type", "status_code")
    )
    assert [b"\x00two", b"3", b"four"] == rest(lines)


def test_an_async_generator_is_too() -> None:
    async def handler(context: Any, event: Any) -> AsyncIterator[str]:
        for word in ("one", "two"):
            await asyncio.sleep(0)
            yield word

    lines = lines_of(handler)

    assert "cbme" == kinds(lines)
    assert [b"two"] == rest(lines)


def test_a_coroutine_may_return_a_generator() -> None:
    async def handler(context: Any, event: Any) -> Any:
        return (word for word in ("one", "two"))

    assert "cbme" == kinds(lines_of(handler))


def test_the_first_piece_says_what_the_answer_is() -> None:
    def handler(context: Any, event: Any) -> Iterator[Any]:
        yield context.Response(
            body="a", status_code=206, content_type="text/csv", headers={"X-A": "1"}
        )
        yield context.Response(body="b", status_code=500)

    lines = lines_of(handler)

    assert (206, "text/csv", {"X-A": "1"}, "a") == tuple(
        first(lines)[key] for key in ("status_code", "content_type", "headers", "body")
    )
    assert [b"b"] == rest(lines)


def test_a_response_whose_body_is_a_generator_says_it_for_all() -> None:
    def handler(context: Any, event: Any) -> Any:
        words = (context.Response(body=word, status_code=400) for word in ("a", "b"))
        return context.Response(body=words, status_code=202, content_type="text/event-stream")

    lines = lines_of(handler)

    assert (202, "text/event-stream", "a") == tuple(
        first(lines)[key] for key in ("status_code", "content_type", "body")
    )
    assert [b"b"] == rest(lines)


@pytest.mark.parametrize("piece", [{"a": 1}, [1, 2]])
def test_a_first_piece_may_be_json(piece: Any) -> None:
    def handler(context: Any, event: Any) -> Iterator[Any]:
        yield piece

    result = first(lines_of(handler))

    assert "application/json" == result["content_type"]
    assert piece == json.loads(result["body"])


def test_a_response_of_the_users_own_class_is_streamed_too() -> None:
    def handler(context: Any, event: Any) -> Any:
        own = type("Own", (context.Response,), {})
        return own(body=(word for word in "ab"), status_code=202)

    lines = lines_of(handler)

    assert "cbme" == kinds(lines)
    assert 202 == first(lines)["status_code"]


def test_half_a_character_is_replaced_in_every_piece() -> None:
    def handler(context: Any, event: Any) -> Iterator[Any]:
        yield from ("a", "\ud800b")

    assert ["\ufffdb".encode()] == rest(lines_of(handler))


def test_a_generator_that_yields_nothing_is_an_empty_answer() -> None:
    def handler(context: Any, event: Any) -> Iterator[Any]:
        yield from ()

    lines = lines_of(handler)

    assert "cme" == kinds(lines)
    assert "" == first(lines)["body"]


def test_what_fails_before_the_first_piece_is_an_ordinary_error() -> None:
    def handler(context: Any, event: Any) -> Iterator[Any]:
        yield 1 / 0

    lines = lines_of(handler)

    assert "r" == kinds(lines)
    assert 500 == first(lines)["status_code"]


@pytest.mark.parametrize("is_async", [True, False])
def test_what_fails_on_the_way_is_told_in_place_of_the_end(is_async: bool) -> None:
    def plain(context: Any, event: Any) -> Iterator[Any]:
        yield "one"
        raise SystemExit("two")

    async def later(context: Any, event: Any) -> AsyncIterator[Any]:
        yield "one"
        raise ValueError("two")

    assert "cr" == kinds(lines_of(later if is_async else plain))


STREAM = """
import asyncio

CLOSED = []

def plain():
    try:
        while True:
            yield b"x" * 1000
    finally:
        CLOSED.append("plain")

async def later():
    try:
        while True:
            yield b"y" * 1000
    finally:
        CLOSED.append("later")

def handler(context, event):
    if event.path == "/closed":
        return CLOSED[-1]
    if event.path == "/fails":
        return (1 / 0 for _ in "a")
    return plain() if event.path == "/plain" else later()
"""


@pytest.mark.parametrize("kind", ["plain", "later"])
def test_a_stream_that_nobody_listens_to_is_stopped(start: Start, kind: str) -> None:
    worker = start(STREAM, environ={"FUNCS_NUCLIO": "1.15"})
    for number in (1, 2):
        worker.send(path=f"/{kind}")
        assert worker.line().startswith(b"c")

        worker.tell({"kind": "streamStop", "attributes": {"number": number}})

        assert b"e" == worker.skip(b"b", b"m")
    assert kind == worker.ask(path="/closed")


def test_a_stop_that_comes_too_late_stops_no_later_stream(start: Start) -> None:
    code = "def handler(context, event):\n    yield from ('a', 'b', 'c')\n"
    worker = start(code, environ={"FUNCS_NUCLIO": "1.15"})
    worker.send()
    assert b"e" == worker.skip(b"c", b"b", b"m")
    worker.tell({"kind": "streamStop", "attributes": {"number": 1}})
    worker.tell({"kind": "of somebody else"})

    worker.send()

    lines = [worker.line() for _ in range(5)]
    assert "cbbme" == kinds(lines)


def test_what_fails_before_the_first_piece_is_not_counted_as_a_stream(start: Start) -> None:
    worker = start(STREAM, environ={"FUNCS_NUCLIO": "1.15"})
    worker.send(path="/fails")
    assert worker.skip(b"l").startswith(b"r")
    worker.send(path="/plain")
    worker.line()

    worker.tell({"kind": "streamStop", "attributes": {"number": 1}})

    assert b"e" == worker.skip(b"b", b"m")


def test_a_stream_ends_with_its_processor(start: Start) -> None:
    worker = start(STREAM, environ={"FUNCS_NUCLIO": "1.15"})
    worker.send(path="/plain")
    worker.line()

    worker.close()

    assert 0 == worker.exit_code()


def test_a_processor_that_does_not_speak_of_streams_gets_none(start: Start) -> None:
    worker = start(STREAM)

    assert "object generator can't be used" in worker.ask(path="/plain")
