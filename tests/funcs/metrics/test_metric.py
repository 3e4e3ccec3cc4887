"""Counting, setting, observing: what is counted, what is not, and what is said of it."""

from __future__ import annotations

import io
import json
import math
import threading
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.errors import FuncsError
from funcs.logger import Logger
from funcs.metrics.family import MOST_LABEL_SETS
from funcs.metrics.metric import LONGEST_LABEL
from funcs.metrics.registry import Metrics


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def metrics(log: io.StringIO) -> Metrics:
    return Metrics(Logger(log))


def said(log: io.StringIO) -> list[str]:
    return [json.loads(line)["message"] for line in log.getvalue().splitlines()]


def test_a_counter_counts_by_label(metrics: Metrics) -> None:
    events = metrics.counter("events_total", labels=("path", "status"))
    events.inc(path="/a", status=200)
    events.inc(2.5, status="200", path="/a")
    events.inc(amount=4, path="/b", status=True)

    assert (3.5, 4.0) == (
        events.value(path="/a", status="200"),
        events.value(path="/b", status="True"),
    )
    assert 0.0 == events.value(path="/c", status=200)
    assert "/c" not in metrics.text()


def test_a_metric_without_labels_is_shown_from_the_start(metrics: Metrics) -> None:
    metrics.counter("c_total", "Counted")

    assert "# HELP c_total Counted\n# TYPE c_total counter\nc_total 0\n" == metrics.text()


def test_a_gauge_goes_up_and_down(metrics: Metrics) -> None:
    gauge = metrics.gauge("g", labels=("m",))
    gauge.set(5, m="a")
    gauge.inc(m="a")
    gauge.dec(2.5, m="a")
    gauge.set(math.inf, m="b")

    assert (3.5, math.inf) == (gauge.value(m="a"), gauge.value(m="b"))


@given(st.lists(st.floats(-10, 10), max_size=30))
def test_a_histogram_counts_what_is_not_above_each_bound(values: list[float]) -> None:
    metrics = Metrics(None)
    bounds = (-1.0, 0.0, 2.5)
    spread = metrics.histogram("h", buckets=bounds)
    for value in values:
        spread.observe(value)

    text = metrics.text()
    for bound in bounds:
        below = sum(value <= bound for value in values)
        assert f'h_bucket{{le="{bound:g}"}} {below}\n' in text
    assert f'h_bucket{{le="+Inf"}} {len(values)}\n' in text
    assert len(values) == spread.count()
    assert math.isclose(math.fsum(values), spread.sum(), abs_tol=1e-9)


def test_numpys_numbers_are_numbers(metrics: Metrics) -> None:
    spread, counter = metrics.histogram("h"), metrics.counter("c")
    half, three = cast("Any", np.float32(0.5)), cast("Any", np.int64(3))
    spread.observe(half)
    counter.inc(three)

    assert (0.5, 3.0) == (spread.sum(), counter.value())


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError("not shown")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "3", None, [1], Shy()])
def test_what_is_no_number_is_told_once_and_never_fails_an_event(
    metrics: Metrics, log: io.StringIO, value: Any
) -> None:
    counter, spread, gauge = metrics.counter("c"), metrics.histogram("h"), metrics.gauge("g")
    for _ in range(3):
        counter.inc(value)
        spread.observe(value)
    if not isinstance(value, float):
        gauge.set(value)
        gauge.inc(value)
        gauge.dec(value)

    assert (0.0, 0, 0.0) == (counter.value(), spread.count(), gauge.value())
    assert ["metric 'c'", "metric 'h'", "metric 'g'"][: len(said(log))] == [
        line.partition(":")[0] for line in said(log)
    ]
    assert len(said(log)) == (2 if isinstance(value, float) else 3)


def test_a_counter_never_goes_back(metrics: Metrics, log: io.StringIO) -> None:
    counter = metrics.counter("c_total")
    counter.inc(2)
    counter.inc(-1)

    assert 2.0 == counter.value()
    assert ["metric 'c_total': -1 is not counted: it is no number from 0 upwards"] == said(log)


def test_other_labels_than_those_declared_are_refused(metrics: Metrics) -> None:
    metrics.counter("c", labels=("model", "status"))
    metrics.gauge("g")

    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: metrics["c"].inc(), "all of which are given each time"),
        (lambda: metrics["c"].inc(model="a"), "add status=…"),
        (lambda: metrics["c"].inc(modell="a", status=1), "did you mean 'model'?"),
        (lambda: metrics["c"].value(model="a"), "add status=…"),
        (lambda: metrics["g"].set(1, model="a"), "has no labels, no 'model'"),
    ]
    for call, what in refused:
        with pytest.raises(FuncsError) as caught:
            call()
        assert what in str(caught.value)


def test_labels_are_bounded_and_it_is_said_once(metrics: Metrics, log: io.StringIO) -> None:
    counter = metrics.counter("c", labels=("id",))
    for number in range(MOST_LABEL_SETS + 50):
        counter.inc(id=number)
    counter.inc(id=0)

    assert (2.0, 0.0) == (counter.value(id="0"), counter.value(id=MOST_LABEL_SETS))
    assert MOST_LABEL_SETS + 1 == len(metrics.text().splitlines())
    assert [f"metric 'c': events with other labels than its first {MOST_LABEL_SETS} are not "
            "counted"] == said(log)  # fmt: skip


def test_a_long_label_is_cut_and_any_value_is_one(metrics: Metrics, log: io.StringIO) -> None:
    counter = metrics.counter("c", labels=("l",))
    for value in ("x" * 1000, ["a"], None, "\ud800\n", Shy()):
        counter.inc(l=value)

    shown = ("x" * LONGEST_LABEL, "['a']", None, "\ud800\n")
    assert [1.0] * 4 == [counter.value(l=value) for value in shown]
    assert ["metric 'c': a label's value cannot be shown: it is counted as ''"] == said(log)


def test_a_full_memory_is_told_and_what_was_there_goes_on(
    metrics: Metrics, log: io.StringIO
) -> None:
    first = metrics.counter("first")
    long = metrics.counter("long", labels=[f"l{number}" for number in range(70)])
    short = metrics.counter("short", labels=("l",))
    for number in range(MOST_LABEL_SETS):
        labels: dict[str, Any] = dict.fromkeys(long.declaration.labels, f"{number:0256}")
        long.inc(**labels)
    for number in range(MOST_LABEL_SETS):
        short.inc(l=number)
    late = metrics.counter("late")
    late.inc()
    first.inc()

    assert (1.0, 0.0) == (first.value(), late.value())
    assert {"the memory of all metrics is full: what is new is not counted"} == {
        line.partition(": ")[2] for line in said(log)
    }


def test_no_count_of_threads_is_lost(metrics: Metrics) -> None:
    counter, spread = metrics.counter("c", labels=("l",)), metrics.histogram("h")

    def work() -> None:
        for number in range(2000):
            counter.inc(l=number % 7)
            spread.observe(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 8000 == sum(counter.value(l=n) for n in range(7))
    assert (8000, 8000.0) == (spread.count(), spread.sum())
