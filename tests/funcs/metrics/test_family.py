"""Values added up over workers, and their text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.metrics.declaration import declare
from funcs.metrics.family import MOST_LABEL_SETS, Family, add, lasting, number_text, page_lines


def family(
    kind: str,
    name: str,
    samples: Mapping[Any, list[float]],
    labels: tuple[str, ...] = (),
    *,
    help: str = "",
) -> Family:
    made = Family(declare(kind, name, help, labels, (0.5, 1)))
    made.samples.update(samples)
    return made


def text(*families: Family) -> list[str]:
    return page_lines({each.declaration.name: each for each in families})


def test_the_page_is_sorted_by_names_and_by_labels() -> None:
    samples = {("b", "1"): [2.0], ("a", "2"): [0.5], ("a", "1"): [1e20]}

    page = text(family("gauge", "z", {(): [math.nan]}), family("counter", "c", samples, ("y", "x")))

    assert [
        "# TYPE c counter",
        'c{x="1",y="a"} 1e+20',
        'c{x="1",y="b"} 2',
        'c{x="2",y="a"} 0.5',
        "# TYPE z gauge",
        "z NaN",
    ] == page


def test_a_histogram_has_buckets_that_hold_those_below_them() -> None:
    page = text(family("histogram", "h", {("a",): [1.0, 2.0, 3.0, 7.5]}, ("m",), help="How long"))

    assert [
        "# HELP h How long",
        "# TYPE h histogram",
        'h_bucket{m="a",le="0.5"} 1',
        'h_bucket{m="a",le="1"} 3',
        'h_bucket{m="a",le="+Inf"} 6',
        'h_sum{m="a"} 7.5',
        'h_count{m="a"} 6',
    ] == page


@given(st.text(), st.text())
def test_any_help_and_any_label_stay_on_their_line(help: str, value: str) -> None:
    page = text(family("counter", "c", {(value,): [1.0]}, ("l",), help=help))

    sample = re.fullmatch(r'c\{l="((?:[^"\\\n]|\\["\\n])*)"\} 1', page[-1], re.DOTALL)
    assert sample
    unescaped = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], sample[1])
    assert value == unescaped
    assert all("\n" not in line for line in page)


def test_values_of_workers_are_added() -> None:
    total: dict[str, Family] = {}
    add(total, {"c": family("counter", "c", {("a",): [1.0], ("b",): [2.0]}, ("l",))})
    add(total, {"c": family("counter", "c", {("b",): [3.0], ("d",): [4.0]}, ("l",))})

    assert {("a",): [1.0], ("b",): [5.0], ("d",): [4.0]} == total["c"].samples


def test_adding_leaves_what_is_added_as_it_was() -> None:
    one = {"c": family("counter", "c", {(): [1.0]})}
    total: dict[str, Family] = {}
    for _ in range(3):
        add(total, one)

    assert ([3.0], [1.0]) == (total["c"].samples[()], one["c"].samples[()])


@pytest.mark.parametrize("later", [("gauge", ()), ("counter", ("l",)), ("histogram", ())])
def test_a_metric_declared_anew_begins_at_zero(later: tuple[str, tuple[str, ...]]) -> None:
    kind, labels = later
    values = {("x",) * len(labels): [0.0] * (4 if kind == "histogram" else 1)}
    total: dict[str, Family] = {}
    add(total, {"c": family("counter", "c", {(): [1.0]})})
    new = family(kind, "c", values, labels)
    add(total, {"c": new})

    assert new.samples == total["c"].samples


def test_a_gauge_does_not_outlive_its_worker() -> None:
    every = {"c": family("counter", "c", {}), "g": family("gauge", "g", {})}

    assert ["c"] == list(lasting(every))


def test_labels_are_bounded_over_workers_too() -> None:
    many: dict[tuple[str, ...], list[float]] = {(str(n),): [1.0] for n in range(MOST_LABEL_SETS)}
    more: dict[tuple[str, ...], list[float]] = {("0",): [1.0], ("x",): [1.0]}
    total: dict[str, Family] = {}

    assert set() == add(total, {"c": family("counter", "c", many, ("l",))})
    assert {"c"} == add(total, {"c": family("counter", "c", more, ("l",))})
    assert (MOST_LABEL_SETS, [2.0]) == (len(total["c"].samples), total["c"].samples[("0",)])


def test_no_two_metrics_show_numbers_under_one_name() -> None:
    histogram = family("histogram", "h", {(): [1.0] * 4})

    page = text(family("counter", "h_count", {(): [1.0]}), histogram)

    assert 1 == sum(line.startswith("h_count") for line in page)


@given(st.floats())
def test_a_number_is_read_back_as_it_was(value: float) -> None:
    shown = float(number_text(value))

    assert value == shown or (math.isnan(value) and math.isnan(shown))
