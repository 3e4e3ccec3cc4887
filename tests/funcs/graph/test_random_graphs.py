"""Any graph that can be planned answers what its steps, called one by one, would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from funcs.errors import StepError
from funcs.graph import Compiled, Graph, PlanError, compile_plan
from funcs.graph.errors import Problem
from funcs.request import Request

HANDLED = "handled"


@dataclass(frozen=True)
class Drawn:
    """A graph without circles: for each step those it runs after, and how it behaves.

    The last step runs after all that would otherwise end. ``turns`` is how often a step lets
    others run before it ends: -1 for a plain function. ``order`` is that of declaration.
    """

    after: tuple[tuple[int, ...], ...]
    turns: tuple[int, ...]
    order: tuple[int, ...]

    @property
    def last(self) -> int:
        return len(self.after) - 1


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    count = draw(st.integers(1, 7))
    after = [
        tuple(draw(st.lists(st.integers(0, step - 1), unique=True, max_size=3))) if step else ()
        for step in range(count)
    ]
    ends = [step for step in range(count) if not any(step in before for before in after)]
    if len(ends) > 1:
        after.append(tuple(ends))
    turns = draw(st.lists(st.integers(-1, 3), min_size=len(after), max_size=len(after)))
    return Drawn(tuple(after), tuple(turns), tuple(draw(st.permutations(list(range(len(after)))))))


def result_of(step: int, value: Any) -> Any:
    return (step, tuple(value.items()) if isinstance(value, dict) else value)


def function_of(step: int, turns: int, fails: bool = False) -> Callable[[Any], Any]:
    async def later(value: Any) -> Any:
        for _ in range(turns):
            await asyncio.sleep(0)
        return now(value)

    def now(value: Any) -> Any:
        if fails:
            raise ValueError(step)
        return result_of(step, value)

    return now if turns < 0 else later


def graph_of(shape: Drawn, *, plain: bool, failing: int = -1, before: int = -1) -> Graph:
    graph = Graph("drawn")
    for step in shape.order:
        turns = -1 if plain else shape.turns[step]
        added = graph.add_step(
            function_of(step, turns, step == failing),
            f"s{step}",
            after=[f"s{other}" for other in shape.after[step]],
        )
        if step == failing and before >= 0:
            added.error_handler(lambda error: HANDLED, "handler", before=f"s{before}")
    return graph


def problems_of(graph: Graph) -> tuple[Problem, ...]:
    try:
        graph.plan()
    except PlanError as error:
        return error.problems
    return ()


def run(compiled: Compiled) -> Any:
    result = compiled(Request("inputs"))
    return asyncio.run(result) if compiled.is_async else result


def naive(shape: Drawn, step: int, given: dict[int, Any]) -> Any:
    """The result of ``step`` by calling everything above it; ``given`` are results known."""
    if step in given:
        return given[step]
    above = shape.after[step]
    if len(above) > 1:
        value: Any = {f"s{other}": naive(shape, other, given) for other in above}
    else:
        value = naive(shape, above[0], given) if above else "inputs"
    return result_of(step, value)


def compiled_of(graph: Graph) -> Compiled:
    return compile_plan(graph.plan(), folder=Path())


@given(drawn())
def test_a_graph_answers_as_its_steps_one_by_one_would(shape: Drawn) -> None:
    expected = naive(shape, shape.last, {})

    assert expected == run(compiled_of(graph_of(shape, plain=True)))
    assert expected == run(compiled_of(graph_of(shape, plain=False)))


@given(drawn())
def test_the_order_of_declaration_changes_no_answer(shape: Drawn) -> None:
    straight = Drawn(shape.after, shape.turns, tuple(range(len(shape.after))))

    assert run(compiled_of(graph_of(straight, plain=True))) == run(
        compiled_of(graph_of(shape, plain=False))
    )


@given(drawn())
def test_each_step_runs_after_those_it_waits_for(shape: Drawn) -> None:
    plan = graph_of(shape, plain=True).plan()
    places = {step.name: index for index, step in enumerate(plan.steps)}

    assert len(shape.after) == len(places)
    assert f"s{shape.last}" == plan.responder
    for step in plan.steps:
        assert all(places[other] < places[step.name] for other in step.after)


@given(drawn(), st.data())
def test_a_failing_step_is_named_whatever_runs_beside_it(shape: Drawn, data: st.DataObject) -> None:
    failing = data.draw(st.integers(0, shape.last))
    for plain in (True, False):
        compiled = compiled_of(graph_of(shape, plain=plain, failing=failing))
        try:
            run(compiled)
        except StepError as error:
            found = error.step
        else:
            found = "nothing"
        assert f"s{failing}" == found


@given(drawn(), st.data())
def test_a_handlers_result_stands_in_for_what_it_goes_around(
    shape: Drawn, data: st.DataObject
) -> None:
    failing, before = (data.draw(st.integers(0, shape.last)) for _ in range(2))
    graphs = [
        graph_of(shape, plain=plain, failing=failing, before=before) for plain in (True, False)
    ]
    gates = gates_of(shape, failing, before)
    if len(gates) != 1:
        assert [1, 1] == [len(problems_of(graph)) for graph in graphs]
        return
    expected = naive(shape, shape.last, {gates.pop(): HANDLED})
    for graph in graphs:
        assert expected == run(compiled_of(graph))


def gates_of(shape: Drawn, failing: int, before: int) -> set[int]:
    """The step whose result a handler's stands for; none or several where it cannot go on."""
    below = reach(shape, failing)
    if before not in below:
        return set()
    out = (below | {failing}) - reach(shape, before) - {before}
    leaving = {
        (step, other)
        for step in out
        for other in range(len(shape.after))
        if step in shape.after[other] and other not in out
    }
    if any(other != before for _, other in leaving):
        return set()
    return {step for step, _ in leaving}


def reach(shape: Drawn, step: int) -> set[int]:
    direct = {other for other, above in enumerate(shape.after) if step in above}
    return direct.union(*(reach(shape, other) for other in direct))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12), st.randoms())
def test_any_edges_give_a_plan_or_problems(edges: list[tuple[int, int]], random: Any) -> None:
    graph = Graph("any")
    for step in range(6):
        graph.to(function_of(step, -1), f"s{step}")
    for above, below in edges:
        graph[f"s{below}"].after(f"s{above}")
    graph[f"s{random.randrange(6)}"].respond()
    problems = problems_of(graph)
    if problems:
        assert all(problem.what and problem.where for problem in problems)
    else:
        run(compiled_of(graph))


@given(drawn())
def test_a_graph_with_an_edge_back_is_refused_by_its_circle(shape: Drawn) -> None:
    first = 0
    assume(shape.last in reach(shape, first) or shape.last == first)
    graph = graph_of(shape, plain=True)
    graph[f"s{first}"].after(f"s{shape.last}")
    words = problems_of(graph)[0].what

    assert words.startswith("the steps run in a circle: ")
    circle = words.partition(": ")[2].split(" → ")
    assert circle[0] == circle[-1]
    for above, below in pairwise(circle):
        assert above in [getattr(step, "name", step) for step in graph[below].predecessors]
