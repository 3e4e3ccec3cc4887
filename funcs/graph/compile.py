"""A Plan made ready to run: steps constructed, models loaded, one function written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from funcs.errors import LoadError
from funcs.graph.catalog import Catalog, ModelEntry
from funcs.graph.flow import Flow
from funcs.graph.models import load_later, load_now, model_entry, uses_await
from funcs.graph.plan import Plan, PlannedRoute, PlannedStep
from funcs.graph.routers import Router
from funcs.graph.routing import Routing
from funcs.graph.steps import Call, Given, handler_call, loaded, step_call
from funcs.graph.targets import is_model
from funcs.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal


class Compiled:
    """A graph that runs.

    Call it with a Request: it answers the result, or an awaitable of it where ``is_async``.
    Whatever goes wrong is raised as an EventError. ``run`` is the same without the step over
    ``__call__``; ``source`` is its text, for those who want to see what is carried out.
    """

    __slots__ = ("is_async", "models", "name", "router_name", "run", "source")

    def __init__(
        self,
        name: str,
        run: Callable[[Request], Any],
        *,
        is_async: bool,
        models: Catalog,
        router_name: str,
        source: str,
    ) -> None:
        self.name = name
        self.run = run
        self.is_async = is_async
        self.models = models
        #: The class of its first router, which MLRun's list and health answers name.
        self.router_name = router_name
        self.source = source

    def __call__(self, request: Request) -> Any:
        """The graph's result for ``request``, or an awaitable of it where ``is_async``."""
        return self.run(request)


def compile_plan(
    plan: Plan,
    *,
    context: Any = None,
    folder: Path,
    files_folder: Path | None = None,
    load: Literal["sync", "async"] = "sync",
) -> Compiled:
    """The plan as one callable, its steps constructed and its models loaded.

    ``folder`` is the function's own, where strings and artifacts are looked up; models look for
    their files in ``files_folder`` first. With ``load``
    "async" models load in threads of their own, and refuse requests (NOT_READY) until they have;
    ``models.wait`` waits for that.

    Raises:
        LoadError: a step, an error handler or, with "sync", a model could not be made ready.
    """
    given = Given(context, folder, files_folder)
    targets = {step.name: loaded(step.target, f"step {step.name!r}", given) for step in plan.steps}
    routings = _routings(plan, targets, given)
    calls = {
        step.name: _routed(routings[step.name])
        if step.name in routings
        else _task(step, targets[step.name], given)
        for step in plan.steps
    }
    flow = Flow(plan, calls, _handlers(plan, given))
    source = flow.write()
    for routing in routings.values():
        for entry in routing.catalog:
            (load_now if load == "sync" else load_later)(entry, given, routing.open)
    return Compiled(
        plan.name,
        source.function("run", f"<graph {plan.name}>"),
        is_async=flow.is_async,
        models=Catalog(entry for routing in routings.values() for entry in routing.catalog),
        router_name=_router_name(routings),
        source=source.text,
    )


def _task(step: PlannedStep, target: Any, given: Given) -> Call:
    noun = f"step {step.name!r}"
    call = step_call(noun, step.name, target, step.args, step.method, given)
    full_event = step.full_event or call.full_event
    return Call(call.call, call.is_async, full_event)


def _routed(routing: Routing) -> Call:
    return Call(routing.call(), routing.awaited, takes_request=True)


def _handlers(plan: Plan, given: Given) -> dict[str, Call]:
    handlers = {
        step.name: handler_call(step.on_error, f"step {step.name!r}", given)
        for step in plan.steps
        if step.on_error is not None
    }
    if plan.on_error is not None:
        handlers[""] = handler_call(plan.on_error, "the graph", given)
    return handlers


def _routings(plan: Plan, targets: dict[str, Any], given: Given) -> dict[str, Routing]:
    """The routers and model steps, in running order."""
    entries = {
        step.name: [model_entry(route, step.name, given) for route in _routes(step)]
        for step in plan.steps
        if isinstance(targets[step.name], Router) or is_model(targets[step.name])
    }
    _check_keys(entries)
    last = next(reversed(entries), "")
    return {
        name: Routing(
            name,
            own,
            targets[name] if isinstance(targets[name], Router) else None,
            awaited=any(uses_await(entry.model) for entry in own),
            others=_names(entry for other in entries if other != name for entry in entries[other]),
            is_last=name == last,
        )
        for name, own in entries.items()
    }


def _routes(step: PlannedStep) -> tuple[PlannedRoute, ...]:
    """The routes of a router, or the only one of a model step (a string may be one, too)."""
    if step.routes:
        return step.routes
    params = dict(step.args)
    path = str(params.pop("path", ""))
    return (PlannedRoute(step.name, step.target, path, tuple(params.items())),)


def _check_keys(entries: dict[str, list[ModelEntry]]) -> None:
    """Of models that are named by strings the plan could not know that there are two of a key."""
    owners: dict[str, str] = {}
    for step, own in entries.items():
        for entry in own:
            if entry.key in owners:
                what = f"model {entry.key!r} is behind both {owners[entry.key]!r} and {step!r}"
                raise LoadError(what, fix="give one of them another name")
            owners[entry.key] = step


def _names(entries: Iterable[ModelEntry]) -> frozenset[str]:
    return frozenset(name for entry in entries for name in (entry.key, entry.name))


def _router_name(routings: dict[str, Routing]) -> str:
    first = next(iter(routings.values()), None)
    if first is None:
        return ""
    return type(first.router).__name__ if first.router is not None else Router.__name__
