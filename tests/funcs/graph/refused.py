"""What a graph's ``plan()`` refuses, and a chain of steps to begin with."""

from __future__ import annotations

from typing import Any

import pytest

from funcs.graph import Graph, PlanError
from funcs.graph.draft import Step
from funcs.graph.errors import Problem


def same(value: Any) -> Any:
    return value


def no_value() -> None:
    """A function that takes nothing."""


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
