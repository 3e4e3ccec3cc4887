"""The bytes of tensors, as the Open Inference Protocol's binary extension lays them out.

Little-endian, row by row; an element of BYTES is its length in four bytes, then itself.
"""

from __future__ import annotations

import struct

from funcs.errors import RequestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: struct's letter for each datatype of a fixed size.
_LETTERS = {
    "BOOL": "?",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
    "FP16": "e",
    "FP32": "f",
    "FP64": "d",
}
_LENGTH = struct.Struct("<I")


class Tail:
    """The bytes after the JSON part of a body, handed out in the order of its tensors."""

    __slots__ = ("_data", "_start")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._start = 0

    def take(self, size: int, name: str) -> bytes:
        """The next ``size`` bytes, which are of the tensor ``name``.

        Raises:
            RequestError: there are not so many.
        """
        left = len(self._data) - self._start
        if size > left:
            raise RequestError(f"input {name!r}: binary_data_size is {size}, {left} bytes came")
        self._start += size
        return self._data[self._start - size : self._start]

    def finish(self) -> None:
        """Make sure that nothing is left.

        Raises:
            RequestError: no tensor wanted the rest.
        """
        left = len(self._data) - self._start
        if left:
            raise RequestError(f"{left} bytes came after the last tensor")


def check_size(name: str, datatype: str, shape: list[int], count: int, raw: bytes) -> None:
    """Make sure that ``raw`` is as long as a tensor of a fixed-size datatype.

    Raises:
        RequestError: names the tensor and both sizes.
    """
    size = count * struct.calcsize(_LETTERS[datatype])
    if size != len(raw):
        what = f"input {name!r}: shape {shape} of {datatype} takes {size} bytes, {len(raw)} came"
        raise RequestError(what)


def unpacked(name: str, datatype: str, shape: list[int], count: int, raw: bytes) -> list[Any]:
    """The elements in ``raw``, ``count`` of them; those of BYTES as text where they are UTF-8.

    Raises:
        RequestError: they are not so many.
    """
    if datatype != "BYTES":
        check_size(name, datatype, shape, count, raw)
        return list(struct.unpack(f"<{count}{_LETTERS[datatype]}", raw))
    elements = list(_texts(name, raw))
    if len(elements) != count:
        what = f"input {name!r}: shape {shape} has {count} elements, {len(elements)} came"
        raise RequestError(what)
    return elements


def _texts(name: str, raw: bytes) -> list[Any]:
    elements: list[Any] = []
    start = 0
    while start < len(raw):
        body = start + _LENGTH.size
        size = _LENGTH.unpack_from(raw, start)[0] if body <= len(raw) else len(raw)
        if body + size > len(raw):
            raise RequestError(f"input {name!r}: its last element is cut off")
        elements.append(_text(raw[body : body + size]))
        start = body + size
    return elements


def _text(element: bytes) -> str | bytes:
    try:
        return element.decode()
    except UnicodeDecodeError:
        return element


def packed(datatype: str, elements: list[Any]) -> bytes:
    """The bytes of a tensor's elements; null is NaN.

    Raises:
        ValueError: an element does not fit its datatype.
    """
    if datatype == "BYTES":
        return b"".join(map(_with_length, elements))
    if None in elements:
        elements = [float("nan") if item is None else item for item in elements]
    try:
        return struct.pack(f"<{len(elements)}{_LETTERS[datatype]}", *elements)
    except (struct.error, OverflowError) as error:
        raise ValueError(f"{datatype} does not hold it: {error}") from None


def _with_length(element: str | bytes) -> bytes:
    body = element if isinstance(element, bytes) else element.encode()
    return _LENGTH.pack(len(body)) + body
