"""Named tensors of the Open Inference Protocol as they are answered: JSON data, or raw bytes.

numpy is not needed: arrays are recognised by what they can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from funcs.errors import RequestError
from funcs.protocols import jsontext
from funcs.protocols.rawdata import packed
from funcs.protocols.tensors import Sent, are_rows, no_fp16
from funcs.tensor import DATATYPES, Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def write_tensor(name: str, value: Any, sent: Mapping[str, Sent]) -> dict[str, Any]:
    """An output as JSON: ``{name, shape, datatype, data}``, its data row by row.

    What a client sent and gets back untouched keeps its datatype; other lists are INT64, FP64,
    BOOL or BYTES, arrays what their dtype is.

    Raises:
        ValueError: it is no tensor: rows of different lengths.
        RequestError: it has half precision, which has no JSON form.
    """
    tensor = _written(name, value, sent)
    if tensor["datatype"] == "FP16":
        raise RequestError(no_fp16("output", name))
    return tensor


def write_raw_tensor(
    name: str, value: Any, sent: Mapping[str, Sent]
) -> tuple[dict[str, Any], bytes]:
    """An output with its data as bytes: the JSON of what it is, and they.

    Raises:
        ValueError: it is no tensor.
    """
    mine = sent.get(name)
    if mine is not None and mine.value is value and mine.raw is not None:
        tensor, raw = _tensor(name, mine.shape, mine.datatype, None), mine.raw
    else:
        tensor = _written(name, value, sent)
        raw = _raw(tensor["datatype"], tensor["data"])
    del tensor["data"]
    return tensor | {"parameters": {"binary_data_size": len(raw)}}, raw


def _raw(datatype: str, data: Any) -> bytes:
    if isinstance(data, list):
        return packed(datatype, data)
    raw: bytes = data.astype(data.dtype.newbyteorder("<"), copy=False).tobytes()
    return raw


def _written(name: str, value: Any, sent: Mapping[str, Sent]) -> dict[str, Any]:
    mine = sent.get(name)
    if mine is not None and mine.value is value and mine.flat is not None:
        return _tensor(name, mine.shape, mine.datatype, mine.flat)
    dtype = getattr(value, "dtype", None)
    if dtype is not None and hasattr(value, "ravel"):
        return _from_array(name, value, dtype)
    return _from_list(name, value)


def _tensor(name: str, shape: Iterable[int], datatype: str, data: Any) -> dict[str, Any]:
    return {"name": name, "shape": list(shape), "datatype": datatype, "data": data}


def _from_array(name: str, array: Any, dtype: Any) -> dict[str, Any]:
    datatype = DATATYPES.get(str(dtype.name), "BYTES")
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
        if not are_rows(level, size):
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
    if bool in kinds:
        return "BYTES"
    if all(issubclass(kind, int) for kind in kinds):  # an IntEnum's member is one
        return "INT64"
    numbers = (int, float, type(None))  # numpy's float64 is a float
    return "FP64" if all(issubclass(kind, numbers) for kind in kinds) else "BYTES"


def _bytes_element(item: Any) -> str | bytes:
    """An element of BYTES: text and bytes as they are, all else as its JSON text."""
    if isinstance(item, bytes):
        return item
    plain = jsontext.plain(item)  # a date is its text, without quotes
    return plain if isinstance(plain, str) else jsontext.dumps(plain)


def declared(tensors: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    """Declared inputs or outputs as metadata lists them."""
    return [
        {"name": name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        for name, tensor in tensors.items()
    ]
