"""From what an author said to a Plan, or to everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from funcs.graph.draft import Draft, Step
from funcs.graph.ends import check_ends, responder_of
from funcs.graph.errors import PlanError, Problem
from funcs.graph.plan import Plan, PlannedHandler, PlannedRoute, PlannedStep
from funcs.graph.routers import Router
from funcs.graph.routes import check_model, check_routers
from funcs.graph.shape import Shape
from funcs.graph.targets import check_target, kind_of, method_of
from funcs.suggest import did_you_mean

_NAME = re.compile(r"\w[\w.\-]*")
_NAME_FIX = "letters, digits, '_', '-' and '.'"


def planned(graph: Draft) -> Plan:
    """The Plan of ``graph``.

    Raises:
        PlanError: with every problem found.
    """
    problems = list(_check_steps(graph))
    if not problems:
        shape = Shape(_edges(graph))
        problems = list(_check_shape(graph, shape))
        if not problems:
            return _plan(graph, shape)
    raise PlanError(problems)


def _plan(graph: Draft, shape: Shape) -> Plan:
    steps = {step.name: step for step in graph.steps}
    order = tuple(_step(steps[name], shape.after[name]) for name in shape.order())
    return Plan(graph.name, order, responder_of(graph, shape), graph.on_error)


def _step(step: Step, after: tuple[str, ...]) -> PlannedStep:
    kind = kind_of(step.target)
    options = step.options
    routes: tuple[PlannedRoute, ...] = ()
    default = ""
    if isinstance(step.target, Router):
        routes, default = tuple(step.target.routes), step.target.default
    elif kind == "model":
        routes = (_only_route(step),)
    return PlannedStep(
        name=step.name,
        kind=kind,
        target=step.target,
        after=after,
        args=tuple(step.args.items()),
        method=options.method,
        input_path=options.input_path,
        result_path=options.result_path,
        full_event=options.full_event,
        copy=options.copy,
        sink=step.is_sink,
        routes=routes,
        default=default,
        on_error=step.on_error,
        where=step.where,
    )


def _only_route(step: Step) -> PlannedRoute:
    params = dict(step.args)
    path = str(params.pop("path", ""))
    return PlannedRoute(step.name, step.target, path, tuple(params.items()))


def _edges(graph: Draft) -> dict[str, list[str]]:
    """For each step the names of those it runs after, ``before`` carried out."""
    after = {step.name: [_name(other) for other in step.predecessors] for step in graph.steps}
    for step in graph.steps:
        for follower in map(_name, step.followers):
            after[follower] = _inserted(step.name, after[step.name], after[follower])
    return {name: list(dict.fromkeys(names)) for name, names in after.items()}


def _inserted(name: str, above: list[str], names: list[str]) -> list[str]:
    """``names`` with ``name`` among them, in the place of what it has come in between."""
    places = [index for index, other in enumerate(names) if other in above]
    rest = [other for other in names if other not in above]
    rest.insert(places[0] if places else len(rest), name)
    return rest


def _name(step: str | Step) -> str:
    return step if isinstance(step, str) else step.name


def _check_steps(graph: Draft) -> Iterator[Problem]:
    """What is wrong with each step by itself, and with the names they call each other by."""
    if not _NAME.fullmatch(graph.name):
        yield Problem(f"{graph.name!r} is no name for a graph", _NAME_FIX)
    if not graph.steps:
        yield Problem(f"graph {graph.name!r} has no steps", "begin with graph.to(…)")
    for rule in (_check_names, _check_references, check_routers, _check_targets, _check_options):
        yield from rule(graph)
    if graph.on_error is not None:
        yield from _check_handler(graph.on_error, "the graph", graph.on_error_where)


def _check_names(graph: Draft) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for step in graph.steps:
        if not _NAME.fullmatch(step.name):
            what = f"{step.name!r} is no name for a step"
            yield Problem(what, f"give name=: {_NAME_FIX}", step.where)
        elif step.name in seen:
            what = f"two steps are called {step.name!r}"
            fix = f"give one another name=; the first is at {seen[step.name]}"
            yield Problem(what, fix, step.where)
        seen.setdefault(step.name, step.where)


def _check_references(graph: Draft) -> Iterator[Problem]:
    known = [step.name for step in graph.steps]
    for step in graph.steps:
        words = [("after", name) for name in map(_name, step.predecessors)]
        words += [("before", name) for name in map(_name, step.followers)]
        if step.on_error is not None and step.on_error.before:
            words.append(("on error before", step.on_error.before))
        for word, name in words:
            if name not in known:
                what = f"step {step.name!r} runs {word} {name!r}, which does not exist"
                yield Problem(what, did_you_mean(str(name), known, noun="steps"), step.where)


def _check_targets(graph: Draft) -> Iterator[Problem]:
    for step in graph.steps:
        noun = f"step {step.name!r}"
        kind = kind_of(step.target)
        if kind == "model":
            args = {name: value for name, value in step.args.items() if name != "path"}
            problems = check_model(noun, step.target, args)
        elif kind == "router":
            problems = _check_router_args(noun, step)
        else:
            problems = check_target(noun, step.target, step.options.method, step.args)
        for problem in problems:
            yield Problem(problem.what, problem.fix, step.where)
        if step.on_error is not None:
            yield from _check_handler(step.on_error, noun, step.where)


def _check_router_args(noun: str, step: Step) -> Iterator[Problem]:
    if step.args:
        what = f"{noun} is a router already, the arguments {', '.join(step.args)} go nowhere"
        yield Problem(what, "give them to funcs.Router(…)")


def _check_handler(handler: PlannedHandler, owner: str, where: str) -> Iterator[Problem]:
    noun = f"the error handler {handler.name!r} of {owner}"
    if kind_of(handler.target) != "task":
        yield Problem(f"{noun} is a {kind_of(handler.target)}", "give a function or class", where)
        return
    for problem in check_target(noun, handler.target, handler.method, dict(handler.args)):
        yield Problem(problem.what, problem.fix, where)


def _check_options(graph: Draft) -> Iterator[Problem]:
    for step in graph.steps:
        options = step.options
        noun = f"step {step.name!r}"
        for name in ("input_path", "result_path"):
            path = getattr(options, name)
            if path and not all(path.split(".")):
                what = f"{noun} has the {name} {path!r}, which names an empty key"
                yield Problem(what, "e.g. 'data.rows'", step.where)
        if not _takes_event(step):
            continue
        if options.input_path or options.result_path:
            what = f"{noun} takes the whole Request, input_path and result_path are never used"
            yield Problem(what, "read and set request.inputs in the step", step.where)
        if kind_of(step.target) != "task":
            what = f"{noun} is a {kind_of(step.target)}, it is always given the Request"
            yield Problem(what, "leave out full_event", step.where)


def _takes_event(step: Step) -> bool:
    by_method = not isinstance(step.target, str) and method_of(step.target, step.options.method)[1]
    return step.options.full_event or by_method


def _check_shape(graph: Draft, shape: Shape) -> Iterator[Problem]:
    circle = shape.circle()
    if circle:
        where = graph[circle[0]].where
        fix = f"let {circle[0]!r} not run after {circle[-2]!r}"
        yield Problem(f"the steps run in a circle: {' → '.join(circle)}", fix, where)
    for name in shape.held_up():
        what = f"step {name!r} is never reached: it runs after a circle"
        yield Problem(what, "", graph[name].where)
    if not circle:
        yield from check_ends(graph, shape)
        yield from _check_ways_on(graph, shape)


def _check_ways_on(graph: Draft, shape: Shape) -> Iterator[Problem]:
    """Whether each error handler's result can go on where its author says."""
    for step in graph.steps:
        before = step.on_error.before if step.on_error is not None else ""
        if not before:
            continue
        noun = f"the error handler of step {step.name!r} goes on before {before!r}"
        if before not in shape.below(step.name):
            below = sorted(shape.below(step.name))
            fix = f"choose among {', '.join(below)}" if below else "leave out before="
            yield Problem(f"{noun}, which does not run after it", fix, step.where)
            continue
        out, gate = shape.skipped(step.name, before)
        if not gate:
            names = ", ".join(sorted(out - {step.name})) or step.name
            what = f"{noun}, which leaves others without the results of {names}"
            yield Problem(what, "go on at a step that all of them come to", step.where)
