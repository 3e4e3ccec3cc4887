"""What ``plan()`` refuses: each rule names the step, what is wrong and how to fix it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from funcs.errors import GraphError
from funcs.graph import Graph, PlanError, Router
from funcs.graph.draft import Step
from funcs.graph.errors import Problem
from funcs.model import Model
from funcs.request import Request


def same(value: Any) -> Any:
    return value


def no_value() -> None:
    """A function that takes nothing."""


class Scale:
    def __init__(self, factor: float) -> None:
        self.factor = factor

    def do(self, value: Any) -> Any:
        return value * self.factor


class Whole:
    def do_event(self, request: Request) -> Request:
        return request


class Idle:
    """A class that nothing can be done with."""


class Sums(Model):
    def predict(self, inputs: Any) -> Any:
        return [sum(row) for row in inputs]


class Typed(Sums):
    def __init__(self, *, threshold: float) -> None:
        super().__init__()
        self.threshold = threshold


class Lazy(Model):
    """It cannot predict."""


class Awaiting(Sums):
    async def load(self) -> None:  # type: ignore[override]
        """Nobody awaits this."""


def problems(graph: Graph) -> tuple[Problem, ...]:
    with pytest.raises(PlanError) as caught:
        graph.plan()
    return caught.value.problems


def only(graph: Graph) -> Problem:
    found = problems(graph)

    assert 1 == len(found), found
    return found[0]


def chain(*names: str) -> Graph:
    graph = Graph("g")
    step: Graph | Step = graph
    for name in names:
        step = step.to(same, name)
    return graph


# ----------------------------------------------------------------------------------- the shape


def test_an_empty_graph_is_refused() -> None:
    assert Problem("graph 'g' has no steps", "begin with graph.to(…)") == only(Graph("g"))


def test_a_circle_is_named_by_its_path() -> None:
    graph = chain("a", "b", "c")
    graph["a"].after("c")
    problem = only(graph)

    assert "the steps run in a circle: a → b → c → a" == problem.what
    assert "let 'a' not run after 'c'" == problem.fix


def test_a_step_after_itself_is_a_circle() -> None:
    graph = Graph("g")
    graph.to(same, "a").after("a")

    assert "the steps run in a circle: a → a" == only(graph).what


def test_steps_below_a_circle_are_never_reached() -> None:
    graph = chain("a", "b", "c", "d")
    graph["b"].after("c")
    what = [problem.what for problem in problems(graph)]

    assert [
        "the steps run in a circle: b → c → b",
        "step 'd' is never reached: it runs after a circle",
    ] == what


@pytest.mark.parametrize(
    ("say", "what"),
    [
        (lambda graph: graph["b"].after("aa"), "step 'b' runs after 'aa', which does not exist"),
        (lambda graph: graph["a"].before("bb"), "step 'a' runs before 'bb', which does not exist"),
        (
            lambda graph: graph["a"].error_handler(same, before="cc"),
            "step 'a' runs on error before 'cc', which does not exist",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_what_there_is(
    say: Callable[[Graph], object], what: str
) -> None:
    graph = chain("a", "b")
    say(graph)
    problem = only(graph)

    assert what == problem.what
    assert "known steps: a, b" in problem.fix


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    graph = Graph("g")
    graph.to(same, "preprocess")
    graph.add_step(same, "classify", after="preproces")
    problem = only(graph)

    assert "step 'classify' runs after 'preproces', which does not exist" == problem.what
    assert "did you mean 'preprocess'? known steps: preprocess, classify" == problem.fix
    assert problem.where.startswith("test_plan_rules.py:")


def test_two_steps_of_one_name_are_refused_and_both_places_named() -> None:
    graph = Graph("g")
    first = graph.to(same)
    second = first.to(same)
    problem = only(graph)

    assert "two steps are called 'same'" == problem.what
    assert f"give one another name=; the first is at {first.where}" == problem.fix
    assert second.where == problem.where


@pytest.mark.parametrize("name", ["a b", "a/b", "-a", "a'b", ".", "<lambda>"])
def test_a_bad_name_is_refused(name: str) -> None:
    graph = Graph("g")
    graph.to(same, name)

    assert f"{name!r} is no name for a step" == only(graph).what


def test_a_lambda_needs_a_name() -> None:
    graph = Graph("g")
    graph.to(lambda value: value)

    assert "'<lambda>' is no name for a step" == only(graph).what


# ------------------------------------------------------------------------------------- the ends


def test_several_ends_and_no_responder_are_refused() -> None:
    graph = chain("a", "b")
    graph["a"].to(same, "c")
    problem = only(graph)

    assert "the graph ends in 'b' and 'c', and none of them responds" == problem.what
    assert problem.fix.startswith("call respond() on the one that answers")


def test_two_responders_are_refused() -> None:
    graph = chain("a", "b")
    graph["a"].to(same, "c").respond()
    graph["b"].respond()

    assert "steps 'b' and 'c' respond, an event has one answer" == only(graph).what


def test_a_responder_that_others_run_after_is_refused() -> None:
    graph = chain("a", "b")
    graph["a"].respond()
    what = [problem.what for problem in problems(graph)]

    assert "step 'a' responds, but 'b' runs after it" == what[0]


def test_an_end_that_does_not_respond_is_a_dead_end() -> None:
    graph = chain("a", "b")
    graph["b"].respond()
    graph["a"].to(same, "log")
    problem = only(graph)

    assert "step 'log' is a dead end: 'b' responds, its result goes nowhere" == problem.what
    assert "let a step run after it, or mark it sink()" == problem.fix


def test_a_dead_end_that_is_meant_is_a_sink() -> None:
    graph = chain("a", "b")
    graph["a"].to(same, "log").sink()

    assert "b" == graph.plan().responder


def test_ends_that_are_all_sinks_do_not_answer() -> None:
    graph = chain("a")
    graph["a"].sink()

    assert "no step answers: every end is a sink" == only(graph).what


def test_a_sink_neither_responds_nor_goes_on() -> None:
    graph = chain("a", "b")
    graph["a"].sink()
    graph["b"].sink().respond()
    what = [problem.what for problem in problems(graph)]

    assert "step 'b' both responds and is a sink" in what
    assert "step 'a' is a sink, but 'b' runs after it" in what


# ---------------------------------------------------------------------------------- the targets


@pytest.mark.parametrize(
    ("target", "args", "words"),
    [
        (5, {}, "step 'x' is an object of type int, which cannot be called"),
        (None, {}, "step 'x' is an object of type NoneType, which cannot be called"),
        (Idle, {}, "step 'x' is the class Idle, which cannot be called"),
        (Idle(), {}, "step 'x' is an object of type Idle, which cannot be called"),
        (no_value, {}, "step 'x': no_value() cannot be called: too many positional arguments"),
        (same, {"factor": 2}, "step 'x': same() cannot be called: got an unexpected keyword"),
        (Scale, {}, "step 'x': Scale() cannot be called: missing a required argument: 'factor'"),
        (Scale, {"faktor": 2}, "step 'x': Scale() cannot be called: missing"),
        (Scale(2), {"factor": 2}, "step 'x' is an object already, the arguments factor go nowhere"),
        (Scale, {"factor": 2, "handler": "run"}, "is the class Scale, which has no method 'run'"),
        (same, {"handler": "run"}, "step 'x' is a function, it has no method 'run'"),
        ("main scale", {}, "step 'x' is 'main scale', not of the form 'module:name'"),
        (Lazy, {}, "step 'x': Lazy has no predict"),
        (Awaiting, {}, "step 'x': load of Awaiting is async def"),
        (Typed, {}, "step 'x': Typed() cannot be called: missing a required"),
        (Sums(), {"threshold": 1}, "step 'x' is an object already, the arguments threshold"),
        (Whole, {"input_path": "a"}, "takes the whole Request, input_path and result_path"),
        (Sums, {"full_event": True}, "step 'x' is a model, it is always given the Request"),
        (same, {"input_path": "a..b"}, "step 'x' has the input_path 'a..b', which names an empty"),
        (same, {"result_path": "."}, "step 'x' has the result_path '.', which names an empty key"),
    ],
)
def test_a_target_that_cannot_serve_is_refused(target: Any, args: Any, words: str) -> None:
    graph = Graph("g")
    graph.to(target, "x", **args)
    problem = only(graph)

    assert words in problem.what
    assert problem.fix
    assert problem.where.startswith("test_plan_rules.py:")


@pytest.mark.parametrize(
    ("target", "args"),
    [
        (same, {}),
        (len, {}),
        (str, {}),
        (Scale, {"factor": 2}),
        (Scale(2), {}),
        (Scale(2).do, {}),
        (Whole, {}),
        (Scale, {"factor": 2, "handler": "do"}),
        ("main:scale", {}),
        ("package.main.scale", {}),
        (Sums, {"path": "models", "threshold": 2}),
        (Sums(), {}),
        (Typed, {"threshold": 2.0}),
    ],
)
def test_everything_else_can_be_a_step(target: Any, args: Any) -> None:
    graph = Graph("g")
    graph.to(target, "x", **args)

    assert "x" == graph.plan().responder


# ---------------------------------------------------------------------------------- the routers


def routed(*keys: str, **args: Any) -> Graph:
    graph = Graph("g")
    step = graph.to(Router, "models", **args)
    for key in keys:
        step.add_model(key, Sums)
    return graph


def test_a_router_without_models_is_refused() -> None:
    problem = only(routed())

    assert "router 'models' has no models" == problem.what
    assert "add one: add_model('name', Class)" == problem.fix


def test_two_models_of_one_key_are_refused() -> None:
    assert "router 'models' has two models 'm:v1'" == only(routed("m:v1", "m:v2", "m:v1")).what


@pytest.mark.parametrize("key", ["", "a b", "a/b", ":v1", "a:", "a:b:c"])
def test_a_bad_key_is_refused(key: str) -> None:
    assert f"{key!r} is no name for a model" == only(routed(key)).what


def test_a_default_that_is_no_model_is_refused_with_the_nearest() -> None:
    problem = only(routed("svm:v1", "tree", default="svm:v3"))

    assert "router 'models' has the default 'svm:v3', which is none of its models" == problem.what
    assert problem.fix.startswith("did you mean")


@pytest.mark.parametrize("default", ["svm", "svm:v1", "tree"])
def test_a_default_is_a_key_or_a_name(default: str) -> None:
    assert default == routed("svm:v1", "tree", default=default).plan().steps[0].default


@pytest.mark.parametrize(
    ("target", "params", "words"),
    [
        (Scale, {}, "model 'm' is Scale, which is no funcs.Model"),
        (5, {}, "model 'm' is int, which is no funcs.Model"),
        ("Sums", {}, "model 'm' is 'Sums', not of the form 'module:name'"),
        (Lazy, {}, "model 'm': Lazy has no predict"),
        (Typed, {}, "model 'm': Typed() cannot be called"),
        (Sums(), {"a": 1}, "model 'm' is an object already"),
    ],
)
def test_a_route_that_is_no_model_is_refused(target: Any, params: Any, words: str) -> None:
    graph = Graph("g")
    graph.to(Router(), "models").add_model("m", target, **params)

    assert words in only(graph).what


def test_a_model_behind_two_routers_is_refused() -> None:
    graph = Graph("g")
    graph.to(Router(), "first").add_model("m", Sums).to(Router(), "second").add_model("m", Sums)

    assert "model 'm' is behind both 'first' and 'second'" == only(graph).what


def test_arguments_of_a_router_object_go_nowhere() -> None:
    graph = Graph("g")
    graph.to(Router(), "models", default="m").add_model("m", Sums)

    assert "step 'models' is a router already, the arguments default go" in only(graph).what


def test_a_step_that_is_no_router_takes_no_models() -> None:
    with pytest.raises(GraphError, match="step 'a' is no router, it takes no models"):
        chain("a")["a"].add_model("m", Sums)


# --------------------------------------------------------------------------- the error handlers


def test_an_error_handler_goes_on_below_its_step() -> None:
    graph = chain("a", "b", "c")
    graph["b"].error_handler(same, before="a")
    problem = only(graph)

    assert "goes on before 'a', which does not run after it" in problem.what
    assert "choose among c" == problem.fix
    graph["b"].error_handler(same, before="c")
    assert "c" == graph.plan().responder


def test_an_error_handler_leaves_no_branch_without_a_value() -> None:
    graph = chain("a", "b")
    graph["a"].to(same, "c")
    graph.add_step(same, "join", after=["b", "c"])
    graph["a"].error_handler(same, before="join")

    assert "which leaves others without the results of b, c" in only(graph).what


def test_the_last_steps_error_handler_has_nowhere_to_go_on() -> None:
    graph = chain("a", "b")
    graph["b"].error_handler(same, before="a")

    assert "leave out before=" == only(graph).fix


@pytest.mark.parametrize("target", [Sums, Router(), 5, "no reference", no_value])
def test_an_error_handler_that_cannot_be_called_is_refused(target: Any) -> None:
    graph = chain("a")
    graph["a"].error_handler(target)
    graph.error_handler(target)
    found = problems(graph)

    assert 2 == len(found)
    assert "of step 'a'" in found[0].what
    assert "of the graph" in found[1].what


# ------------------------------------------------------------------------------------ all at once


def test_every_problem_is_told_at_once() -> None:
    graph = Graph("g")
    graph.to(5, "five").to(Router(), "models").to(same, "bad name").after("nobody")
    found = problems(graph)

    assert 4 == len(found)
    with pytest.raises(GraphError) as caught:
        graph.plan()
    for problem in found:
        assert problem.what in str(caught.value)
        assert problem.what in caught.value.sentence()
    assert found[0].what == caught.value.what


def test_an_unknown_step_is_refused_when_asked_for() -> None:
    with pytest.raises(GraphError, match="graph 'g' has no step 'model'") as caught:
        chain("models")["model"]

    assert caught.value.fix.startswith("did you mean 'models'?")
