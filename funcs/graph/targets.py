"""What a step's target is, as far as can be said without running it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from funcs.graph.errors import Problem
from funcs.graph.parameters import is_routine, parameters_of, unbound
from funcs.graph.plan import StepKind
from funcs.graph.routers import Router
from funcs.model import Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REFERENCE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*[:.][^\W\d]\w*(\.[^\W\d]\w*)*")
#: What an object is called by, in this order, and whether it is then given the whole Request.
METHODS = (("do_event", True), ("do", False), ("__call__", False))
#: What a constructor is given if it has a parameter of that name.
INJECTED = ("name", "context", "folder")


def kind_of(target: Any) -> StepKind:
    """Whether it is a router, a model, or else a task; of ``"module:name"`` nothing is known."""
    if isinstance(target, Router):
        return "router"
    return "model" if is_model(target) else "task"


def is_model(target: Any) -> bool:
    """Whether it is a Model or a class of them."""
    return isinstance(target, Model) or (isinstance(target, type) and issubclass(target, Model))


def is_class(target: Any) -> bool:
    """Whether it is constructed first; ``str`` and its like are called, as functions are."""
    return isinstance(target, type) and target.__module__ != "builtins"


def method_of(target: Any, method: str) -> tuple[str, bool]:
    """The name of the method to call, and whether it takes the whole Request; "" for none."""
    if method:
        return (method if callable(getattr(target, method, None)) else ""), False
    for name, full_event in METHODS:
        # Every class has __call__: its metaclass's, which constructs.
        owner = target if is_class(target) else type(target)
        if callable(getattr(owner, name, None)) and name in _names(owner):
            return name, full_event
    return "", False


def _names(owner: type) -> set[str]:
    return {name for base in owner.__mro__ for name in vars(base)}


def check_target(noun: str, target: Any, method: str, args: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with a step's or handler's target; ``noun`` is ``"step 'scale'"``."""
    if isinstance(target, str):
        yield from check_reference(noun, target)
    elif is_class(target):
        yield from _check_class(noun, target, method, args)
    elif is_routine(target) or isinstance(target, type):
        yield from _check_call(noun, target, args)
        if method:
            fix = "name a method of an object or a class by handler="
            yield Problem(f"{noun} is a function, it has no method {method!r}", fix)
    else:
        yield from _check_object(noun, target, method, args)


def check_reference(noun: str, target: str) -> Iterator[Problem]:
    """Whether the string can name an object in a module."""
    if not _REFERENCE.fullmatch(target):
        yield Problem(f"{noun} is {target!r}, not of the form 'module:name'", "e.g. 'main:scale'")


def check_arguments(noun: str, cls: type, args: dict[str, Any]) -> Iterator[Problem]:
    """Whether ``cls`` can be constructed with ``args`` and what it asks to be given."""
    given = dict.fromkeys(parameters_of(cls) & set(INJECTED))
    yield from _unbindable(noun, cls, (), given | args)


def _check_class(noun: str, cls: type, method: str, args: dict[str, Any]) -> Iterator[Problem]:
    if not method_of(cls, method)[0]:
        yield _not_callable(noun, cls, f"the class {cls.__name__}", method)
    yield from check_arguments(noun, cls, args)


def _check_object(noun: str, target: Any, method: str, args: dict[str, Any]) -> Iterator[Problem]:
    if not method_of(target, method)[0]:
        yield _not_callable(noun, target, f"an object of type {type(target).__name__}", method)
    if args:
        names = ", ".join(args)
        fix = "give the class instead of the object, or set them on the object"
        yield Problem(f"{noun} is an object already, the arguments {names} go nowhere", fix)


def _not_callable(noun: str, target: Any, what: str, method: str) -> Problem:
    if method:
        return Problem(f"{noun} is {what}, which has no method {method!r}", "correct handler=")
    if hasattr(target, "predict"):
        fix = "call predict in a funcs.Model, or save it and serve it by funcs.SklearnModel"
        return Problem(f"{noun} is {what}, which is no funcs.Model", fix)
    return Problem(
        f"{noun} is {what}, which cannot be called",
        "give a function, or a class with do(value), do_event(request) or __call__(value)",
    )


def _check_call(noun: str, target: Callable[..., Any], args: dict[str, Any]) -> Iterator[Problem]:
    given = dict.fromkeys(parameters_of(target) & {"context"})
    yield from _unbindable(noun, target, (None,), given | args)


def _unbindable(
    noun: str, call: Callable[..., Any], values: tuple[Any, ...], args: dict[str, Any]
) -> Iterator[Problem]:
    reason = unbound(call, values, args)
    if reason:
        want = "one value and the arguments given" if values else "the arguments given"
        what = f"{noun}: {call.__name__}() cannot be called: {reason}"
        yield Problem(what, f"let it take {want}")
