from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.protocols import jsontext

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@given(VALUES)
def test_what_is_written_is_always_json(value: Any) -> None:
    json.loads(jsontext.dumps(value), parse_constant=refuse)


INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.recursive(st.none() | st.booleans() | INT64 | st.text(), st.lists))
def test_what_is_written_reads_back(value: Any) -> None:
    assert value == jsontext.loads(jsontext.dumps(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([float("nan"), float("inf"), 1.5], "[null,null,1.5]"),
        (numpy.array([[1, 2]], dtype="float32"), "[[1.0,2.0]]"),
        (numpy.array([float("nan")]), "[null]"),
        (numpy.array([1.5], dtype="longdouble"), "[1.5]"),
        ([numpy.float32(1.5), numpy.int64(2), numpy.bool_(True)], "[1.5,2,true]"),
        (numpy.array(["a", b"b"], dtype=object), '["a","b"]'),
        ({1}, "[1]"),
        ((1, (2,)), "[1,[2]]"),
        ((item for item in [1, 2]), "[1,2]"),
        ({1: 2, None: 3, False: 4}, '{"1":2,"null":3,"false":4}'),
        ([b"raw"], '["raw"]'),
        (2**70, str(2**70)),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_what_json_has_no_form_for_gets_the_nearest(value: Any, text: str) -> None:
    assert json.loads(text) == json.loads(jsontext.dumps(value))


def test_a_time_is_its_iso_text() -> None:
    assert '"2026-01-02T03:04:05"' == jsontext.dumps(datetime(2026, 1, 2, 3, 4, 5))


@pytest.mark.parametrize("value", [object(), 1j, {(1, 2): 3}, [b"\xff"]])
def test_what_cannot_be_written_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError):
        jsontext.dumps(value)


def test_a_list_in_itself_is_a_type_error() -> None:
    loop: list[Any] = []
    loop.append(loop)

    with pytest.raises(TypeError, match="in itself"):
        jsontext.dumps(loop)


@pytest.mark.parametrize("text", [b'\xef\xbb\xbf{"a":1}', b' {"a":1}\n', '{"a":1}'])
def test_text_may_have_space_and_a_byte_order_mark(text: bytes | str) -> None:
    assert {"a": 1} == jsontext.loads(text)


def test_bare_nan_is_read() -> None:
    assert "[nan, inf]" == str(jsontext.loads("[NaN, Infinity]"))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"1 2", b"[" * 100_000, b"9" * 10_000])
def test_what_is_not_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        jsontext.loads(text)


def test_without_orjson_everything_still_works() -> None:
    code = (
        "import sys; sys.modules['orjson'] = None\n"
        "import numpy\n"
        "from funcs.protocols import jsontext\n"
        "print(jsontext.dumps({'a': numpy.array([1.5, float('nan')]), 1: {2}}))\n"
        "print(jsontext.loads(b'[1, NaN]'))\n"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    assert b'{"a":[1.5,null],"1":[2]}\n[1, nan]\n' == printed
