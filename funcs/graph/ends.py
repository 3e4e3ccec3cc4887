"""Which step answers, and what of those that do not."""

from __future__ import annotations

from collections.abc import Iterator

from funcs.graph.draft import Draft
from funcs.graph.errors import Problem
from funcs.graph.shape import Shape


def responder_of(graph: Draft, shape: Shape) -> str:
    """The step that responds, or the only end, of a graph that passed ``check_ends``."""
    said = [step.name for step in graph.steps if step.responds]
    return said[0] if said else _open_ends(graph, shape)[0]


def _open_ends(graph: Draft, shape: Shape) -> list[str]:
    return [name for name in shape.ends() if not graph[name].is_sink]


def check_ends(graph: Draft, shape: Shape) -> Iterator[Problem]:
    """Exactly one end responds, and what else ends was meant to."""
    said = [step.name for step in graph.steps if step.responds]
    if len(said) > 1:
        what = f"steps {_and(said)} respond, an event has one answer"
        yield Problem(what, "keep one respond()", graph[said[1]].where)
    for name in said:
        followers = shape.next[name]
        if followers:
            what = f"step {name!r} responds, but {_run(followers)} after it"
            yield Problem(what, "call respond() on the last step", graph[name].where)
        if graph[name].is_sink:
            fix = "leave out sink() or respond()"
            yield Problem(f"step {name!r} both responds and is a sink", fix, graph[name].where)
    yield from _check_sinks(graph, shape)
    yield from _check_open_ends(graph, shape, said)


def _check_sinks(graph: Draft, shape: Shape) -> Iterator[Problem]:
    for step in graph.steps:
        if step.is_sink and shape.next[step.name]:
            what = f"step {step.name!r} is a sink, but {_run(shape.next[step.name])} after it"
            yield Problem(what, "leave out sink()", step.where)


def _check_open_ends(graph: Draft, shape: Shape, said: list[str]) -> Iterator[Problem]:
    ends = _open_ends(graph, shape)
    if said:
        for name in ends:
            if name not in said:
                what = f"step {name!r} is a dead end: {said[0]!r} responds, its result goes nowhere"
                fix = "let a step run after it, or mark it sink()"
                yield Problem(what, fix, graph[name].where)
    elif not ends:
        yield Problem("no step answers: every end is a sink", "call respond() on one step")
    elif len(ends) > 1:
        what = f"the graph ends in {_and(ends)}, and none of them responds"
        fix = "call respond() on the one that answers and sink() on the others, or join them"
        yield Problem(what, fix, graph[ends[1]].where)


def _run(names: tuple[str, ...]) -> str:
    return f"{_and(names)} {'runs' if len(names) == 1 else 'run'}"


def _and(names: list[str] | tuple[str, ...]) -> str:
    words = [repr(name) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
