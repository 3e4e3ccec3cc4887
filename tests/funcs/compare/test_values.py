"""Values compared: what counts as the same, and how a difference is told."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from funcs.compare.difference import Difference
from funcs.compare.paths import Pattern
from funcs.compare.values import Rules, differences

EXACT = Rules()
_HUGE = 10**400


def sentences(expected: Any, actual: Any, rules: Rules = EXACT) -> list[str]:
    return [each.sentence() for each in differences(expected, actual, ("body",), rules)]


@pytest.mark.parametrize(
    "value", [None, True, 0, -1.5, "", "ä", [], {}, [1, [2, {"a": None}]], float("nan")]
)
def test_a_value_is_the_same_as_itself(value: Any) -> None:
    assert [] == sentences(value, value)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [(1, True), (0, False), (0, None), ("1", 1), ([], {}), ("", None), (1.0, 1.1), ([1], "[1]")],
)
def test_values_of_other_kinds_or_sizes_differ(expected: Any, actual: Any) -> None:
    assert 1 == len(sentences(expected, actual))


@pytest.mark.parametrize(
    ("expected", "actual", "tolerance", "count"),
    [
        (_HUGE, 1.5, 1e-6, 1),
        (_HUGE, _HUGE + 1, 1e-6, 1),
        (_HUGE, _HUGE + 1, 0.1, 1),
        (_HUGE, float("nan"), 1e-6, 1),
        (1_000_000_001, 1_000_000_002, 1e-6, 1),
        (1_000_000_001, 1_000_000_002.0, 1e-6, 0),
        (100, 101, 0.1, 0),
        (numpy.array([100]), numpy.array([101]), 1e-6, 1),
        (numpy.array([100]), numpy.array([101]), 0.1, 0),
    ],
    ids=range(9),
)
def test_whole_numbers_are_not_rounded(
    expected: Any, actual: Any, tolerance: float, count: int
) -> None:
    assert count == len(sentences(expected, actual, Rules(tolerance)))


def test_a_whole_number_is_the_same_number_written_as_a_fraction() -> None:
    assert [] == sentences([3], [3.0])


def test_each_difference_names_its_place_and_both_values() -> None:
    expected = {"outputs": [{"data": [3, 5]}], "gone": 1}
    actual = {"outputs": [{"data": [3, 8]}], "new": "x"}

    assert [
        "body.outputs[0].data[1]: expected 5, was 8",
        "body.gone: expected 1, was absent",
        'body.new: expected absent, was "x"',
    ] == sentences(expected, actual)


def test_lists_of_other_lengths_are_told_by_their_lengths_and_what_differs_in_both() -> None:
    assert [
        "body: expected 1 item, was 2 items",
        "body[0]: expected 1, was 2",
    ] == sentences([1], [2, 3])


def test_keys_that_are_not_expected_count_only_where_it_is_exact() -> None:
    assert [] == sentences({"a": 1}, {"a": 1, "b": 2}, Rules(is_exact=False))


def test_tolerance_is_relative_above_one_and_absolute_below() -> None:
    near = Rules(1e-3)

    assert [] == sentences([1000.0, 0.0, -2.0], [1000.9, 0.0009, -2.001], near)
    assert 3 == len(sentences([1000.0, 0.0, -2.0], [1001.1, 0.0011, -2.003], near))


def test_infinities_are_no_more_the_same_within_a_tolerance() -> None:
    infinite = float("inf")

    assert [] == sentences([infinite], [infinite], Rules(1.0))
    assert 1 == len(sentences([infinite], [-infinite], Rules(1.0)))
    assert 1 == len(sentences([infinite], [1e300], Rules(1.0)))


def test_ignored_places_do_not_count_wherever_they_are_missing() -> None:
    rules = Rules(ignored=(Pattern.parse("id"), Pattern.parse("**.took")))

    assert [] == sentences(
        {"id": 1, "a": [{"took": 3}]}, {"a": [{"took": 4}], "id": {"x": 1}}, rules
    )
    assert [] == sentences({"id": 1}, {}, rules)
    assert [] == sentences({}, {"id": 1}, rules)


def test_arrays_are_compared_number_by_number() -> None:
    one = numpy.array([1, 2, numpy.nan], "<f4")
    other = numpy.array([1, 2.5, numpy.nan], "<f4")

    assert ["body[1]: expected 2.0, was 2.5"] == sentences(one, other)
    assert [] == sentences(one, other, Rules(0.5))
    assert ["body: expected float32 [3], was float64 [3]"] == sentences(one, one.astype("f8"))
    assert ["body: expected int64 [2], was int64 [3]"] == sentences(
        numpy.arange(2), numpy.arange(3)
    )


def test_of_many_numbers_that_are_off_the_first_are_told_and_the_count() -> None:
    found = sentences(numpy.zeros(100), numpy.ones(100))

    assert 11 == len(found)
    assert "body: expected 100 numbers, was 100 of them others" == found[-1]


@pytest.mark.parametrize(("ignored", "off"), [("body[*]", []), ("body[0]", [1]), ("id", [0, 1])])
def test_numbers_of_an_array_may_be_ignored(ignored: str, off: list[int]) -> None:
    rules = Rules(ignored=(Pattern.parse(ignored),))
    found = sentences(numpy.zeros(2), numpy.ones(2), rules)

    assert [f"body[{at}]: expected 0.0, was 1.0" for at in off] == found


def test_an_array_is_no_list() -> None:
    assert 1 == len(sentences(numpy.zeros(1), [0.0]))


def test_long_values_are_shown_where_they_differ() -> None:
    same = "x" * 500
    found = Difference(("body",), same + "one", same + "two").shown()

    assert "…" + "x" * 20 + 'one"' == found[0]
    assert "…" + "x" * 20 + 'two"' == found[1]
