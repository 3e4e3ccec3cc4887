"""Named tensors of the Open Inference Protocol as clients send them: JSON data, or raw bytes.

Lists stay lists; numpy is used only for the bytes of a declared tensor, which brought it already.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from math import prod

from funcs.errors import RequestError
from funcs.protocols.rawdata import Tail, check_size, unpacked
from funcs.suggest import did_you_mean
from funcs.tensor import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

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
_DATATYPES = dict.fromkeys([*_ALLOWED, "FP16"])
_DIGITS = "0123456789"
#: What a declared kind of number may come as.
_TAKES: dict[str, tuple[str, ...]] = {
    "FP": ("FP", "INT", "UINT"),
    "INT": ("INT", "UINT"),
    "UINT": ("INT", "UINT"),
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


class Sent:
    """A tensor as its client sent it.

    ``value`` is nested lists and ``flat`` the same row by row, or an array and None; ``raw`` are
    its bytes, if they came so.
    """

    __slots__ = ("datatype", "flat", "raw", "shape", "value")

    def __init__(
        self,
        datatype: str,
        shape: list[int],
        value: Any,
        flat: list[Any] | None,
        raw: bytes | None = None,
    ) -> None:
        self.datatype = datatype
        self.shape = shape
        self.value = value
        self.flat = flat
        self.raw = raw


Named: TypeAlias = tuple[str, Sent]


def are_tensors(inputs: list[Any]) -> bool:
    """Whether every element has what a named tensor must have: a name, a datatype, a shape."""
    for item in inputs:
        if type(item) is not dict:
            return False
        if "name" not in item or "datatype" not in item or "shape" not in item:
            return False
    return True


def read_tensor(item: Any, index: int, tensors: Mapping[str, Tensor], tail: Tail | None) -> Named:
    """The name and contents of one element of ``inputs``.

    ``tensors`` are the model's declared ones; ``tail`` holds the bytes of those not in JSON.

    Raises:
        RequestError: names the tensor, what came and what was expected.
    """
    name, datatype, shape = _head(item, index)
    tensor = tensors.get(name)
    if tensor is not None:
        _check_declared(name, datatype, tensor)
    if tail is not None:
        size = _binary_size(name, item.get("parameters"), "data" in item)
        if size is not None:
            return name, _from_raw(name, datatype, shape, tail.take(size, name), tensor)
    sent = _from_data(name, datatype, shape, item.get("data"))
    if tensor is not None and len(shape) > 1 and 0 in shape:
        return name, Sent(datatype, shape, _array(name, shape, b"", tensor), sent.flat)
    return name, sent


def _head(item: Any, index: int) -> tuple[str, str, list[int]]:
    """A tensor's name, datatype and shape."""
    name = item.get("name") if type(item) is dict else None
    if type(name) is not str:
        problem = "has no name" if type(item) is dict else "is no object"
        fix = "send name, shape, datatype and data"
        raise RequestError(f"input {index} {problem}", fix=fix)
    datatype, shape = item.get("datatype"), item.get("shape")
    if type(datatype) is not str or datatype not in _DATATYPES:
        raise RequestError(_no_datatype(name, datatype))
    if type(shape) is not list:
        raise RequestError(_no_shape(name, shape))
    for size in shape:
        if type(size) is not int or size < 0:
            raise RequestError(_no_shape(name, shape))
    return name, datatype, shape


def _check_declared(name: str, datatype: str, tensor: Tensor) -> None:
    """A number may come as another kind of number; its value is checked when it is bound."""
    wanted = tensor.datatype
    if datatype == wanted or tensor.dtype == "object":
        return
    if datatype.rstrip(_DIGITS) not in _TAKES.get(wanted.rstrip(_DIGITS), ()):
        raise RequestError(f"input {name!r}: datatype {datatype} came, expected {wanted}")


def _binary_size(name: str, parameters: Any, has_data: bool) -> int | None:
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is None:
        return None
    if type(size) is not int or size < 0 or has_data:
        what = f"input {name!r}: binary_data_size must be a size, and instead of data"
        raise RequestError(what)
    return size


def _from_raw(
    name: str, datatype: str, shape: list[int], raw: bytes, tensor: Tensor | None
) -> Sent:
    count = prod(shape)
    if tensor is not None and datatype == tensor.datatype != "BYTES":
        check_size(name, datatype, shape, count, raw)
        return Sent(datatype, shape, _array(name, shape, raw, tensor), None, raw)
    flat = unpacked(name, datatype, shape, count, raw)
    value = flat if len(shape) == 1 else _nest(name, flat, shape) if shape else flat[0]
    if tensor is not None and not flat:
        value = _array(name, shape, b"", tensor)
    return Sent(datatype, shape, value, flat, raw)


def _array(name: str, shape: list[int], raw: bytes, tensor: Tensor) -> Any:
    """An array of a declared tensor's own: nested lists are slow, and [0, 2] is [] to them."""
    import numpy

    try:
        array = numpy.empty(shape, "object" if tensor.datatype == "BYTES" else tensor.dtype)
    except (
        ValueError,
        OverflowError,
        MemoryError,
    ):  # sizes beyond what an array can have, around a 0
        raise RequestError(f"input {name!r}: shape {_cut(shape)} is too large") from None
    if raw:
        stored = "uint8" if tensor.dtype == "bool" else array.dtype.newbyteorder("<")
        array.ravel()[:] = numpy.frombuffer(raw, stored)  # any byte but 0 is true
    return array


def _no_shape(name: str, shape: object) -> str:
    return f"input {name!r}: shape must be a list of sizes, not {_cut(shape)}"


def no_fp16(noun: str, name: str) -> str:
    """Why a half-precision tensor is refused, in KServe's words."""
    return (
        "Sending FP16 data via JSON is not supported. "
        f"Please use the binary data format for {noun} {name}"
    )


def _from_data(name: str, datatype: str, shape: list[int], data: Any) -> Sent:
    if type(data) is not list:
        raise RequestError(f"input {name!r}: data must be a list, not {_cut(data)}")
    if datatype == "FP16":
        raise RequestError(no_fp16("input", name))
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
        if not are_rows(level, size):
            raise RequestError(f"input {name!r}: data has not the shape {shape}")
        level = list(chain.from_iterable(level))
    return level


def are_rows(level: list[Any], size: int) -> bool:
    """Whether all of ``level`` are lists of ``size`` items."""
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
    word = str(datatype)[:50]
    fix = did_you_mean(word, _DATATYPES, noun="datatypes")
    return f"input {name!r}: there is no datatype {word!r}; {fix}"


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 50 else f"{text[:50]}…"
