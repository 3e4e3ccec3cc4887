"""What a callable takes, and whether it gives something to await.

Of plain functions, methods and classes their code says so; whoever else is asked needs inspect,
which would be a tenth of a worker's start.
"""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Set
    from typing import Any

# inspect.CO_*
_VARARGS, _VARKEYWORDS, _COROUTINE = 4, 8, 128


def parameters_of(call: Callable[..., Any]) -> set[str]:
    """The names that ``call`` takes; of ``**kwargs`` nothing is concluded."""
    if type(call) is partial and not call.args:
        call = call.func  # what is given by keyword may be given anew
    plain = _plain(call)
    if plain is None:
        return _inspected(call)
    function, bound = plain
    code = function.__code__
    starred = bool(code.co_flags & _VARARGS) + bool(code.co_flags & _VARKEYWORDS)
    last = code.co_argcount + code.co_kwonlyargcount + starred
    return set(code.co_varnames[bound:last])


def unbound(call: Callable[..., Any], values: tuple[Any, ...], args: Mapping[str, Any]) -> str:
    """Why ``call`` cannot be called with these, "" if it can or nobody knows (builtins)."""
    plain = _plain(call)
    if plain is not None and _takes(*plain, len(values), args.keys()):
        return ""
    from inspect import signature

    try:
        described = signature(call)
    except (ValueError, TypeError):
        return ""
    try:
        described.bind(*values, **args)
    except TypeError as error:
        return str(error)
    return ""


def is_async(call: Any) -> bool:
    """Whether calling it gives something to await."""
    call = _unwrapped(call)
    return is_coroutine_function(call) or is_coroutine_function(
        getattr(type(call), "__call__", None)  # noqa: B004 (its own, not an instance's)
    )


def is_coroutine_function(call: Any) -> bool:
    """Whether it is ``async def``, or marked as if it were (inspect.markcoroutinefunction)."""
    call = _unwrapped(call)
    if type(call) is FunctionType and not vars(call):
        return bool(call.__code__.co_flags & _COROUTINE)
    if not hasattr(call, "__code__") and not hasattr(call, "_is_coroutine_marker"):
        return False
    from inspect import iscoroutinefunction

    return iscoroutinefunction(call)


def is_routine(target: Any) -> bool:
    """Whether it is a function of any kind: Python's, a method, C's."""
    if isinstance(target, (FunctionType, MethodType, BuiltinFunctionType)):
        return True
    if not hasattr(type(target), "__get__"):
        return False
    from inspect import isroutine  # a descriptor: C's methods, or another

    return isroutine(target)


def _unwrapped(call: Any) -> Any:
    """The callable inside of partials and bound methods."""
    while isinstance(call, (partial, MethodType)):
        call = call.func if isinstance(call, partial) else call.__func__
    return call


def _plain(call: Any) -> tuple[FunctionType, int] | None:
    """The function whose code is carried out, and how many of its parameters are given already.

    None where something else may say what is taken: a decorator, a metaclass, C.
    """
    function, bound = call, 0
    if isinstance(call, type):
        function, bound = _constructor(call), 1
    elif type(call) is MethodType:
        function, bound = call.__func__, 1
    if type(function) is not FunctionType or vars(function):
        return None
    return (function, bound) if bound <= function.__code__.co_argcount else None


def _constructor(cls: Any) -> Any:
    """The ``__init__`` that alone says how a class is called, else None."""
    if type(cls).__call__ is not type.__call__ or cls.__new__ is not object.__new__:
        return None
    if hasattr(cls, "__signature__"):
        return None
    return _nothing if cls.__init__ is object.__init__ else cls.__init__


def _nothing(_self: object) -> None:
    """What object's own ``__init__`` takes."""


def _takes(function: FunctionType, bound: int, count: int, keywords: Set[str]) -> bool:
    """Whether it surely can be called with ``count`` values and these keywords."""
    code = function.__code__
    names, last = code.co_varnames, code.co_argcount
    positional = names[bound:last]
    if code.co_posonlyargcount or count > len(positional):
        return False
    open_ones = {*positional[count:], *names[last : last + code.co_kwonlyargcount]}
    defaults = len(function.__defaults__ or ())
    optional = {*positional[max(0, len(positional) - defaults) :], *(function.__kwdefaults__ or ())}
    further = keywords - open_ones
    refused = further & {*positional[:count]} if code.co_flags & _VARKEYWORDS else further
    return not refused and open_ones - optional <= keywords


def _inspected(call: Callable[..., Any]) -> set[str]:
    from inspect import signature

    try:
        return set(signature(call).parameters)
    except (ValueError, TypeError):  # builtins may have none
        return set()
