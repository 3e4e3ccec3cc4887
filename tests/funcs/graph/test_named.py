from __future__ import annotations

from pathlib import Path

import pytest

import funcs
from funcs.errors import LoadError
from funcs.graph import compile_plan
from funcs.graph.named import plan_of
from funcs.request import Request


class DoubleIt(funcs.Model):
    def predict(self, inputs: list[int]) -> list[int]:
        return [2 * value for value in inputs]


def test_a_model_class_is_served_alone_under_its_name() -> None:
    plan = plan_of(DoubleIt, "main:DoubleIt")

    compiled = compile_plan(plan, folder=Path())

    assert ["double-it"] == compiled.models.names()
    assert [2, 4] == compiled(Request([1, 2], model="double-it"))


def test_a_graph_and_a_plan_are_taken_as_they_are() -> None:
    graph = funcs.Graph("same")
    graph.to(abs).respond()
    plan = graph.plan()

    assert plan is plan_of(plan, "main:plan")
    assert "same" == plan_of(graph, "main:graph").name


@pytest.mark.parametrize("found", [[1], DoubleIt(name="a"), int, None])
def test_anything_else_is_refused_with_what_could_be_named(found: object) -> None:
    with pytest.raises(LoadError) as caught:
        plan_of(found, "main:graph")

    assert "not a funcs.Graph" in caught.value.what
    assert "a subclass of funcs.Model" in caught.value.fix
