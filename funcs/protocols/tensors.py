"""Named tensors of the Open Inference Protocol in JSON: nested or flat data, and back.

numpy is not needed: arrays are recognised by what they can do, lists stay lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from math import prod
from typing import Any, NamedTuple

from funcs.errors import RequestError
from funcs.protocols import jsontext
from funcs.suggest import did_you_mean
from funcs.tensor import DATATYPES, Tensor

_FLOATS: frozenset[type] = frozenset({int, float, type(None)})  # null is NaN
_BOUNDS: dict[str, tuple[int, int]] = {
    f"{sign}INT{bits}": (0 if sign else -(2 ** (bits - 1)), 2 ** (bits - (not sign)) - 1)
    for sign in ("", "U")
    for bits in (8, 16, 32, 64)
}
#: The types of JSON elements that each datatype holds.
_ALLOWED: dict[str, frozenset[type]] = {
    "BOOL": frozenset({bool}),
    "BYTES": frozenset({str}),
    "FP32": _FLOATS,
    "FP64": _FLOATS,
    **dict.fromkeys(_BOUNDS, frozenset({int})),
}
_KINDS = {"BOOL": "booleans", "BYTES": "text", "FP32": "numbers", "FP64": "numbers"}
_NAMES = {
    bool: "a boolean",
    str: "text",
    float: "a fraction",
    int: "an integer",
    dict: "an object",
    type(None): "null",
}
_MOST_EMPTY_ROWS = 1_000_000


class Sent(NamedTuple):
    """A tensor as its client sent it. ``value`` is nested lists, ``flat`` the same row by row."""

    datatype: str
    shape: list[int]
    value: Any
    flat: list[Any]


def are_tensors(inputs: list[Any]) -> bool:
    """Whether every element has what a named tensor must have: a name, a datatype, a shape."""
    for item in inputs:
        if type(item) is not dict:
            return False
        if "name" not in item or "datatype" not in item or "shape" not in item:
            return False
    return True


def read_tensor(item: Any, index: int) -> tuple[str, Sent]:
    """The name and contents of one element of ``inputs``.

    Raises:
        RequestError: names the tensor, what came and what was expected.
    """
    if type(item) is not dict:
        raise RequestError(f"input {index} is no object", fix="send name, shape, datatype and data")
    get = item.get
    name, datatype, shape, data = get("name"), get("datatype"), get("shape"), get("data")
    if type(name) is not str:
        raise RequestError(f"input {index} has no name", fix="send name, shape, datatype and data")
    if type(datatype) is not str or datatype not in _ALLOWED:
        raise RequestError(_no_datatype(name, datatype))
    if type(shape) is not list:
        raise RequestError(_no_shape(name, shape))
    for size in shape:
        if type(size) is not int or size < 0:
            raise RequestError(_no_shape(name, shape))
    if type(data) is not list:
        raise RequestError(f"input {name!r}: data must be a list, not {_cut(data)}")
    return name, _sent(name, datatype, shape, data)


def _no_shape(name: str, shape: object) -> str:
    return f"input {name!r}: shape must be a list of sizes, not {_cut(shape)}"


def no_fp16(noun: str, name: str) -> str:
    """Why a half-precision tensor is refused, in KServe's words."""
    return (
        "Sending FP16 data via JSON is not supported. "
        f"Please use the binary data format for {noun} {name}"
    )


def _sent(name: str, datatype: str, shape: list[int], data: list[Any]) -> Sent:
    rank = len(shape)
    nested = rank > 1 and bool(data) and type(data[0]) is list
    flat = _flat(name, shape, data) if nested else data
    if len(flat) != prod(shape):
        raise RequestError(
            f"input {name!r}: shape {shape} has {prod(shape)} elements, data has {len(flat)}"
        )
    if not _ALLOWED[datatype].issuperset(map(type, flat)):
        raise RequestError(_odd_elements(name, datatype, flat))
    if flat and datatype in _BOUNDS:
        _check_bounds(name, datatype, flat)
    if nested or rank == 1:
        return Sent(datatype, shape, data, flat)
    return Sent(datatype, shape, _nest(name, flat, shape) if rank else flat[0], flat)


def _flat(name: str, shape: list[int], data: list[Any]) -> list[Any]:
    """Nested data row by row; it must have exactly the nesting of its shape."""
    level = data
    for size in shape[1:]:
        if not _are_rows(level, size):
            raise RequestError(f"input {name!r}: data has not the shape {shape}")
        level = list(chain.from_iterable(level))
    return level


def _are_rows(level: list[Any], size: int) -> bool:
    # Two passes in C beat one in Python.
    return {list}.issuperset(map(type, level)) and {size}.issuperset(map(len, level))


def _nest(name: str, flat: list[Any], shape: list[int]) -> list[Any]:
    """Row by row data as nested lists."""
    if not flat:
        return _empty(name, shape)
    level = flat
    for size in reversed(shape[1:]):
        level = [level[start : start + size] for start in range(0, len(level), size)]
    return level


def _empty(name: str, shape: list[int]) -> list[Any]:
    outer = shape[: shape.index(0)]
    if prod(outer) > _MOST_EMPTY_ROWS:
        raise RequestError(f"input {name!r}: shape {shape} has too many empty rows")
    level: list[Any] = []
    for size in reversed(outer):
        level = [level for _ in range(size)]
    return level


def _odd_elements(name: str, datatype: str, flat: list[Any]) -> str:
    odd = set(map(type, flat)) - _ALLOWED[datatype]
    kinds = " and ".join(sorted(_NAMES.get(kind, "a list") for kind in odd))
    return f"input {name!r}: {kinds} came, {datatype} holds {_KINDS.get(datatype, 'integers')}"


def _check_bounds(name: str, datatype: str, flat: list[Any]) -> None:
    low, high = _BOUNDS[datatype]
    for number in (min(flat), max(flat)):
        if not low <= number <= high:
            raise RequestError(
                f"input {name!r}: {str(number)[:50]} came, {datatype} holds {low} to {high}"
            )


def _no_datatype(name: str, datatype: object) -> str:
    if datatype is None:
        return f"input {name!r} has no datatype"
    if datatype == "FP16":
        return no_fp16("input", name)
    known = [*_ALLOWED, "FP16"]
    word = str(datatype)[:50]
    fix = did_you_mean(word, known, noun="datatypes")
    return f"input {name!r}: there is no datatype {word!r}; {fix}"


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 50 else f"{text[:50]}…"


def write_tensor(name: str, value: Any, sent: Mapping[str, Sent]) -> dict[str, Any]:
    """An output as JSON: ``{name, shape, datatype, data}``, its data row by row.

    What a client sent and gets back untouched keeps its datatype; other lists are INT64, FP64,
    BOOL or BYTES, arrays what their dtype is.

    Raises:
        ValueError: it is no tensor: rows of different lengths.
        RequestError: it has half precision, which has no JSON form.
    """
    mine = sent.get(name)
    if mine is not None and mine.value is value:
        return _tensor(name, mine.shape, mine.datatype, mine.flat)
    dtype = getattr(value, "dtype", None)
    if dtype is not None and hasattr(value, "ravel"):
        return _from_array(name, value, dtype)
    return _from_list(name, value)


def _tensor(name: str, shape: Iterable[int], datatype: str, data: Any) -> dict[str, Any]:
    return {"name": name, "shape": list(shape), "datatype": datatype, "data": data}


def _from_array(name: str, array: Any, dtype: Any) -> dict[str, Any]:
    datatype = DATATYPES.get(str(dtype.name), "BYTES")
    if datatype == "FP16":
        raise RequestError(no_fp16("output", name))
    flat = array.ravel()
    if datatype == "BYTES":
        flat = [_bytes_element(item) for item in flat.tolist()]
    return _tensor(name, array.shape, datatype, flat)


def _from_list(name: str, value: Any) -> dict[str, Any]:
    plain = jsontext.plain(value)
    level = plain if isinstance(plain, list) else [plain]
    shape = [len(level)]
    while level and type(level[0]) is list:
        size = len(level[0])
        if not _are_rows(level, size):
            raise ValueError(f"output {name!r} has rows of different lengths")
        shape.append(size)
        level = list(chain.from_iterable(level))
    datatype = _datatype(set(map(type, level)))
    data = [_bytes_element(item) for item in level] if datatype == "BYTES" else level
    return _tensor(name, shape, datatype, data)


def _datatype(kinds: set[type]) -> str:
    if not kinds:
        return "FP64"
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int}:
        return "INT64"
    return "FP64" if kinds <= _FLOATS else "BYTES"


def _bytes_element(item: Any) -> str:
    """An element of BYTES: text as it is, all else as its JSON text."""
    if isinstance(item, bytes):
        return item.decode()
    return item if isinstance(item, str) else jsontext.dumps(item)


def declared(tensors: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """Declared inputs or outputs as metadata lists them."""
    return [
        {"name": name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        for name, tensor in tensors.items()
    ]
