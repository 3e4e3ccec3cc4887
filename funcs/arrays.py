"""numpy arrays of a wanted dtype, from lists, numbers and arrays: checked, never guessed.

numpy's own conversion reads ``"1.5"`` as a float, None as NaN, and makes all texts of a list as
long as the longest, so that a small body can ask for gigabytes; here each of these is a Mismatch.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

import numpy

Array: TypeAlias = numpy.ndarray[Any, numpy.dtype[Any]]
Dtype: TypeAlias = numpy.dtype[Any]

_ELEMENTS: dict[str, type | None] = {"str": str, "bytes": bytes, "object": None}
#: The machine type by which Python's own array reads a list of numbers, several times faster than
#: numpy does, and refuses what is no number. float16 and float32 are rounded from it.
_CODES = {
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
    "uint64": "Q",
    "float16": "d",
    "float32": "d",
    "float64": "d",
}
#: By the kind of dtype wanted: the Python types and the kinds of arrays that are taken for it.
_TYPES: dict[str, set[type]] = {
    "b": {bool},
    "i": {int, bool},
    "u": {int, bool},
    "f": {int, float, bool},
}
_KINDS = {"b": "b", "i": "biu", "u": "biu", "f": "biuf"}
_WORDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "numbers"}
_NAMES = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    str: "text",
    bytes: "bytes",
    dict: "an object",
    list: "a list",
    tuple: "a list",
}
_RAGGED = "rows of different lengths"
_EVEN = "make every row as long as the first"


class Mismatch(ValueError):
    """The value cannot be an array as wanted: what came, and what to do about it."""

    def __init__(self, came: str, fix: str = "") -> None:
        super().__init__(came)
        self.came = came
        self.fix = fix


def maker(dtype: str, rank: int) -> Callable[[Any], Array]:
    """What makes an array of ``dtype`` and ``rank`` dimensions from a value, or raises Mismatch.

    ``dtype`` is numpy's name, or str, bytes or object, which all give arrays of objects.
    An array that is of ``dtype`` already is answered as it is; the shape is left to the caller.
    """
    if dtype in _ELEMENTS:
        return partial(_objects, rank=rank, element=_ELEMENTS[dtype])
    return _numbers(numpy.dtype(dtype), rank)


def _numbers(wanted: Dtype, rank: int) -> Callable[[Any], Array]:
    fill = _booleans if wanted.kind == "b" else _filler(wanted)

    def make(value: Any) -> Array:
        if hasattr(value, "__array__"):
            return _converted(value, wanted)
        try:
            return fill(value, rank)
        except OverflowError:
            raise Mismatch("a number out of bounds", _bounds(wanted)) from None
        except (TypeError, Warning):
            return _odd_ones(value, wanted, rank)

    return make


def _filler(wanted: Dtype) -> Callable[[Any, int], Array]:
    """What makes an array from lists of numbers, ``rank`` deep.

    It raises TypeError for what is neither list nor number, OverflowError for a number that does
    not fit.
    """
    code = _CODES[wanted.name]
    machine = numpy.dtype(code)

    def fill(value: Any, rank: int) -> Array:
        if rank == 0:
            value = [value]
        numbers = array(code)
        shape = _collect(value, max(rank, 1), numbers)
        made = numpy.frombuffer(numbers, machine) if numbers else numpy.empty(0, machine)
        if rank != 1:
            made = made.reshape(shape if rank else ())
        return made if machine == wanted else _narrowed(made, wanted)

    return fill


def _collect(rows: Any, rank: int, numbers: array[Any]) -> tuple[int, ...]:
    """Add the numbers of ``rows`` in order; their shape."""
    if type(rows) is not list:
        if type(rows) is not tuple:
            raise TypeError
        rows = list(rows)
    if rank == 1:
        numbers.fromlist(rows)
        return (len(rows),)
    inner: tuple[int, ...] | None = None
    for row in rows:
        shape = _collect(row, rank - 1, numbers)
        if shape != inner:
            if inner is not None:
                raise Mismatch(_RAGGED, _EVEN)
            inner = shape
    return (len(rows), *(inner or (0,) * (rank - 1)))


# As a decorator it costs half of what a with block does.
@numpy.errstate(over="raise")
def _rounded(made: Array, wanted: Dtype) -> Array:
    return made.astype(wanted)


def _narrowed(made: Array, wanted: Dtype) -> Array:
    try:
        return _rounded(made, wanted)
    except FloatingPointError:
        raise OverflowError from None


def _booleans(value: Any, rank: int) -> Array:
    if not _types([value] if rank == 0 else value, rank) <= {bool}:
        raise TypeError
    try:
        return numpy.array(value, bool)
    except ValueError:
        raise Mismatch(_RAGGED, _EVEN) from None


def _odd_ones(value: Any, wanted: Dtype, rank: int) -> Array:
    """What is no list of numbers: lists of numpy's own, or a Mismatch that says what came."""
    found = _types(value, rank) if type(value) in (list, tuple) else {type(value)}
    if any(issubclass(each, (numpy.generic, numpy.ndarray)) for each in found):
        return _converted(value, wanted)
    odd = found - _TYPES[wanted.kind]
    if odd & {list, tuple}:
        raise Mismatch("lists too deep", f"send {_deep(rank)}")
    if not odd:
        raise Mismatch(_odd(found), f"send {_deep(rank)}")
    raise Mismatch(_odd(odd), f"send {_WORDS[wanted.kind]}")


def _deep(rank: int) -> str:
    return ("one value", "a list", "a list of rows")[rank] if rank < 3 else f"lists {rank} deep"


def _types(rows: Iterable[Any], rank: int) -> set[type]:
    """The types of the elements ``rank`` lists deep, or of what is there instead of a list."""
    if rank <= 1:
        return set(map(type, rows))
    found: set[type] = set()
    for row in rows:
        found |= _types(row, rank - 1) if type(row) in (list, tuple) else {type(row)}
    return found


def _odd(types: set[type]) -> str:
    """Types that were not wanted, in words that a client understands."""
    return " and ".join(sorted({_NAMES.get(each, each.__name__) for each in types})[:3])


def _converted(value: Any, wanted: Dtype) -> Array:
    """From an array, or a list of numpy's own: what code has made, not a client."""
    try:
        given = numpy.asarray(value)
    except ValueError:
        raise Mismatch(_RAGGED, _EVEN) from None
    if given.dtype == wanted:
        return given
    if given.dtype.kind not in _KINDS[wanted.kind] and given.size:
        raise Mismatch(str(given.dtype), f"send {_WORDS[wanted.kind]}")
    if wanted.kind in "iu" and given.size and not numpy.can_cast(given.dtype, wanted):
        low, high = int(given.min()), int(given.max())
        if low < numpy.iinfo(wanted).min or high > numpy.iinfo(wanted).max:
            raise Mismatch("a number out of bounds", _bounds(wanted))
    try:
        return _narrowed(given, wanted)
    except OverflowError:
        raise Mismatch("a number out of bounds", _bounds(wanted)) from None


def _bounds(dtype: Dtype) -> str:
    limits = numpy.finfo(dtype) if dtype.kind == "f" else numpy.iinfo(dtype)
    return f"{dtype} holds {limits.min} to {limits.max}"


def _objects(value: Any, rank: int, element: type | None) -> Array:
    """``value`` as an object array of ``rank`` dimensions whose elements are ``element``.

    ``element`` is str, bytes, or None for anything. Text and bytes are turned into each other as
    UTF-8.
    """
    shape: tuple[int, ...]
    if hasattr(value, "__array__"):
        given = numpy.asarray(value)
        shape, flat = given.shape, given.ravel().tolist()
    else:
        shape, flat = _flattened(value, rank)
    made = numpy.empty(len(flat), dtype=object)
    for index, item in enumerate(flat):
        made[index] = item if element is None else _text(item, element)
    return made.reshape(shape)


def _flattened(value: Any, rank: int) -> tuple[tuple[int, ...], list[Any]]:
    shape: list[int] = []
    level = [value]
    for _ in range(rank):
        odd = {type(row) for row in level} - {list, tuple}
        if odd:
            raise Mismatch(_odd(odd), f"send {_deep(rank)}")
        lengths = {len(row) for row in level}
        if len(lengths) > 1:
            raise Mismatch(_RAGGED, _EVEN)
        shape.append(lengths.pop() if lengths else 0)
        level = [item for row in level for item in row]
    return tuple(shape), level


def _text(item: Any, element: type) -> Any:
    if isinstance(item, element):
        return item
    try:
        if element is bytes and isinstance(item, str):
            return item.encode()
        if element is str and isinstance(item, bytes):
            return item.decode()
    except UnicodeError:
        raise Mismatch("text that is no UTF-8", "declare the tensor as bytes") from None
    raise Mismatch(_odd({type(item)}), "send text")
