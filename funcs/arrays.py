"""numpy arrays of a wanted dtype, from lists, numbers and arrays: checked, never guessed.

numpy's own conversion reads ``"1.5"`` as a float, ``None`` as NaN and 300 as an int8 that wrapped
around; here each of these is a Mismatch. This is the one module of the runtime that needs numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy

Array: TypeAlias = numpy.ndarray[Any, numpy.dtype[Any]]

_ELEMENTS: dict[str, type | None] = {"str": str, "bytes": bytes, "object": None}
_TAKES = {"b": "b", "i": "iu", "u": "iu", "f": "iuf"}
_WORDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "numbers"}
_SCALARS = {bool: "a boolean", int: "an integer", float: "a number", str: "text", bytes: "bytes"}


class Mismatch(ValueError):
    """The value cannot be an array as wanted: what came, and what to do about it."""

    def __init__(self, came: str, fix: str = "") -> None:
        super().__init__(came)
        self.came = came
        self.fix = fix


def maker(dtype: str, rank: int) -> Callable[[Any], Array]:
    """What makes an array of ``dtype`` and ``rank`` dimensions from a value, or raises Mismatch.

    ``dtype`` is numpy's name, or str, bytes or object, which all give arrays of objects.
    """
    if dtype in _ELEMENTS:
        return partial(objects, rank=rank, element=_ELEMENTS[dtype])
    return partial(numeric, dtype=numpy.dtype(dtype))


def numeric(value: Any, dtype: numpy.dtype[Any]) -> Array:
    """``value`` as an array of ``dtype``, bool, integer or float; an array of it as it is.

    Raises:
        Mismatch: ragged rows, another kind of elements, or a number that does not fit.
    """
    array = _measured(value)
    if array.dtype == dtype:
        return array
    if array.dtype.kind not in _TAKES[dtype.kind] and array.size:
        raise Mismatch(_elements(array), f"send {_WORDS[dtype.kind]}")
    return _cast(array, dtype)


def _measured(value: Any) -> Array:
    try:
        return numpy.asarray(value)
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        raise Mismatch("rows of different lengths", "make every row as long as the first") from None


def _cast(array: Array, dtype: numpy.dtype[Any]) -> Array:
    if dtype.kind in "iu" and array.size and array.dtype.kind in "iu":
        bounds = numpy.iinfo(dtype)
        for number in (int(array.min()), int(array.max())):
            if not bounds.min <= number <= bounds.max:
                raise Mismatch(f"{number}", f"{dtype} holds {bounds.min} to {bounds.max}")
    try:
        with numpy.errstate(over="raise"):
            return array.astype(dtype)
    except FloatingPointError:
        raise Mismatch("a number too large", f"{dtype} ends at {numpy.finfo(dtype).max}") from None


def _elements(array: Array) -> str:
    """What the elements of an array of the wrong kind are, in words."""
    if array.dtype.kind in "US":
        return "text"
    if array.dtype.kind == "O":
        return _first_odd(array)
    return str(array.dtype)


def _first_odd(array: Array) -> str:
    for element in array.flat:
        if type(element) is int:
            return "an integer too large"
        if type(element) is not float:
            return scalar_words(element)
    return "numbers too large"


def scalar_words(element: Any) -> str:
    """One element in words a client understands: ``null``, ``text``, ``an object``."""
    if element is None:
        return "null"
    if isinstance(element, dict):
        return "an object"
    if isinstance(element, (list, tuple)):
        return "a list"
    return _SCALARS.get(type(element), type(element).__name__)


def objects(value: Any, rank: int, element: type | None) -> Array:
    """``value`` as an object array of ``rank`` dimensions whose elements are ``element``.

    ``element`` is str, bytes, or None for anything. Text and bytes are turned into each other as
    UTF-8. Unlike numpy's own text arrays, one long string does not make all the others long.

    Raises:
        Mismatch: ragged rows, too few dimensions, other elements, or bytes that are no UTF-8.
    """
    shape: tuple[int, ...]
    if isinstance(value, numpy.ndarray):
        shape, flat = value.shape, value.ravel().tolist()
    else:
        shape, flat = _flattened(value, rank)
    array = numpy.empty(len(flat), dtype=object)
    for index, item in enumerate(flat):
        array[index] = item if element is None else _text(item, element)
    return array.reshape(shape)


def _flattened(value: Any, rank: int) -> tuple[tuple[int, ...], list[Any]]:
    shape: list[int] = []
    level = [value]
    for _ in range(rank):
        if not all(isinstance(row, (list, tuple)) for row in level):
            odd = next(row for row in level if not isinstance(row, (list, tuple)))
            raise Mismatch(scalar_words(odd), f"send a list of {rank} dimensions")
        lengths = {len(row) for row in level}
        if len(lengths) > 1:
            raise Mismatch("rows of different lengths", "make every row as long as the first")
        shape.append(lengths.pop() if lengths else 0)
        level = [item for row in level for item in row]
    return tuple(shape), level


def _text(item: Any, element: type) -> Any:
    if type(item) is element:
        return item
    if element is bytes and isinstance(item, str):
        return item.encode("utf-8", "surrogatepass")
    if element is str and isinstance(item, bytes):
        try:
            return item.decode()
        except UnicodeDecodeError:
            raise Mismatch("bytes that are no UTF-8", "declare the tensor as bytes") from None
    if isinstance(item, element):
        return item
    raise Mismatch(scalar_words(item), "send text")
