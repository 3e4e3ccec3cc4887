"""What is read off a callable's code is what inspect says of it."""

from __future__ import annotations

import abc
import functools
import inspect
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest

from funcs.graph.parameters import (
    is_async,
    is_coroutine_function,
    is_routine,
    parameters_of,
    unbound,
)

T = TypeVar("T")


def plain(a: Any, b: Any = 1, *, c: Any, d: Any = 2) -> None: ...
def starred(a: Any, *rest: Any, **named: Any) -> None: ...
def positional(a: Any, /, b: Any = 1) -> None: ...
def open_to_all(**named: Any) -> None: ...
def nothing() -> None: ...
async def later(a: Any) -> None: ...


@functools.wraps(plain)
def decorated(*args: Any, **named: Any) -> None: ...


class Bare:
    def do(self, value: Any, context: Any = None) -> None: ...

    async def later(self, value: Any) -> None: ...

    @staticmethod
    def still(value: Any) -> None: ...

    @classmethod
    def of(cls, value: Any) -> None: ...


class Made:
    def __init__(self, a: Any, *, name: str = "", **params: Any) -> None: ...


class Heir(Made, abc.ABC):
    def __call__(self, value: Any) -> None: ...


class New:
    def __new__(cls, b: Any = 1) -> New:
        return super().__new__(cls)


class Meta(type):
    def __call__(cls, z: Any = 1) -> Any:
        return super().__call__()


class Odd(metaclass=Meta): ...


class Kind(Generic[T]):
    def __init__(self, value: T, count: int = 1) -> None: ...


class Selfless:
    def __init__(*args: Any) -> None: ...


class Awaited:
    async def __call__(self, value: Any) -> None: ...


class Failing(ValueError): ...


CALLS: list[Any] = [
    *(plain, starred, positional, open_to_all, nothing, later, decorated, lambda x, y=1: x),
    *(Bare().do, Bare().later, Bare.still, Bare.of, Bare().of, Bare.do, Heir(1), Awaited()),
    *(Bare, Made, Heir, New, Odd, Kind, Selfless, Failing, dict, int, str),
    *(len, abs, print, str.upper, "x".upper, max, object(), None),
    *(functools.partial(plain, c=1), functools.partial(plain, 1), functools.partial(Bare().do)),
    functools.lru_cache(plain),
]


def described(call: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(call)
    except (ValueError, TypeError):
        return None


def named(call: Any) -> str:
    return getattr(call, "__qualname__", type(call).__name__)


@pytest.mark.parametrize("call", CALLS, ids=named)
def test_the_names_are_those_of_the_signature(call: Any) -> None:
    signature = described(call)

    assert set(signature.parameters if signature else ()) == parameters_of(call)


@pytest.mark.parametrize("call", CALLS, ids=named)
@pytest.mark.parametrize("values", [(), (None,)], ids=["none", "one"])
@pytest.mark.parametrize(
    "names", ["", "a", "b", "c", "c d", "a c", "b c", "value", "name", "context", "a name other"]
)
def test_what_cannot_be_called_is_refused_in_the_words_of_the_signature(
    call: Any, values: tuple[Any, ...], names: str
) -> None:
    args = dict.fromkeys(names.split())
    signature = described(call)
    reason = ""
    if signature is not None:
        try:
            signature.bind(*values, **args)
        except TypeError as error:
            reason = str(error)

    assert reason == unbound(call, values, args)


@pytest.mark.parametrize("call", [call for call in CALLS if call is not None], ids=named)
def test_kinds_of_callables_are_those_of_inspect(call: Any) -> None:
    assert inspect.isroutine(call) == is_routine(call)
    assert inspect.iscoroutinefunction(call) == is_coroutine_function(call)


def test_an_object_is_awaited_where_its_call_is() -> None:
    assert is_async(Awaited())
    assert is_async(functools.partial(later, 1))
    assert is_async(functools.partial(Bare().later))
    assert not is_async(Heir(1))


@pytest.mark.skipif(not hasattr(inspect, "markcoroutinefunction"), reason="Python 3.12's")
def test_what_is_marked_is_awaited() -> None:
    def marked(value: Any) -> None: ...

    mark: Callable[..., Any] = getattr(inspect, "markcoroutinefunction", id)
    mark(marked)

    assert is_async(marked)
