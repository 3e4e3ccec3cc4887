"""Named tensors of the Open Inference Protocol in JSON: nested or flat data, and back.

numpy is not needed: arrays are recognised by what they can do, lists stay lists.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from funcs.errors import RequestError
from funcs.protocols import jsontext
from funcs.suggest import did_you_mean
from funcs.tensor import DATATYPES, Tensor

_FLOATS: frozenset[type] = frozenset({int, float, type(None)})  # null is NaN
_ELEMENTS: dict[str, frozenset[type]] = {"BOOL": frozenset({bool}), "BYTES": frozenset({str})}
_BOUNDS: dict[str, tuple[int, int]] = {
    f"{sign}INT{bits}": (0 if sign else -(2 ** (bits - 1)), 2 ** (bits - (not sign)) - 1)
    for sign in ("", "U")
    for bits in (8, 16, 32, 64)
}
_KINDS = {"BOOL": "booleans", "BYTES": "text", "FP32": "numbers", "FP64": "numbers"}
_NAMES = {bool: "a boolean", str: "text", float: "a fraction", int: "an integer", dict: "an object"}
_MOST_EMPTY_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A tensor as its client sent it. ``value`` is nested lists, ``flat`` the same row by row."""

    datatype: str
    shape: tuple[int, ...]
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
    if not isinstance(item, dict):
        raise RequestError(f"input {index} is no object", fix="send name, shape, datatype and data")
    name, datatype, shape, data = (item.get(key) for key in ("name", "datatype", "shape", "data"))
    if not isinstance(name, str):
        raise RequestError(f"input {index} has no name", fix="send name, shape, datatype and data")
    if not isinstance(datatype, str) or datatype not in DATATYPES.values():
        raise RequestError(_no_datatype(name, datatype))
    if datatype == "FP16":
        raise RequestError(no_fp16("input", name))
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise RequestError(f"input {name!r}: shape must be a list of sizes, not {_cut(shape)}")
    if not isinstance(data, list):
        raise RequestError(f"input {name!r}: data must be a list, not {_cut(data)}")
    return name, _sent(name, datatype, tuple(shape), data)


def no_fp16(noun: str, name: str) -> str:
    """Why a half-precision tensor is refused, in KServe's words."""
    return (
        "Sending FP16 data via JSON is not supported. "
        f"Please use the binary data format for {noun} {name}"
    )


def _sent(name: str, datatype: str, shape: tuple[int, ...], data: list[Any]) -> Sent:
    size = math.prod(shape)
    nested = len(shape) > 1 and bool(data) and type(data[0]) is list
    flat = _flat(name, shape, data) if nested else data
    if len(flat) != size:
        raise RequestError(
            f"input {name!r}: shape {list(shape)} has {size} elements, data has {len(flat)}"
        )
    _check_elements(name, datatype, flat)
    if nested or len(shape) == 1:
        return Sent(datatype, shape, data, flat)
    return Sent(datatype, shape, flat[0] if not shape else _nest(name, flat, shape), flat)


def _flat(name: str, shape: tuple[int, ...], data: list[Any]) -> list[Any]:
    """Nested data row by row; it must have exactly the nesting of its shape."""
    level = data
    for index, size in enumerate(shape[1:]):
        if len(level) != math.prod(shape[: index + 1]) or not _are_rows(level, size):
            raise RequestError(f"input {name!r}: data has not the shape {list(shape)}")
        level = list(chain.from_iterable(level))
    return level


def _are_rows(level: list[Any], size: int) -> bool:
    return all(type(row) is list and len(row) == size for row in level)


def _nest(name: str, flat: list[Any], shape: tuple[int, ...]) -> list[Any]:
    """Row by row data as nested lists."""
    if not flat:
        return _empty(name, shape)
    level = flat
    for size in reversed(shape[1:]):
        level = [level[start : start + size] for start in range(0, len(level), size)]
    return level


def _empty(name: str, shape: tuple[int, ...]) -> list[Any]:
    outer = shape[: shape.index(0)]
    if math.prod(outer) > _MOST_EMPTY_ROWS:
        raise RequestError(f"input {name!r}: shape {list(shape)} has too many empty rows")
    level: list[Any] = []
    for size in reversed(outer):
        level = [level for _ in range(size)]
    return level


def _check_elements(name: str, datatype: str, flat: list[Any]) -> None:
    bounds = _BOUNDS.get(datatype)
    allowed = _ELEMENTS.get(datatype) or (_FLOATS if bounds is None else frozenset({int}))
    odd = set(map(type, flat)) - allowed
    if odd:
        kinds = " and ".join(sorted(_NAMES.get(kind, _plural(kind)) for kind in odd))
        wanted = _KINDS.get(datatype, "integers")
        raise RequestError(f"input {name!r}: {kinds} came, {datatype} holds {wanted}")
    if bounds is not None and flat:
        for number in (min(flat), max(flat)):
            if not bounds[0] <= number <= bounds[1]:
                most = f"{bounds[0]} to {bounds[1]}"
                raise RequestError(f"input {name!r}: {number} came, {datatype} holds {most}")


def _plural(kind: type) -> str:
    return "null" if kind is type(None) else "a list"


def _no_datatype(name: str, datatype: object) -> str:
    if datatype is None:
        return f"input {name!r} has no datatype"
    known = dict.fromkeys(DATATYPES.values())
    word = str(datatype)[:50]
    return f"input {name!r}: there is no datatype {word!r}; {did_you_mean(word, known)}"


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
    if kinds <= _ELEMENTS["BOOL"]:
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
