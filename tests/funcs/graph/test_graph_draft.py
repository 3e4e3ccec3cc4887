"""How steps are joined, and the Plan that comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from funcs.errors import GraphError
from funcs.graph import Graph, Plan, Router
from funcs.graph.plan import PlannedHandler, PlannedRoute
from funcs.model import Model


def same(value: Any) -> Any:
    return value


class Sums(Model):
    def predict(self, inputs: Any) -> Any:
        return [sum(row) for row in inputs]


def edges(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {step.name: step.after for step in plan.steps}


def test_a_chain_runs_in_its_order() -> None:
    graph = Graph("g")
    graph.to(same, "a").to(same, "b").to(same, "c").respond()

    assert {"a": (), "b": ("a",), "c": ("b",)} == edges(graph.plan())


def test_steps_may_be_added_by_name_before_what_they_follow() -> None:
    graph = Graph("g")
    graph.add_step(same, "join", after=["b", "c"])
    graph.add_step(same, "c", after="a")
    graph.add_step(same, "b", after="a")
    graph.add_step(same, "a")
    plan = graph.plan()

    assert ["a", "c", "b", "join"] == [step.name for step in plan.steps]
    assert ("b", "c") == plan.step("join").after
    assert ("c", "b") == plan.successors("a")


def test_previous_is_the_step_added_last() -> None:
    graph = Graph("g")
    graph.add_step(same, "a")
    graph.add_step(same, "b", after="$prev")

    assert {"a": (), "b": ("a",)} == edges(graph.plan())


def test_the_first_step_has_no_previous() -> None:
    graph = Graph("g")
    graph.add_step(same, "a", after="$prev")

    with pytest.raises(GraphError, match=r"runs after '\$prev', which does not exist"):
        graph.plan()


def test_a_step_before_another_comes_in_between() -> None:
    graph = Graph("g")
    graph.to(same, "a").to(same, "b")
    graph.add_step(same, "between", after="a", before="b")

    assert {"a": (), "between": ("a",), "b": ("between",)} == edges(graph.plan())


def test_a_first_step_comes_before_the_first() -> None:
    graph = Graph("g")
    graph.to(same, "a")
    graph.add_step(same, "zero", before="a")

    assert {"zero": (), "a": ("zero",)} == edges(graph.plan())


def test_a_step_in_between_keeps_the_place_in_a_join() -> None:
    graph = Graph("g")
    start = graph.to(same, "a")
    branches = [start.to(same, name) for name in ("b", "c")]
    graph.add_step(same, "join", after=branches)
    graph.add_step(same, "between", after="b", before="join")

    assert ("between", "c") == graph.plan().step("join").after


def test_another_branch_joins_by_before() -> None:
    graph = Graph("g")
    join = graph.to(same, "b").to(same, "join")
    graph.to(same, "c").before(join)

    assert ("b", "c") == graph.plan().step("join").after


def test_a_predecessor_named_twice_counts_once() -> None:
    graph = Graph("g")
    graph.to(same, "a").to(same, "b").after("a")

    assert ("a",) == graph.plan().step("b").after


def test_names_are_the_targets_own() -> None:
    graph = Graph("g")
    graph.to(same).to("main:scale").to(Sums).to(Router()).add_model("m", Sums)

    assert ["same", "scale", "Sums", "Router"] == [step.name for step in graph.steps]


def test_a_graph_gives_its_steps_by_name() -> None:
    graph = Graph("g")
    step = graph.to(same, "a")

    assert step is graph["a"]
    assert "a" in graph
    assert "b" not in graph
    assert "<step 'a' of graph 'g'>" == repr(step)


def test_a_plan_says_what_each_step_is() -> None:
    graph = Graph("g")
    step = graph.to(same, "a", input_path="x.y", result_path="z", copy=True)
    step.error_handler(same, "oops", before="models")
    router = step.to(Router(default="m"), "models")
    router.add_model("m", Sums).add_model("n:v1", "main:N", path="models/n", depth=3)
    graph.error_handler(same, handler="")
    plan = graph.plan()
    first, models = plan.steps

    assert ("task", "x.y", "z", True) == (
        first.kind,
        first.input_path,
        first.result_path,
        first.copy,
    )
    assert PlannedHandler("oops", same, before="models") == first.on_error
    assert ("router", "m") == (models.kind, models.default)
    assert PlannedRoute("n:v1", "main:N", "models/n", (("depth", 3),)) == models.routes[1]
    assert PlannedHandler("same", same) == plan.on_error
    assert "models" == plan.responder


def test_a_model_step_is_its_only_route() -> None:
    graph = Graph("g")
    graph.to(Sums, "sums", path="models/sums", depth=3)
    step = graph.plan().steps[0]

    assert "model" == step.kind
    assert (PlannedRoute("sums", Sums, "models/sums", (("depth", 3),)),) == step.routes


def test_a_plan_is_frozen_and_does_not_follow_its_graph() -> None:
    graph = Graph("g")
    graph.to(Router(), "models").add_model("m", Sums)
    plan = graph.plan()
    graph["models"].add_model("n", Sums)
    graph["models"].to(same)

    assert ["m"] == [route.key for route in plan.steps[0].routes]
    assert 1 == len(plan.steps)
    with pytest.raises(AttributeError, match="'name' cannot be set"):
        plan.steps[0].name = "other"  # type: ignore[misc]


def test_two_plans_of_one_graph_are_equal() -> None:
    graph = Graph("g")
    graph.to(same, "a").to(same, "b")

    assert graph.plan() == graph.plan()
