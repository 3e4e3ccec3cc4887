"""The body of an answer as a value that can be compared: JSON, tensors, text or bytes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from funcs.compare.difference import Difference, Said
from funcs.compare.paths import Place
from funcs.compare.values import Rules, differences
from funcs.errors import RequestError
from funcs.protocols.compression import unpacked
from funcs.protocols.rawdata import Tail
from funcs.protocols.rawdata import unpacked as elements_of

#: OIP's binary extension: how many bytes of the body are its JSON part.
_JSON_SIZE = "inference-header-content-length"
#: What taking it for what it says it is may end in.
_NOT_LAID_OUT_SO = (
    RequestError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
)  # fmt: skip
_DTYPES = {
    "BOOL": "?",
    "INT8": "<i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "UINT8": "<u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}


def value_of(headers: Mapping[str, str], body: bytes) -> Any:
    """What the body holds: JSON's values, text, or bytes where it is neither.

    Of OIP's binary extension it is the JSON part, each tensor's ``data`` filled with an array.
    A body that says of itself what it is not is taken for what it is.
    """
    encoding = headers.get("content-encoding", "")
    try:
        if encoding and encoding != "identity":
            body = unpacked(body, encoding)
        if size := headers.get(_JSON_SIZE):
            return _with_tensors(body, int(size))
    except _NOT_LAID_OUT_SO:
        return _text_or_bytes(body)
    if _says_json(headers) or body[:1] in (b"{", b"["):
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            pass
    return _text_or_bytes(body)


def of_bodies(expected: Any, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
    """The differences of two values that `value_of` made."""
    if isinstance(expected, bytes) and isinstance(actual, bytes):
        if expected != actual and not rules.ignores(place):
            yield Difference(place, _about(expected), _about(actual))
        return
    expected, actual = _printable(expected), _printable(actual)
    try:
        yield from differences(expected, actual, place, rules)
    except RecursionError:
        yield Difference(place, Said("a value"), Said("one nested too deep to be compared"))


def _says_json(headers: Mapping[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _text_or_bytes(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _with_tensors(body: bytes, size: int) -> Any:
    """The JSON part, and in it the tensors whose bytes follow.

    Raises:
        one of `_NOT_LAID_OUT_SO`: it is not laid out as the extension says.
    """
    head, tail = json.loads(body[:size]), Tail(body[size:])
    for output in head["outputs"]:
        length = (output.get("parameters") or {}).get("binary_data_size")
        if length is not None:
            output["data"] = _array(output, tail.take(length, output["name"]))
    tail.finish()
    return head


def _array(output: Mapping[str, Any], raw: bytes) -> Any:
    import numpy

    name, datatype, shape = output["name"], output["datatype"], output["shape"]
    if datatype == "BYTES":
        found = elements_of(name, datatype, shape, math.prod(shape), raw)
        return [_about(each) if isinstance(each, bytes) else each for each in found]
    return numpy.frombuffer(raw, _DTYPES[datatype])


def _printable(value: Any) -> Any:
    """Bytes are told by their size and digest where something else is on the other side."""
    return _about(value) if isinstance(value, bytes) else value


def _about(data: bytes) -> Said:
    return Said(f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()[:16]}")
