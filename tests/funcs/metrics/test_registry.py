"""`context.metrics`: metrics by name, and the file that they are shared in."""

from __future__ import annotations

import doctest
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from funcs.errors import FuncsError
from funcs.metrics import registry
from funcs.metrics.memory import MemoryReader
from funcs.metrics.registry import Metrics

OPEN_FILES = Path("/proc/self/fd")


def test_the_example_in_the_docstring_holds() -> None:
    assert 0 == doctest.testmod(registry).failed


def test_a_name_is_one_metric() -> None:
    metrics = Metrics(None)
    made = metrics.counter("c", labels=("a",))

    assert made is metrics.counter("c", "help counts for nothing", ["a"])
    assert made is metrics["c"]
    assert (["c"], 1, True, False) == (list(metrics), len(metrics), "c" in metrics, "d" in metrics)


def test_the_same_name_for_something_else_is_refused() -> None:
    metrics = Metrics(None)
    metrics.histogram("h", labels=("a",), buckets=(1,))

    others: list[Callable[[], object]] = [
        lambda: metrics.counter("h"),
        lambda: metrics.histogram("h", labels=("b",), buckets=(1,)),
        lambda: metrics.histogram("h", labels=("a",), buckets=(2,)),
    ]
    for declare in others:
        with pytest.raises(FuncsError) as caught:
            declare()
        known = "metric 'h' is there already, as histogram with labels ('a',) and buckets (1.0,)"
        assert known == caught.value.what


@pytest.mark.parametrize("name", ["h_count", "h_sum", "h_bucket"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_name_that_a_histogram_shows_too_is_refused(name: str, is_first: bool) -> None:
    metrics = Metrics(None)
    declare: list[Callable[[], object]] = [
        lambda: metrics.histogram("h"),
        lambda: metrics.counter(name),
    ]
    first, second = declare if is_first else declare[::-1]
    first()

    with pytest.raises(FuncsError, match=f"would both show '{name}'"):
        second()


def test_a_metric_that_is_not_there_names_the_nearest() -> None:
    metrics = Metrics(None)
    metrics.counter("answers_total")

    with pytest.raises(KeyError, match="did you mean 'answers_total'"):
        metrics["answer_total"]


def test_the_values_lie_in_the_file_that_is_shared() -> None:
    kept: list[int] = []
    metrics = Metrics(None, lambda fd: kept.append(os.dup(fd)))
    metrics.counter("c").inc(3)
    try:
        reader = MemoryReader.of_file(kept[0])
        families = reader.families()
    finally:
        os.close(kept[0])

    assert {(): [3.0]} == families["c"].samples
    assert "# TYPE c counter\nc 3\n" == metrics.text()


def test_threads_that_declare_at_once_get_one_metric_and_share_one_file() -> None:
    shared: list[int] = []
    metrics, start = Metrics(None, shared.append), threading.Barrier(8)

    def work() -> None:
        start.wait()
        metrics.counter("c").inc()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (1, "# TYPE c counter\nc 8\n") == (len(shared), metrics.text())


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="no /proc")
def test_no_descriptor_stays_open_but_the_mappings() -> None:
    before = len(list(OPEN_FILES.iterdir()))
    every = [Metrics(None, lambda fd: None).counter("c") for _ in range(5)]
    after = len(list(OPEN_FILES.iterdir()))

    assert len(every) == after - before


def test_without_metrics_there_is_no_text() -> None:
    assert "" == Metrics(None).text()
