"""Error handlers: of a step and of the graph, answering and going on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from funcs.errors import EventError, Kind, RequestError, StepError
from funcs.graph import Compiled, Graph, compile_plan
from funcs.request import Request


def ready(graph: Graph) -> Compiled:
    return compile_plan(graph.plan(), folder=Path(), context="context")


def run(graph: Graph, inputs: Any) -> Any:
    compiled = ready(graph)
    result = compiled(Request(inputs))
    return asyncio.run(result) if compiled.is_async else result


def mark(name: str) -> Callable[[Any], Any]:
    return lambda value: [*value, name]


def later(name: str) -> Callable[[Any], Any]:
    async def step(value: Any) -> Any:
        await asyncio.sleep(0)
        return [*value, name]

    return step


def fail(value: Any) -> Any:
    raise ValueError("no")


async def fail_later(value: Any) -> Any:
    await asyncio.sleep(0)
    raise ValueError("no")


def tell(error: StepError) -> Any:
    return [error.step, error.what, error.value, type(error.__cause__).__name__]


async def tell_later(error: StepError) -> Any:
    return tell(error)


def put(error: StepError) -> Any:
    return ["put"]


TOLD = ["b", "ValueError: no", ["a"], "ValueError"]


def chain(failing: Any = fail, last: Any = None) -> Graph:
    graph = Graph("g")
    graph.to(mark("a"), "a").to(failing, "b").to(mark("c"), "c").to(last or mark("d"), "d")
    return graph


@pytest.mark.parametrize("failing", [fail, fail_later])
@pytest.mark.parametrize("handler", [tell, tell_later])
def test_a_steps_handler_sees_what_failed_and_answers(failing: Any, handler: Any) -> None:
    graph = chain(failing)
    graph["b"].error_handler(handler)

    assert TOLD == run(graph, [])


@pytest.mark.parametrize("handler", [tell, tell_later])
def test_the_graphs_handler_answers_for_all_steps(handler: Any) -> None:
    graph = chain().error_handler(handler)

    assert TOLD == run(graph, [])


def test_a_steps_handler_comes_before_the_graphs() -> None:
    graph = chain().error_handler(put)
    graph["b"].error_handler(tell)

    assert TOLD == run(graph, [])


@pytest.mark.parametrize(("before", "expected"), [("c", ["put", "c", "d"]), ("d", ["put", "d"])])
@pytest.mark.parametrize("failing", [fail, fail_later])
def test_a_handlers_result_goes_on_where_it_is_told(
    before: str, expected: list[str], failing: Any
) -> None:
    graph = chain(failing)
    graph["b"].error_handler(put, before=before)

    assert expected == run(graph, [])


def test_nothing_changes_while_nothing_fails() -> None:
    graph = chain(mark("b")).error_handler(put)
    graph["a"].error_handler(put, before="d")
    graph["b"].error_handler(put)

    assert ["a", "b", "c", "d"] == run(graph, [])


def test_ways_around_may_overlap() -> None:
    graph = chain(fail)
    graph["a"].error_handler(put, before="c")
    graph["b"].error_handler(put, before="d")

    assert ["put", "d"] == run(graph, [])
    assert ["put", "c", "d"] == run(graph, 5)


def test_a_handler_may_be_a_class_with_arguments_and_the_context() -> None:
    class Sorry:
        def __init__(self, text: str, context: Any) -> None:
            self.text = text
            self.context = context

        def answer(self, error: StepError) -> Any:
            return [self.text, self.context, error.step]

    graph = chain()
    graph["b"].error_handler(Sorry, handler="answer", text="sorry")

    assert ["sorry", "context", "b"] == run(graph, [])


def test_a_refused_request_is_not_the_handlers_to_answer() -> None:
    def refuse(value: Any) -> Any:
        raise RequestError("no rows")

    graph = chain(refuse).error_handler(put)
    graph["b"].error_handler(put)

    with pytest.raises(RequestError, match="no rows") as caught:
        run(graph, [])

    assert "b" == caught.value.step


def test_an_event_error_of_another_kind_comes_as_the_cause() -> None:
    def late(value: Any) -> Any:
        raise EventError("late", kind=Kind.TIMEOUT)

    graph = chain(late)
    graph["b"].error_handler(lambda error: (error.step, error.__cause__.kind), "handler")

    assert ("b", Kind.TIMEOUT) == run(graph, [])


@pytest.mark.parametrize("is_async", [False, True])
def test_a_handler_that_fails_is_named_itself(is_async: bool) -> None:
    graph = chain()
    graph["b"].error_handler(fail_later if is_async else fail, "rescue")

    with pytest.raises(StepError) as caught:
        run(graph, [])

    assert "rescue" == caught.value.step
    graph.error_handler(lambda error: error.step, "sorry")
    assert "rescue" == run(graph, [])


def test_a_handler_may_raise_what_it_was_given() -> None:
    def again(error: StepError) -> Any:
        raise error

    graph = chain()
    graph["b"].error_handler(again)
    with pytest.raises(StepError, match="ValueError: no") as caught:
        run(graph, [])

    assert "b" == caught.value.step
    assert isinstance(caught.value.__cause__, ValueError)


# ------------------------------------------------------------------------------------- branches


def diamond(left: Any, right: Any, **names: Any) -> Graph:
    """a → (left, right) → join → end."""
    graph = Graph("g")
    start = graph.to(mark("a"), "a")
    start.to(left, "left").to(mark("l"), "left2")
    start.to(right, "right")
    graph.add_step(dict, "join", after=["left2", "right"]).to(lambda value: value, "end")
    return graph


@pytest.mark.parametrize("right", [mark("right"), later("right")])
@pytest.mark.parametrize("failing", [fail, fail_later])
def test_a_branchs_handler_stands_in_for_it_in_the_join(right: Any, failing: Any) -> None:
    graph = diamond(failing, right)
    graph["left"].error_handler(put, before="join")
    result = run(graph, [])

    assert {"left2": ["put"], "right": ["a", "right"]} == result
    assert ["left2", "right"] == list(result)


@pytest.mark.parametrize("right", [mark("right"), later("right")])
def test_a_branchs_handler_may_answer_for_the_whole(right: Any) -> None:
    graph = diamond(fail, right)
    graph["left"].error_handler(put)

    assert ["put"] == run(graph, [])


@pytest.mark.parametrize("right", [mark("right"), later("right")])
def test_a_fork_is_gone_around_as_a_whole(right: Any) -> None:
    graph = diamond(mark("left"), right)
    graph["a"].error_handler(put, before="end")

    assert ["put"] == run(graph, 5)
    assert {"left2": ["a", "left", "l"], "right": ["a", "right"]} == run(graph, [])


@pytest.mark.parametrize("is_async", [False, True])
def test_a_full_event_step_that_is_gone_around_leaves_the_request_as_it_was(
    is_async: bool,
) -> None:
    def rename(request: Request) -> Request:
        request.model = "other"
        return request

    def tell_model(request: Request) -> Request:
        request.inputs = [*request.inputs, request.model]
        return request

    graph = Graph("g")
    start = graph.to(mark("a"), "a")
    branch = start.to(lambda value: value[9] and value, "b")
    branch.to(rename, full_event=True).to(tell_model, full_event=True)
    branch.error_handler(put, before="tell_model")
    start.to(later("c") if is_async else mark("c"), "c")
    graph.add_step(dict, "join", after=["tell_model", "c"])

    assert {"tell_model": ["put", ""], "c": ["a", "c"]} == run(graph, [])
    expected = [*range(10), "a", "other"]
    assert expected == run(graph, list(range(10)))["tell_model"]
