"""Typed tensors: what a model declares, publishes as metadata, and is given.

numpy is imported when a Signature is made of declared tensors, not before.
"""

from __future__ import annotations

from collections.abc import Mapping

from funcs.errors import FuncsError, RequestError
from funcs.record import Record
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from funcs.arrays import Array, Mismatch

#: numpy's dtype names and the Open Inference Protocol's datatypes (v2, "Tensor Data Types").
DATATYPES = {
    "bool": "BOOL",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "str": "BYTES",
    "bytes": "BYTES",
    "object": "BYTES",
}
_DTYPES = {datatype: dtype for dtype, datatype in reversed(DATATYPES.items())} | {"BYTES": "str"}


class Tensor(Record):
    """The dtype and shape of one declared input or output; -1 is any size.

    ``dtype`` is numpy's name, ``"float32"``. ``"str"`` and ``"bytes"`` are object arrays of those,
    ``"object"`` takes whatever JSON there is.

    >>> Tensor("float32", (-1, 64)).datatype
    'FP32'

    Raises:
        FuncsError: there is no such dtype, or a size is no integer from -1 up.
    """

    dtype: str
    shape: tuple[int, ...]

    def __init__(self, dtype: str, shape: tuple[int, ...]) -> None:
        if dtype not in DATATYPES:
            fix = did_you_mean(str(dtype), DATATYPES, noun="dtypes")
            raise FuncsError(f"there is no tensor dtype {dtype!r}", fix=fix)
        super().__init__(dtype, _sizes(shape))

    @classmethod
    def from_datatype(cls, datatype: str, shape: tuple[int, ...]) -> Tensor:
        """The tensor that the Open Inference Protocol calls ``datatype``, as ``"FP32"``."""
        dtype = _DTYPES.get(datatype)
        if dtype is None:
            fix = did_you_mean(str(datatype), _DTYPES, noun="datatypes")
            raise FuncsError(f"there is no datatype {datatype!r}", fix=fix)
        return cls(dtype, shape)

    @property
    def datatype(self) -> str:
        """The Open Inference Protocol's name of the dtype, ``"FP32"``."""
        return DATATYPES[self.dtype]

    def __str__(self) -> str:
        return f"{self.dtype} {_shape_words(self.shape)}"


def _sizes(shape: object) -> tuple[int, ...]:
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (None,)
    if all(type(size) is int and size >= -1 for size in sizes):
        return sizes
    raise FuncsError(f"{shape!r} is no tensor shape", fix="e.g. (-1, 64): integers, -1 for any")


def _shape_words(shape: tuple[int, ...]) -> str:
    return f"[{', '.join('any' if size < 0 else str(size) for size in shape)}]"


class TensorError(ValueError):
    """Outputs of a model are not what it declares."""


class Signature:
    """Declared tensors by name, and the arrays of them made from what came.

    >>> Signature({"x": Tensor("float32", (-1, 2))}).bind([[1, 2]])["x"].tolist()
    [[1.0, 2.0]]
    """

    __slots__ = ("_makers", "_mismatch", "_only", "tensors")

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        from funcs import arrays

        self.tensors = dict(tensors)
        self._only = next(iter(tensors)) if len(tensors) == 1 else None
        self._makers = [
            (name, tensor, arrays.maker(tensor.dtype, len(tensor.shape)))
            for name, tensor in tensors.items()
        ]
        self._mismatch = arrays.Mismatch

    def bind(self, inputs: Any) -> dict[str, Array]:
        """An array for each declared input: its dtype, its shape.

        ``inputs`` is a value by input name, or a list of objects with a key for each input (rows,
        which become columns), or, where one input is declared, its value alone. Integers are
        taken for floats, and booleans for numbers; nothing else changes its kind. An array that
        fits is not copied.

        Raises:
            RequestError: names the input, what came and what was expected.
        """
        try:
            return self._arrays(self._columns(inputs), "input")
        except TensorError as error:
            raise RequestError(str(error)) from None

    def check(self, outputs: Any) -> dict[str, Array]:
        """The outputs as arrays of the declared dtypes and shapes.

        ``outputs`` is a value by output name, or the only declared output alone. A float64 result
        of a declared float32 is rounded.

        Raises:
            TensorError: names the output, what came and what was declared.
        """
        if self._only is not None and not isinstance(outputs, Mapping):
            outputs = {self._only: outputs}
        return self._arrays(self._named(outputs, "output"), "output")

    def unbind(self, outputs: Mapping[str, Any]) -> Any:
        """Outputs for a dialect of bare lists: the only one alone, several as they are."""
        return outputs if self._only is None else outputs[self._only]

    def _columns(self, inputs: Any) -> Mapping[str, Any]:
        if type(inputs) is dict or isinstance(inputs, Mapping):
            return self._named(inputs, "input")
        rows = isinstance(inputs, list) and bool(inputs) and isinstance(inputs[0], dict)
        if self._only is not None and not (rows and self.tensors[self._only].dtype != "object"):
            return {self._only: inputs}
        if not rows:
            names = ", ".join(map(repr, self.tensors))
            came = f"{type(inputs).__name__} came" if inputs is not None else "nothing came"
            raise TensorError(f"{came} for the inputs {names}; name each: {{{names}: …}}")
        return self._transposed(inputs)

    def _transposed(self, rows: list[Any]) -> dict[str, list[Any]]:
        for index, row in enumerate(rows):
            if not isinstance(row, dict):
                raise TensorError(f"row {index} is no object, the first row is one")
            if row.keys() != self.tensors.keys():
                raise TensorError(f"row {index}: {self._names_differ(row, 'input')}")
        return {name: [row[name] for row in rows] for name in self.tensors}

    def _named(self, values: Any, noun: str) -> Mapping[str, Any]:
        if type(values) is not dict and not isinstance(values, Mapping):
            names = ", ".join(map(repr, self.tensors))
            raise TensorError(f"{type(values).__name__} came, expected the {noun}s {names} by name")
        if values.keys() != self.tensors.keys():
            raise TensorError(self._names_differ(values, noun))
        return values

    def _names_differ(self, values: Mapping[str, Any], noun: str) -> str:
        missing = [name for name in self.tensors if name not in values]
        if missing:
            name = missing[0]
            known = ", ".join(repr(key) for key in list(values)[:10]) or "nothing"
            return f"{noun} {name!r} is missing, expected {self.tensors[name]}; {known} came"
        extra = next(name for name in values if name not in self.tensors)
        fix = did_you_mean(str(extra)[:200], self.tensors, noun=f"{noun}s")
        return f"{noun} {str(extra)[:200]!r} is unknown; {fix}"

    def _arrays(self, values: Mapping[str, Any], noun: str) -> dict[str, Array]:
        arrays = {}
        for name, tensor, make in self._makers:
            try:
                array = make(values[name])
            except self._mismatch as error:
                raise TensorError(_differs(noun, name, error, tensor)) from None
            if not _fits(array.shape, tensor.shape):
                raise TensorError(_misshapen(noun, name, array, tensor))
            arrays[name] = array
        return arrays


def _fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    if len(shape) != len(wanted):
        return False
    for size, want in zip(shape, wanted, strict=True):  # noqa: SIM110 (all() costs 0.5 µs more)
        if want not in (-1, size):
            return False
    return True


def _differs(noun: str, name: str, error: Mismatch, tensor: Tensor) -> str:
    fix = f"; {error.fix}" if error.fix else ""
    return f"{noun} {name!r}: {error.came} came, expected {tensor}{fix}"


def _misshapen(noun: str, name: str, array: Array, tensor: Tensor) -> str:
    one_row = len(array.shape) == len(tensor.shape) - 1 and _fits(array.shape, tensor.shape[1:])
    fix = "; wrap one row in a list" if one_row and noun == "input" else ""
    came = f"{array.dtype} {_shape_words(array.shape)}"
    return f"{noun} {name!r}: {came} came, expected {tensor}{fix}"
