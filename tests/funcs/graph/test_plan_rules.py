"""What ``plan()`` refuses: each rule names the step, what is wrong and how to fix it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from funcs.errors import GraphError
from funcs.graph import Graph, Router
from funcs.graph.errors import Problem
from funcs.model import Model
from tests.funcs.graph.refused import chain, no_value, only, problems, same


class Sums(Model):
    def predict(self, inputs: Any) -> Any:
        return [sum(row) for row in inputs]


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


def test_a_graphs_name_is_checked_too() -> None:
    graph = Graph("a graph")
    graph.to(same)

    assert "'a graph' is no name for a graph" == only(graph).what


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
