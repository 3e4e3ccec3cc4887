"""What ``plan()`` says of steps' targets and of routers' models."""

from __future__ import annotations

from typing import Any

import pytest

from funcs.errors import GraphError
from funcs.graph import Graph, Router
from funcs.model import Model
from funcs.request import Request
from tests.funcs.graph.refused import chain, no_value, only, same


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


class Estimator:
    """What knows predict and nothing of us."""

    def predict(self, rows: Any) -> Any:
        return rows


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


@pytest.mark.parametrize(
    ("target", "args", "words"),
    [
        (5, {}, "step 'x' is an object of type int, which cannot be called"),
        (None, {}, "step 'x' is an object of type NoneType, which cannot be called"),
        (Idle, {}, "step 'x' is the class Idle, which cannot be called"),
        (Estimator, {}, "step 'x' is the class Estimator, which is no funcs.Model"),
        (Estimator(), {}, "step 'x' is an object of type Estimator, which is no funcs.Model"),
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
    assert problem.where.startswith("test_plan_targets.py:")


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
