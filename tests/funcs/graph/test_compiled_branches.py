"""Branches and joins: order, sharing, at once, cancelling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from funcs.errors import StepError
from funcs.graph import Compiled, Graph, compile_plan
from funcs.request import Request


def ready(graph: Graph) -> Compiled:
    return compile_plan(graph.plan(), folder=Path())


def same(value: Any) -> Any:
    return value


async def same_later(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


def fan(*branches: Any, join: Any = same) -> Graph:
    """start → b0, b1, … → join."""
    graph = Graph("g")
    start = graph.to(same, "start")
    for index, branch in enumerate(branches):
        start.to(branch, f"b{index}")
    graph.add_step(join, "join", after=[f"b{index}" for index in range(len(branches))])
    return graph


def test_a_join_gets_results_by_name_in_declared_order() -> None:
    graph = fan(lambda value: value + 1, lambda value: value + 2, lambda value: value + 3)
    result = ready(graph)(Request(5))

    assert [("b0", 6), ("b1", 7), ("b2", 8)] == list(result.items())


def test_branches_get_the_same_body() -> None:
    body: dict[str, Any] = {"rows": []}
    result = ready(fan(same, same))(Request(body))

    assert body is result["b0"]
    assert body is result["b1"]


def test_a_result_path_in_one_branch_is_not_seen_in_the_other() -> None:
    graph = Graph("g")
    graph.to(lambda value: 1, "a", result_path="x.a")
    graph.to(lambda value: 2, "b", result_path="x.b")
    graph.add_step(same, "join", after=["a", "b"])

    assert {"a": {"x": {"k": 0, "a": 1}}, "b": {"x": {"k": 0, "b": 2}}} == ready(graph)(
        Request({"x": {"k": 0}})
    )


def test_a_full_event_step_of_one_branch_is_not_seen_in_the_other() -> None:
    def rename(request: Request) -> Request:
        request.model = "other"
        request.inputs = 1
        return request

    def tell(request: Request) -> Request:
        request.inputs = (request.model, request.inputs)
        return request

    graph = Graph("g")
    graph.to(rename, full_event=True).to(tell, "a", full_event=True)
    graph.to(tell, "b", full_event=True)
    graph.add_step(tell, "join", after=["a", "b"], full_event=True)
    request = Request(5, model="m")

    assert ("m", {"a": ("other", 1), "b": ("m", 5)}) == ready(graph)(request)
    assert 5 == request.inputs


def test_start_steps_all_get_the_inputs() -> None:
    graph = Graph("g")
    graph.to(str, "a")
    graph.to(float, "b")
    graph.add_step(same, "join", after=["b", "a"])

    assert [("b", 5.0), ("a", "5")] == list(ready(graph)(Request(5)).items())


def test_a_sink_runs_for_each_event_and_its_result_is_dropped() -> None:
    seen: list[Any] = []
    graph = Graph("g")
    graph.to(seen.append, "log").sink()
    graph.to(same, "answer")

    assert 5 == ready(graph)(Request(5))
    assert [5] == seen


def test_a_sink_that_fails_fails_the_event() -> None:
    graph = Graph("g")
    graph.to(same, "answer")
    graph.to(lambda value: value[0], "log").sink()

    with pytest.raises(StepError) as caught:
        ready(graph)(Request(5))

    assert "log" == caught.value.step


# --------------------------------------------------------------------------------------- at once


class Meeting:
    """Two branches that can only end if both have begun."""

    def __init__(self) -> None:
        self.here = asyncio.Event()
        self.there = asyncio.Event()

    async def first(self, value: Any) -> Any:
        self.here.set()
        await asyncio.wait_for(self.there.wait(), 10)
        return "first"

    async def second(self, value: Any) -> Any:
        await asyncio.wait_for(self.here.wait(), 10)
        self.there.set()
        return "second"


def test_async_branches_run_at_once() -> None:
    async def meet() -> Any:
        meeting = Meeting()
        return await ready(fan(meeting.first, meeting.second))(Request())

    assert [("b0", "first"), ("b1", "second")] == list(asyncio.run(meet()).items())


def test_a_sync_branch_runs_while_the_others_wait() -> None:
    async def meet() -> Any:
        meeting = Meeting()

        def third(value: Any) -> Any:
            meeting.there.set()
            return "third"

        return await ready(fan(meeting.first, third))(Request())

    assert {"b0": "first", "b1": "third"} == asyncio.run(meet())


def test_the_order_does_not_depend_on_who_ends_first() -> None:
    async def with_turns(turns: tuple[int, ...]) -> list[tuple[str, int]]:
        def branch(count: int) -> Callable[[Any], Any]:
            async def wait(value: Any) -> Any:
                for _ in range(count):
                    await asyncio.sleep(0)
                return count

            return wait

        return list((await ready(fan(*map(branch, turns)))(Request())).items())

    for turns in ((1, 5, 3), (5, 3, 1), (3, 1, 5)):
        assert [(f"b{i}", count) for i, count in enumerate(turns)] == asyncio.run(with_turns(turns))


def test_the_first_error_cancels_the_rest_and_waits_for_them() -> None:
    log: list[str] = []

    async def wait(value: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append("cleaned up")

    async def fail(value: Any) -> Any:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(StepError, match="no") as caught:
        asyncio.run(ready(fan(wait, fail, wait))(Request()))

    assert "b1" == caught.value.step
    assert ["cleaned up", "cleaned up"] == log


def test_two_errors_at_once_give_one_of_them_and_no_warning() -> None:
    async def fail(value: Any) -> Any:
        raise ValueError("no")

    with pytest.raises(StepError) as caught:
        asyncio.run(ready(fan(fail, fail))(Request()))

    assert "b0" == caught.value.step


def test_a_caller_that_gives_up_cancels_all_branches() -> None:
    ended: list[str] = []
    begun: list[str] = []

    def branch(name: str) -> Callable[[Any], Any]:
        async def wait(value: Any) -> Any:
            begun.append(name)
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        return wait

    async def give_up() -> None:
        task = asyncio.create_task(ready(fan(branch("a"), branch("b")))(Request()))
        while len(begun) < 2:
            await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(give_up())

    assert ["a", "b"] == sorted(ended)


def test_a_branch_waits_for_those_it_joins_alone() -> None:
    async def meet() -> Any:
        meeting = Meeting()
        graph = Graph("g")
        graph.to(same_later, "a")
        graph.to(same_later, "b")
        graph.to(meeting.first, "slow")
        # It joins a and b, and slow can only end once it has begun.
        graph.add_step(meeting.second, "quick", after=["a", "b"])
        graph.add_step(same, "join", after=["slow", "quick"])
        return await ready(graph)(Request())

    assert {"slow": "first", "quick": "second"} == asyncio.run(meet())


def test_events_of_one_graph_may_be_under_way_at_once() -> None:
    async def many() -> list[Any]:
        compiled = ready(fan(same_later, same, same_later))
        return await asyncio.gather(*(compiled(Request(number)) for number in range(50)))

    results = asyncio.run(many())
    assert [{"b0": n, "b1": n, "b2": n} for n in range(50)] == results


def test_sync_branches_make_no_task() -> None:
    graph = fan(same, same)
    graph["join"].to(same_later, "last")
    compiled = ready(graph)

    assert "at_once" not in compiled.source
    assert {"b0": 5, "b1": 5} == asyncio.run(compiled(Request(5)))
