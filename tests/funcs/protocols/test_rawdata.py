from __future__ import annotations

import math
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.errors import RequestError
from funcs.protocols.rawdata import Tail, packed, unpacked

ELEMENTS = {
    "BOOL": st.booleans(),
    "INT8": st.integers(-128, 127),
    "UINT64": st.integers(0, 2**64 - 1),
    "FP16": st.floats(width=16, allow_nan=False),
    "FP32": st.floats(width=32, allow_nan=False),
    "FP64": st.floats(allow_nan=False),
    "BYTES": st.text(),
}


@given(st.data(), st.sampled_from(sorted(ELEMENTS)))
def test_what_is_packed_unpacks(data: st.DataObject, datatype: str) -> None:
    elements = data.draw(st.lists(ELEMENTS[datatype]))
    raw = packed(datatype, elements)

    assert elements == unpacked("x", datatype, [len(elements)], len(elements), raw)


@given(st.binary(), st.sampled_from(sorted(ELEMENTS)), st.integers(0, 9))
def test_any_bytes_are_elements_or_a_refusal(raw: bytes, datatype: str, count: int) -> None:
    elements: list[Any] = [None] * count
    with suppress(RequestError):
        elements = unpacked("x", datatype, [count], count, raw)

    assert count == len(elements)


def test_bytes_that_are_no_text_stay_bytes() -> None:
    raw = struct.pack("<I", 2) + b"\xff\x00" + struct.pack("<I", 1) + b"a"

    assert [b"\xff\x00", "a"] == unpacked("x", "BYTES", [2], 2, raw)
    assert raw == packed("BYTES", [b"\xff\x00", "a"])


def test_null_is_nan() -> None:
    assert math.isnan(struct.unpack("<2f", packed("FP32", [1.0, None]))[1])


@pytest.mark.parametrize(("datatype", "element"), [("INT8", 300), ("FP16", 1e6), ("FP32", "a")])
def test_what_does_not_fit_is_refused(datatype: str, element: Any) -> None:
    with pytest.raises(ValueError, match=f"{datatype} does not hold it"):
        packed(datatype, [element])


def test_a_tail_hands_out_its_bytes_once() -> None:
    tail = Tail(b"abcd")

    assert [b"ab", b"cd"] == [tail.take(2, "x"), tail.take(2, "y")]
    tail.finish()
    with pytest.raises(RequestError, match="binary_data_size is 1, 0 bytes came"):
        tail.take(1, "z")


def test_a_tail_with_bytes_left_is_refused() -> None:
    with pytest.raises(RequestError, match="4 bytes came after the last tensor"):
        Tail(b"abcd").finish()
