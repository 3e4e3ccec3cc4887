"""Dotted paths into a value: what ``input_path`` takes out and ``result_path`` puts in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from funcs.errors import RequestError
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def getter(path: str) -> Callable[[Any], Any]:
    """What takes the part at ``path`` out of a value; a missing key is a RequestError.

    >>> getter("a.b")({"a": {"b": 1}})
    1
    """
    return partial(_taken, path, path.split("."))


def putter(path: str) -> Callable[[Any, Any], Any]:
    """What answers a value with a result put in at ``path``; the value itself stays as it is.

    >>> putter("y.z")({"x": 5}, 10)
    {'x': 5, 'y': {'z': 10}}
    """
    return partial(_with, path, path.split("."))


def _taken(path: str, keys: list[str], value: Any) -> Any:
    for index, key in enumerate(keys):
        if not isinstance(value, Mapping):
            raise _no_object(path, keys[:index], value, "input_path")
        if key not in value:
            known = [str(name)[:100] for name in list(value)[:20]]
            what = f"the input has no {'.'.join(keys[: index + 1])!r}"
            fix = did_you_mean(key, known, noun="keys")
            raise RequestError(what, where=f"input_path {path!r}", fix=fix)
        value = value[key]
    return value


def _with(path: str, keys: list[str], value: Any, result: Any) -> Any:
    if not isinstance(value, Mapping):
        raise _no_object(path, path.split(".")[: -len(keys)], value, "result_path")
    key, *rest = keys
    # Copied along the path alone, so that branches which share the body do not see it change.
    return {**value, key: _with(path, rest, value.get(key, {}), result) if rest else result}


def _no_object(path: str, keys: list[str], value: Any, noun: str) -> RequestError:
    place = repr(".".join(keys)) if keys else "the input"
    what = f"{place} is no object ({type(value).__name__})"
    return RequestError(what, where=f"{noun} {path!r}", fix="send an object there")
