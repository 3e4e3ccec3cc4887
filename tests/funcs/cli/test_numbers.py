"""Numbers of the command line."""

from __future__ import annotations

import argparse

import pytest

from funcs.cli.numbers import seconds, speed, tolerance


def test_numbers_are_read() -> None:
    assert (2.5, 0.0, 1e-6) == (seconds("2.5"), tolerance("0"), tolerance("1e-6"))
    assert (1.0, 0.5, 10.0, 0.0) == (speed("1x"), speed("0.5"), speed("10x"), speed("max"))


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "0", "-1", "1e9"])
def test_a_time_limit_is_one(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no number of seconds"):
        seconds(text)


@pytest.mark.parametrize("text", ["", "x", "nan", "-1"])
def test_a_tolerance_is_a_number_from_0(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no number from 0"):
        tolerance(text)


@pytest.mark.parametrize("text", ["", "x", "0x", "nan", "-1x", "infx"])
def test_a_speed_is_more_than_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no speed"):
        speed(text)
