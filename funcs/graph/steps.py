"""From a step's planned target to what is called for each event."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from funcs.errors import LoadError
from funcs.graph.errors import failed, not_loaded
from funcs.graph.parameters import is_async, parameters_of
from funcs.graph.plan import Args, PlannedHandler
from funcs.graph.targets import INJECTED, is_class, method_of
from funcs.loader import load_object
from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Given(Record):
    """What the function gives to those of its parts that ask for it by name."""

    context: Any
    folder: Path
    #: Where models' files lie, if not in the folder.
    files_folder: Path | None = None


class Call(Record):
    """What is called with a step's value, and how."""

    call: Callable[..., Any]
    is_async: bool
    full_event: bool = False
    #: Whether it is called with the Request and the value, as models are.
    takes_request: bool = False


def loaded(target: Any, noun: str, given: Given) -> Any:
    """The object itself, ``"module:name"`` looked up in the function's folder."""
    if not isinstance(target, str):
        return target
    try:
        return load_object(target, folder=given.folder)
    except LoadError as error:
        raise not_loaded(noun, error, given.folder) from error


def step_call(noun: str, name: str, target: Any, args: Args, method: str, given: Given) -> Call:
    """What is called for the step ``name``; a class is constructed here, once.

    Raises:
        LoadError: a class could not be constructed, or what a string names cannot be called.
    """
    arguments = dict(args)
    if is_class(target):
        target = constructed(noun, target, arguments, name, given)
    elif arguments:
        target = partial(target, **arguments)
    attribute, full_event = method_of(target, method)
    if not attribute:
        what = f"{noun} is an object of type {type(target).__name__}, which cannot be called"
        raise LoadError(what, fix="name a function or a class with do(value)")
    call = target if attribute == "__call__" else getattr(target, attribute)
    return Call(_with_context(call, given), is_async(call), full_event)


def constructed(noun: str, cls: type, args: dict[str, Any], name: str, given: Given) -> Any:
    """An instance of ``cls``, given its ``args`` and what it asks for by name."""
    offered = {"name": name, "context": given.context, "folder": given.folder}
    asked = parameters_of(cls) & set(INJECTED)
    try:
        return cls(**{key: offered[key] for key in sorted(asked)} | args)
    except (Exception, SystemExit) as error:
        raise not_loaded(f"{noun}: {cls.__name__}() failed", error, given.folder) from error


def handler_call(handler: PlannedHandler, owner: str, given: Given) -> Call:
    """What is called with the StepError; its own failure names the handler as the step."""
    noun = f"the error handler {handler.name!r} of {owner}"
    target = loaded(handler.target, noun, given)
    call = step_call(noun, handler.name, target, handler.args, handler.method, given)
    wrap = _answering_async if call.is_async else _answering
    return Call(wrap(call.call, handler.name), call.is_async, call.full_event)


def _answering(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    def answer(error: Exception) -> Any:
        try:
            return call(error)
        except (Exception, SystemExit) as again:
            failure = failed(again, name, error)
            raise failure from failure.__cause__

    return answer


def _answering_async(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    async def answer(error: Exception) -> Any:
        try:
            return await call(error)
        except (Exception, SystemExit) as again:
            failure = failed(again, name, error)
            raise failure from failure.__cause__

    return answer


def _with_context(call: Callable[..., Any], given: Given) -> Callable[..., Any]:
    if "context" in parameters_of(call):
        return partial(call, context=given.context)
    return call
