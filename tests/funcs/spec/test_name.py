"""What a function may be called, and what it is called instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.spec.name import is_portable, nearest_name, what_is_wrong


@pytest.mark.parametrize("name", ["shop", "a", "a-1", "x" * 63])
def test_a_plain_name_goes_anywhere(name: str) -> None:
    assert is_portable(name)


@pytest.mark.parametrize("name", ["Shop", "a_b", "a.b"])
def test_docker_takes_names_that_kubernetes_refuses(name: str) -> None:
    assert "" == what_is_wrong(name)
    assert not is_portable(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My Shop", "my-shop"),
        ("a__b", "a-b"),
        ("scaler", "my-scaler"),
        ("---", "function"),
        ("ä", "function"),
        ("x" * 62 + "--y", "x" * 62),
    ],
)
def test_a_name_is_found_near_what_was_wanted(text: str, name: str) -> None:
    assert name == nearest_name(text)


@given(st.text())
def test_the_nearest_name_always_goes_anywhere(text: str) -> None:
    assert is_portable(nearest_name(text))
