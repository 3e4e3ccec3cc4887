from __future__ import annotations

import datetime
import decimal
import json
import math
from typing import Any

import nuclio_sdk.json_encoder
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.encoder import Encoder, encode_long_text, encode_text

SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SIMPLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(SIMPLE, inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_the_json_is_nuclio_sdks_to_the_byte(value: Any) -> None:
    assert nuclio_sdk.json_encoder.Encoder().encode(value) == Encoder().encode(value)


class Logged:
    def __log__(self) -> dict[str, bool]:
        return {"logged": True}


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


class Word(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        {"n": math.nan, "p": math.inf, "m": -math.inf},
        {"d": datetime.date(2021, 5, 6), "c": 1j, "e": decimal.Decimal("0.10")},
        {"b": b"x", "s": {3}, "l": Logged(), "y": Shy()},
        {Word("w"): Word("v")},
        {True: 1, None: 2, 2.5: 3, 10**20: 4},
    ],
)
def test_objects_are_written_as_nuclio_sdk_does(value: Any) -> None:
    assert nuclio_sdk.json_encoder.Encoder().encode(value) == Encoder().encode(value)


def test_a_circle_is_named() -> None:
    circle: dict[str, Any] = {}
    circle["me"] = circle

    with pytest.raises(ValueError, match="Circular reference detected") as seen:
        Encoder().encode(circle)

    assert seen.value.__context__ is None


def test_a_key_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="keys must be str, int, float, bool or None, not tuple"):
        Encoder().encode({(1, 2): "a"})


def test_an_encoder_goes_on_after_an_error() -> None:
    encoder = Encoder()
    with pytest.raises(TypeError):
        encoder.encode({"a": [{(1,): 2}]})

    assert '{"a": []}' == encoder.encode({"a": []})


@given(st.text(), st.sampled_from(["", "a" * 9000, "a\n" * 9000, '"\\\x7f\x00' * 3000, "é" * 9000]))
def test_a_long_text_is_written_as_a_short_one(start: str, rest: str) -> None:
    text = start + rest

    assert json.dumps(text) == encode_text(text) == encode_long_text(text)
