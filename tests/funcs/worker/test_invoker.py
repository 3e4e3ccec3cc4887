from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.worker.runner import Runner
from funcs.worker.wire import event_map, pack_event


def lines_of(handler: Callable[[Any, Any], Any], **options: Any) -> list[bytes]:
    runner = Runner(handler, **options)
    try:
        return runner.handle_frame(pack_event(event_map(path="/a"))).splitlines()
    finally:
        runner.close()


def result_of(handler: Callable[[Any, Any], Any], **options: Any) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(lines_of(handler, **options)[-1][1:])
    return result


def fail(exc: BaseException) -> Any:
    raise exc


def test_the_lines_are_log_duration_result() -> None:
    def handler(context: Any, event: Any) -> str:
        context.logger.info("seen")
        return str(event.path)

    lines = lines_of(handler)

    assert [b"l", b"m", b"r"] == [line[:1] for line in lines]
    assert 0 < json.loads(lines[1][1:])["duration"] < 10


def test_an_exception_has_no_duration() -> None:
    assert [b"l", b"r"] == [line[:1] for line in lines_of(lambda c, e: 1 / 0)]


def test_an_answer_that_cannot_be_written_has_a_duration_first() -> None:
    assert [b"m", b"l", b"r"] == [line[:1] for line in lines_of(lambda c, e: {(1, 2): 3})]


def test_an_exception_is_a_500_with_its_traceback() -> None:
    result = result_of(lambda c, e: 1 / 0)

    start = 'Exception caught in handler - "division by zero": Traceback (most recent call last):\n'
    assert result["body"].startswith(start)
    assert result["body"].endswith("ZeroDivisionError: division by zero\n")
    assert (500, "text/plain", "text") == (
        result["status_code"],
        result["content_type"],
        result["body_encoding"],
    )
    assert "headers" not in result


def test_a_client_may_be_shown_the_message_alone() -> None:
    result = result_of(lambda c, e: 1 / 0, full_errors=False)

    assert 'Exception caught in handler - "division by zero"' == result["body"]


def test_the_log_has_the_traceback_always() -> None:
    record = json.loads(lines_of(lambda c, e: 1 / 0, full_errors=False)[0][1:])

    assert "division by zero" == record["with"]["exc"]
    assert "ZeroDivisionError" in record["with"]["traceback"]


@pytest.mark.parametrize(
    "exc", [SystemExit(3), KeyboardInterrupt("c"), GeneratorExit(), BaseException(1, 2)]
)
def test_whatever_is_raised_is_survived(exc: BaseException) -> None:
    expected = f'Exception caught in handler - "{exc}": Traceback'

    assert result_of(lambda c, e: fail(exc))["body"].startswith(expected)


def test_a_stop_iteration_is_what_a_coroutine_makes_of_it() -> None:
    body = result_of(lambda c, e: fail(StopIteration("s")))["body"]

    assert body.startswith('Exception caught in handler - "coroutine raised StopIteration": ')
    assert "StopIteration: s" in body
    assert 2 == body.count("Traceback (most recent call last):")


def test_an_exception_whose_text_fails_is_survived() -> None:
    class ShyError(Exception):
        def __str__(self) -> str:
            raise ValueError("no text")

    body = result_of(lambda c, e: fail(ShyError()))["body"]

    assert body.startswith('Exception caught while serving - "no text": ')


def test_an_exception_whose_text_fails_in_kind_is_survived() -> None:
    class VeryShyError(Exception):
        def __str__(self) -> str:
            raise VeryShyError

    body = result_of(lambda c, e: fail(VeryShyError()), full_errors=False)["body"]

    assert 'Exception caught while serving - "VeryShyError cannot be shown"' == body


def test_a_handler_with_too_few_parameters_is_a_500() -> None:
    handler: Any = lambda event: event  # noqa: E731

    assert "takes 1 positional argument but 2 were given" in result_of(handler)["body"]


def test_a_coroutine_is_awaited_once() -> None:
    async def inner() -> str:
        return "inner"

    async def outer(context: Any, event: Any) -> str:
        return await inner()

    assert "inner" == result_of(outer)["body"]


def test_a_coroutine_that_fails_is_a_500() -> None:
    async def handler(context: Any, event: Any) -> None:
        fail(ValueError("later"))

    assert 'Exception caught in handler - "later"' in result_of(handler)["body"]


def test_a_generator_is_refused_as_nuclio_114_does() -> None:
    def handler(context: Any, event: Any) -> Any:
        yield "one"

    body = result_of(handler, full_errors=False, streams=False)["body"]

    sentence = "object generator can't be used in 'await' expression"
    assert f'Exception caught in handler - "{sentence}"' == body


def test_an_async_generator_is_shown_as_nuclio_114_does() -> None:
    async def handler(context: Any, event: Any) -> Any:
        yield "one"

    assert result_of(handler, streams=False)["body"].startswith("<async_generator object ")


def test_a_batch_is_a_list_in_and_a_list_out() -> None:
    def handler(context: Any, events: Any) -> Any:
        return [context.Response(body=event.path, event_id=event.id) for event in events]

    frame = pack_event([event_map(id="1", path="/a"), event_map(id="2", path="/b")])
    results = json.loads(Runner(handler).handle_frame(frame).splitlines()[-1][1:])

    assert [("1", "/a"), ("2", "/b")] == [(one["event_id"], one["body"]) for one in results]


def test_a_handler_may_want_its_json_as_bytes() -> None:
    def handler(context: Any, event: Any) -> Any:
        return event.body

    handler.bytes_wanted = True  # type: ignore[attr-defined]
    frame = pack_event(event_map(body=b" {}", content_type="application/json"))

    assert b'"body_encoding": "base64"' in Runner(handler).handle_frame(frame)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(0, 2**64 - 1) | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_frame_that_is_no_event_is_a_500(value: Any) -> None:
    runner = Runner(lambda context, event: "x", full_errors=False)
    payload = msgpack.packb(value)

    line = runner.handle_frame(len(payload).to_bytes(4, "big") + payload).splitlines()[-1]

    expected = "Exception caught while serving" if value != [] else "x"
    assert json.loads(line[1:])["body"].startswith(expected)


def test_a_key_of_a_wrong_type_is_a_500_or_the_handlers_to_see() -> None:
    runner = Runner(lambda context, event: event.path, full_errors=False)
    values: list[Any] = [None, 5, "x", [], {}, 1e300, b"x"]
    for key in event_map():
        for value in values:
            frame = pack_event({**event_map(), key: value})
            line = runner.handle_frame(frame).splitlines()[-1]
            assert json.loads(line[1:])["status_code"] in (200, 500)
