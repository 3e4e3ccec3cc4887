from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import funcs
from funcs.event import Event, TriggerInfo
from funcs.host import Host
from funcs.response import Response
from funcs.settings import Settings
from tests.funcs.protocols.asking import Given, Sums, event, host_of, log_of, started


def plain(step: Any) -> Host:
    graph = funcs.Graph("plain")
    graph.to(step, name="step").respond()
    return started(graph)


def exits(value: Any) -> Any:
    raise SystemExit(3)


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def wordless(value: Any) -> Any:
    raise Wordless


def deep(value: Any) -> Any:
    return deep(value)


@pytest.mark.parametrize("step", [exits, wordless, deep])
def test_no_exception_leaves_a_handler(step: Any) -> None:
    host = plain(step)
    answer: Any = host.handle(event(body=b"1"))

    assert 500 == answer.status_code
    assert 1 == len(log_of(host).errors)


def test_an_event_that_is_none_is_answered_too() -> None:
    answer: Any = plain(abs).handle(object())

    assert 500 == answer.status_code


def test_a_batch_is_answered_in_order_by_the_events_ids() -> None:
    events = [event(body=body, id=str(index)) for index, body in enumerate((b"1", b"{", b"-2"))]
    answers: Any = plain(abs).handle(events)

    assert ["0", "1", "2"] == [answer.event_id for answer in answers]
    assert [200, 400, 200] == [answer.status_code for answer in answers]
    assert ["1", "2"] == [answers[0].body, answers[2].body]


def test_a_response_given_to_many_events_is_not_shared() -> None:
    mine = Response(body="mine", headers={"X-Mine": "1"}, status_code=202)

    def same(value: Any) -> Any:
        return mine

    answers: Any = plain(same).handle([event(id="a"), event(id="b")])

    assert [("a", "mine", 202), ("b", "mine", 202)] == [
        (answer.event_id, answer.body, answer.status_code) for answer in answers
    ]
    assert mine.event_id is None


def test_an_empty_batch_has_no_answers() -> None:
    assert [] == plain(abs).handle([])


def test_an_async_graph_answers_its_batch_at_once() -> None:
    barrier: asyncio.Barrier

    async def together(value: Any) -> Any:
        await barrier.wait()
        return 1 / value

    host = plain(together)

    async def play() -> Any:
        nonlocal barrier
        barrier = asyncio.Barrier(2)
        batch: Any = host.handle([event(body=b"1", id="a"), event(body=b"0", id="b")])
        return await asyncio.wait_for(batch, 30)

    answers = asyncio.run(play())

    assert [("a", 200), ("b", 500)] == [(one.event_id, one.status_code) for one in answers]


def test_a_cancelled_event_stays_cancelled() -> None:
    async def never(value: Any) -> Any:
        await asyncio.Event().wait()

    host = plain(never)

    async def play() -> None:
        answer: Any = host.handle(event(body=b"1"))
        task = asyncio.ensure_future(answer)
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(play())


HOSTS = {
    "all": host_of(m=Given, d__v1=Sums),
    "oip": host_of(settings=Settings(protocols=("oip",)), m=Given, d__v1=Sums),
    "mlrun": host_of(settings=Settings(protocols=("mlrun",)), m=Given, d__v1=Sums),
    "native": host_of(settings=Settings(protocols=("native",)), m=Given),
    "plain": plain(lambda value: value),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
TENSORS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["x", "y", 1, None]),
        "datatype": st.sampled_from(["FP32", "INT8", "BOOL", "BYTES", "FP16", "?", None]),
        "shape": st.lists(st.integers(-1, 3), max_size=3) | JSON,
        "data": st.lists(st.integers() | st.floats() | st.lists(st.integers()) | JSON, max_size=6),
    },
)
BODIES = (
    st.binary()
    | JSON.map(json.dumps).map(str.encode)
    | JSON
    | st.fixed_dictionaries(
        {"inputs": st.lists(TENSORS, max_size=3) | JSON},
        optional={
            "id": JSON,
            "outputs": JSON,
            "parameters": JSON,
            "operation": JSON,
            "model": JSON,
        },
    )
    .map(json.dumps)
    .map(str.encode)
)
BINARY = "Inference-Header-Content-Length"
PATHS = st.text() | st.lists(
    st.sampled_from(
        ["", "v2", "models", "m", "d", "d:v1", "versions", "v1", "infer", "ready", "health", "live"]
    )
    | st.text(max_size=5)
).map("/".join).map("/".__add__)


@pytest.mark.parametrize("name", HOSTS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=PATHS,
    body=BODIES,
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "", "x"]),
    content_type=st.sampled_from(["", "application/json", "text/plain", "image/png"]) | st.text(),
    headers=st.dictionaries(
        st.sampled_from(["Content-Encoding", "Mlrun-Event-Path", BINARY]),
        st.text() | st.integers(-1, 300).map(str),
    ),
    kind=st.sampled_from(["http", "kafka-cluster", "cron", ""]),
)
def test_whatever_is_sent_is_answered_in_good_form(
    name: str, path: str, body: Any, method: str, content_type: str, headers: Any, kind: str
) -> None:
    answer: Any = HOSTS[name].handle(
        Event(
            body=body,
            content_type=content_type,
            path=path,
            method=method,
            headers=headers,
            trigger=TriggerInfo(kind, "t"),
            _id="e",
        )
    )

    assert isinstance(answer, Response)
    assert 200 <= answer.status_code < 600
    assert isinstance(answer.body, (str, bytes))
    if answer.content_type == "application/json":
        json.loads(answer.body)
    if answer.status_code >= 400:
        assert_is_error(answer)


def assert_is_error(answer: Any) -> None:
    """The body has the form of one of the dialects."""
    if answer.content_type == "text/plain":
        assert answer.body
        return
    body = json.loads(answer.body)
    assert {"error", "code", "id"} <= body.keys() or {"error"} == body.keys()


def test_tracebacks_stay_inside(tmp_path: Path) -> None:
    def fail(inputs: Any) -> Any:
        raise RuntimeError("boom")

    host = host_of(m=fail)
    answers: list[Any] = [
        host.handle(event("/v2/models/m/infer", body))
        for body in (
            {"inputs": [1]},
            {"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [1]}]},
        )
    ]

    assert [400, 500] == [answer.status_code for answer in answers]
    assert not any("Traceback" in answer.body for answer in answers)
    assert all("in fail" in error["traceback"] for error in log_of(host).errors)
