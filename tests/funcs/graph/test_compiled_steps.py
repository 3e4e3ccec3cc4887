"""What a compiled graph does with each kind of step, on straight paths."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from funcs.errors import EventError, Kind, LoadError, RequestError, StepError
from funcs.graph import Compiled, Graph, compile_plan
from funcs.request import Request


class Context:
    """Stands for Nuclio's context: an object that is passed on."""


def ready(graph: Graph, **options: Any) -> Compiled:
    return compile_plan(graph.plan(), **{"folder": Path(), **options})


def run(graph: Graph, inputs: Any = None, **options: Any) -> Any:
    return ready(graph, **options)(Request(inputs))


def double(value: Any) -> Any:
    return value * 2


async def triple(value: Any) -> Any:
    await asyncio.sleep(0)
    return value * 3


class Add:
    def __init__(self, amount: int = 1) -> None:
        self.amount = amount

    def do(self, value: Any) -> Any:
        return value + self.amount

    def twice(self, value: Any) -> Any:
        return value + 2 * self.amount


class Call:
    def __call__(self, value: Any) -> Any:
        return value - 1


class AsyncCall:
    async def __call__(self, value: Any) -> Any:
        return value - 1


class Event:
    def do(self, value: Any) -> Any:
        raise AssertionError("do_event comes first")

    def do_event(self, request: Request) -> Request:
        request.inputs = [request.model, request.inputs]
        return request


class Given:
    def __init__(self, context: Any, name: str, folder: Path, extra: int = 0) -> None:
        self.given = (context, name, folder, extra)

    def do(self, value: Any, context: Any) -> Any:
        return (*self.given, context)


def with_context(value: Any, context: Any) -> Any:
    return context


def fail(value: Any) -> Any:
    raise ValueError(f"no {value}")


def refuse(value: Any) -> Any:
    raise RequestError("too many rows", kind=Kind.TOO_LARGE)


def one(target: Any, **options: Any) -> Graph:
    graph = Graph("g")
    graph.to(target, "step", **options)
    return graph


@pytest.mark.parametrize(
    ("target", "options", "expected"),
    [
        (double, {}, 10),
        (str, {}, "5"),
        (abs, {}, 5),
        (Add, {}, 6),
        (Add, {"amount": 3}, 8),
        (Add(4), {}, 9),
        (Add(4).twice, {}, 13),
        (Add, {"amount": 3, "handler": "twice"}, 11),
        (Call, {}, 4),
        (Call(), {}, 4),
        ("math:sqrt", {}, 5**0.5),
        ("operator.neg", {}, -5),
        (pow, {"exp": 2}, 25),
        (lambda value: -value, {}, -5),
    ],
)
def test_anything_that_can_be_called_is_a_step(target: Any, options: Any, expected: Any) -> None:
    assert expected == run(one(target, **options), 5)


def test_results_go_from_step_to_step() -> None:
    graph = Graph("g")
    graph.to(double, "a").to(Add, "b", amount=1).to(double, "c").to(str, "d")

    assert "22" == run(graph, 5)


def test_the_answer_is_the_body_itself_where_nobody_changes_it() -> None:
    body = [[1.0]]
    graph = Graph("g")
    graph.to(lambda value: value, "a").to(lambda value: value, "b")

    assert body is run(graph, body)


def test_a_class_is_constructed_once_for_all_events() -> None:
    class Counter:
        made = 0

        def __init__(self) -> None:
            type(self).made += 1

        def do(self, value: Any) -> int:
            return self.made

    compiled = ready(one(Counter))

    assert [1, 1] == [compiled(Request()), compiled(Request())]


def test_whoever_asks_by_name_is_given_context_name_and_folder(tmp_path: Path) -> None:
    context = Context()

    assert context is run(one(with_context), context=context)
    assert (context, "step", tmp_path, 7, context) == run(
        one(Given, extra=7), context=context, folder=tmp_path
    )


def test_strings_are_looked_up_in_the_functions_folder(tmp_path: Path) -> None:
    (tmp_path / "steps_of_mine.py").write_text("def halve(value):\n    return value / 2\n")

    assert 2.5 == run(one("steps_of_mine:halve"), 5, folder=tmp_path)


# ---------------------------------------------------------------------------------------- async


def test_a_graph_is_async_only_where_a_step_is() -> None:
    graph = Graph("g")
    graph.to(double, "a").to(triple, "b").to(double, "c")

    assert not ready(one(double)).is_async
    assert ready(one(AsyncCall)).is_async
    assert ready(graph).is_async
    assert 60 == asyncio.run(run(graph, 5))


def test_an_async_step_may_be_any_callable() -> None:
    class Later:
        async def do(self, value: Any) -> Any:
            return value + 1

        async def do_event(self, request: Request) -> Request:
            request.inputs += 10
            return request

    graph = Graph("g")
    graph.to(AsyncCall, "a").to(Later, "b", handler="do").to(Later, "c").to(AsyncCall(), "d")

    assert 14 == asyncio.run(run(graph, 5))


# ------------------------------------------------------------------------------- the full event


def test_do_event_gets_and_returns_the_whole_request() -> None:
    graph = one(Event)
    graph["step"].to(len)

    assert 2 == ready(graph)(Request(5, model="m"))


def test_a_full_event_step_finds_the_value_and_leaves_its_own() -> None:
    def rename(request: Request) -> Request:
        return Request(request.inputs + 1, model="other")

    def tell(request: Request) -> Request:
        request.inputs = (request.model, request.inputs)
        return request

    graph = Graph("g")
    graph.to(double, "a").to(rename, full_event=True).to(double, "b").to(tell, full_event=True)

    assert ("other", 22) == run(graph, 5)


def test_a_full_event_step_must_return_a_request() -> None:
    with pytest.raises(StepError, match="must return one, not int") as caught:
        run(one(lambda request: 5, full_event=True))

    assert "step" == caught.value.step


# ---------------------------------------------------------------------------------------- paths


def test_input_path_takes_a_part_and_result_path_puts_one_in() -> None:
    body = {"x": {"y": 5}, "z": 1}

    assert 10 == run(one(double, input_path="x.y"), body)
    assert {"x": {"y": 5}, "z": 1, "out": {"put": 10}} == run(
        one(double, input_path="x.y", result_path="out.put"), body
    )
    assert {"x": {"y": 10}, "z": 1} == run(one(double, input_path="x.y", result_path="x.y"), body)
    assert {"x": {"y": 5}, "z": 1} == body


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"x": {"z": 5}}, "the input has no 'x.y'"),
        ({}, "the input has no 'x'"),
        ({"x": 5}, "'x' is no object (int)"),
        ([1], "the input is no object (list)"),
        (None, "the input is no object (NoneType)"),
    ],
)
def test_a_missing_key_of_input_path_is_the_clients_error(body: Any, what: str) -> None:
    with pytest.raises(RequestError) as caught:
        run(one(double, input_path="x.y"), body)

    assert what == caught.value.what
    assert "step" == caught.value.step
    assert Kind.BAD_INPUT is caught.value.kind
    assert "input_path 'x.y'" == caught.value.where


def test_result_path_needs_an_object() -> None:
    with pytest.raises(RequestError, match="the input is no object"):
        run(one(lambda value: 1, result_path="y"), [1])
    with pytest.raises(RequestError, match="'x' is no object"):
        run(one(lambda value: 1, result_path="x.y"), {"x": 5})


def test_a_step_that_asks_for_a_copy_may_change_it() -> None:
    body = {"rows": [[1]]}

    def spoil(value: Any) -> Any:
        value["rows"][0].append(2)
        return value

    assert {"rows": [[1, 2]]} == run(one(spoil, copy=True), body)
    assert {"rows": [[1]]} == body


# --------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("is_async", [False, True])
def test_a_step_that_fails_is_named_with_its_cause_and_what_it_was_given(is_async: bool) -> None:
    graph = Graph("g")
    graph.to(double, "a").to(fail, "b").to(triple if is_async else double, "c")
    compiled = ready(graph)
    with pytest.raises(StepError, match="ValueError: no 10") as caught:
        asyncio.run(compiled(Request(5))) if is_async else compiled(Request(5))

    error = caught.value
    assert ("b", "", 10, Kind.STEP_FAILED) == (error.step, error.model, error.value, error.kind)
    assert isinstance(error.__cause__, ValueError)


def test_an_event_error_passes_with_its_step_filled_in() -> None:
    with pytest.raises(RequestError, match="too many rows") as caught:
        run(one(refuse))

    assert ("step", Kind.TOO_LARGE) == (caught.value.step, caught.value.kind)


def test_an_error_that_names_its_step_keeps_it() -> None:
    def tell(value: Any) -> Any:
        raise EventError("late", kind=Kind.TIMEOUT, step="database")

    with pytest.raises(EventError, match="late") as caught:
        run(one(tell))

    assert "database" == caught.value.step


def test_the_traceback_shows_the_line_of_the_graph_and_of_the_step() -> None:
    import traceback

    with pytest.raises(StepError) as caught:
        run(one(fail))
    text = "".join(traceback.format_exception(caught.value))

    assert "v1 = f1(v0)" in text
    assert 'raise ValueError(f"no {value}")' in text


def test_leaving_the_program_fails_the_event_alone() -> None:
    with pytest.raises(StepError, match="SystemExit: 3"):
        run(one(sys.exit), 3)


def test_an_interrupt_is_not_a_steps_failure() -> None:
    def interrupt(value: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(one(interrupt))


def test_an_error_that_cannot_say_what_it_is_is_named_by_its_class() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError("no words")

    def fail_silently(value: Any) -> Any:
        raise Mute

    with pytest.raises(StepError, match="RuntimeError: Mute, which cannot be put in words"):
        run(one(fail_silently))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no_such_module:step", "step 'step': there is no module 'no_such_module'"),
        ("math:no_such", "step 'step': module 'math' has no 'no_such'"),
        ("math:pi", "step 'step' is an object of type float, which cannot be called"),
    ],
)
def test_a_string_that_leads_to_no_step_is_a_load_error(target: str, words: str) -> None:
    with pytest.raises(LoadError, match=words):
        ready(one(target))


def test_a_constructor_that_fails_is_told_with_its_line(tmp_path: Path) -> None:
    text = "class Step:\n    def __init__(self):\n        raise OSError('no disk')\n"
    (tmp_path / "broken_step.py").write_text(text + "    def do(self, value): ...\n")

    with pytest.raises(
        LoadError, match=r"step 'step': Step\(\) failed: OSError: no disk"
    ) as caught:
        ready(one("broken_step:Step"), folder=tmp_path)

    assert f"{tmp_path.resolve() / 'broken_step.py'}:3" == caught.value.where
