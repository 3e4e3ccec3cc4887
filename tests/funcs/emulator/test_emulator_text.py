"""Words for people: times, sizes, variables, and nothing that moves a terminal's cursor."""

from __future__ import annotations

import doctest

import pytest

from funcs.emulator import text
from funcs.emulator.text import Paint, duration, printable, size, variables


def test_the_examples_in_the_docstrings_hold() -> None:
    assert 0 == doctest.testmod(text).failed


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.00 ms"), (0.0995, "99.5 ms"), (0.25, "250 ms"), (1, "1.0 s"), (3600, "3600 s")],
)
def test_a_time_has_the_digits_that_matter(seconds: float, words: str) -> None:
    assert words == duration(seconds)


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (10**12, "1000.0 GB"),
    ],
)
def test_a_size_never_says_1000_of_a_smaller_unit(size_bytes: int, words: str) -> None:
    assert words == size(size_bytes)


def test_a_traceback_among_the_variables_stands_below_them() -> None:
    told = variables({"traceback": "Traceback:\n  File x\nE: y\n", "rows": [1, 2]})

    assert "rows=[1, 2]\n    Traceback:\n      File x\n    E: y" == told


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert r"\x1b[31mred\x07" == printable("\x1b[31mred\x07")
    assert r"name='a\x1bb'" == variables({"name": "a\x1bb"})
    assert r'nested=["\u001b", "\x9b"]' == variables({"nested": ["\x1b", "\x9b"]})


def test_no_colour_means_no_escape() -> None:
    assert "x" == Paint(colour=False)("x", "red", "bold")
    assert "\x1b[31;1mx\x1b[0m" == Paint(colour=True)("x", "red", "bold")
