"""A graph in a notebook, whose cells are run again: it follows the names of what it serves."""

from __future__ import annotations

import sys

from funcs.graph.draft import Draft
from funcs.graph.plan import PlannedHandler, PlannedRoute
from funcs.graph.routers import Router

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NOTEBOOK = "__main__"


def renew(graph: Draft) -> None:
    """Put what ``__main__`` defines now in the place of what it defined before by the same name.

    Classes and functions of a cell are meant; objects, lambdas and locals stay what they are.
    """
    for step in graph.steps:
        if isinstance(step.target, Router):
            step.target.routes[:] = map(_renewed_route, step.target.routes)
        else:
            step.target = renewed(step.target)
        step.on_error = _renewed_handler(step.on_error)
    graph.on_error = _renewed_handler(graph.on_error)


def renewed(target: Any) -> Any:
    """What ``__main__`` defines now by the name of ``target``, else ``target`` itself."""
    name = getattr(target, "__qualname__", "")
    if getattr(target, "__module__", "") != _NOTEBOOK or not name.isidentifier():
        return target
    found = getattr(sys.modules[_NOTEBOOK], name, None)
    is_its_own = getattr(found, "__qualname__", "") == name
    return found if is_its_own and isinstance(found, type(target)) else target


def _renewed_route(route: PlannedRoute) -> PlannedRoute:
    return PlannedRoute(route.key, renewed(route.target), route.path, route.params)


def _renewed_handler(handler: PlannedHandler | None) -> PlannedHandler | None:
    if handler is None:
        return None
    target = renewed(handler.target)
    return PlannedHandler(handler.name, target, handler.args, handler.method, handler.before)
