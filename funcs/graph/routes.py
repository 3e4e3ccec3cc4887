"""What is wrong with the models of a graph, as far as can be said without loading them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from funcs.graph.draft import Draft, Step
from funcs.graph.errors import Problem
from funcs.graph.parameters import is_coroutine_function
from funcs.graph.routers import Router
from funcs.graph.targets import check_arguments, check_reference, is_model
from funcs.model import Model
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEY = re.compile(r"\w[\w.\-]*(:\w[\w.\-]*)?")


def check_routers(graph: Draft) -> Iterator[Problem]:
    """Every router has routes, each key leads to one model, every default exists."""
    owners: dict[str, str] = {}
    for step in graph.steps:
        if isinstance(step.target, Router):
            yield from _check_router(step, step.target)
            keys = dict.fromkeys(route.key for route in step.target.routes)
        else:
            keys = dict.fromkeys([step.name] if is_model(step.target) else [])
        for key in keys:
            if key in owners:
                what = f"model {key!r} is behind both {owners[key]!r} and {step.name!r}"
                yield Problem(what, "give one of them another name", step.where)
            owners.setdefault(key, step.name)


def _check_router(step: Step, router: Router) -> Iterator[Problem]:
    noun = f"router {step.name!r}"
    keys = [route.key for route in router.routes]
    if not keys:
        yield Problem(f"{noun} has no models", "add one: add_model('name', Class)", step.where)
    for key in dict.fromkeys(key for key in keys if keys.count(key) > 1):
        fix = "give one another name or version"
        yield Problem(f"{noun} has two models {key!r}", fix, step.where)
    if router.default and router.default not in _names(keys):
        what = f"{noun} has the default {router.default!r}, which is none of its models"
        yield Problem(what, did_you_mean(router.default, keys, noun="models"), step.where)
    for route in router.routes:
        for problem in _check_route(route.key, route.target, dict(route.params)):
            yield Problem(problem.what, problem.fix, step.where)


def _names(keys: list[str]) -> set[str]:
    return {*keys, *(key.partition(":")[0] for key in keys)}


def _check_route(key: str, target: Any, params: dict[str, Any]) -> Iterator[Problem]:
    noun = f"model {key!r}"
    if not _KEY.fullmatch(key):
        fix = "'name' or 'name:version': letters, digits, '_', '-' and '.'"
        yield Problem(f"{key!r} is no name for a model", fix)
    if isinstance(target, str):
        yield from check_reference(noun, target)
    else:
        yield from check_model(noun, target, params)


def check_model(noun: str, target: Any, params: dict[str, Any]) -> Iterator[Problem]:
    """Whether ``target`` can serve as a model, constructed with ``params`` if it is a class."""
    if not is_model(target):
        name = getattr(target, "__name__", type(target).__name__)
        yield Problem(f"{noun} is {name}, which is no funcs.Model", "subclass funcs.Model")
        return
    cls: type[Model] = target if isinstance(target, type) else type(target)
    if cls.predict is Model.predict:
        what = f"{noun}: {cls.__name__} has no predict"
        yield Problem(what, "write predict(self, inputs) in it")
    if is_coroutine_function(cls.load):
        yield Problem(f"{noun}: load of {cls.__name__} is async def", "write it as a plain def")
    if isinstance(target, type):
        yield from check_arguments(noun, cls, params)
    elif params:
        what = f"{noun} is an object already, the arguments {', '.join(params)} go nowhere"
        yield Problem(what, "give its class, or set them on the object")
