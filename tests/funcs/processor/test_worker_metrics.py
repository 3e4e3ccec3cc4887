"""What handlers count, on the page of their processor: summed, and not lost with a worker."""

from __future__ import annotations

import os
import re
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from funcs.metrics.memory import Memory, new_file
from funcs.metrics.registry import Metrics
from funcs.processor.worker_metrics import WorkerMetrics
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import Flood, until
from tests.funcs.processor.serving import PROBE, Serving

COUNTING = PROBE.parent / "counting"
DIED = "Unexpected termination of child process"


def page(serving: Serving) -> str:
    text = serving.get("/metrics", port=serving.processor.port_of("metrics"))[1]
    return text[text.rindex("nuclio_processor_") :].partition("\n")[2]


def number(serving: Serving, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", page(serving), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_page_shows_what_was_answered_before_it(serve: Serve) -> None:
    serving = serve(folder=COUNTING)
    seen = []
    for _ in range(5):
        serving.get("/a")
        seen.append(number(serving, 'answers_total{path="/a"}'))

    assert [1.0, 2.0, 3.0, 4.0, 5.0] == seen
    assert (
        "# HELP answers_total Answers\n"
        "# TYPE answers_total counter\n"
        'answers_total{path="/a"} 5\n'
        "# TYPE level gauge\n"
        "level 0\n"
        "# TYPE sizes histogram\n"
        'sizes_bucket{le="1"} 0\n'
        'sizes_bucket{le="10"} 5\n'
        'sizes_bucket{le="+Inf"} 5\n'
        "sizes_sum 10\n"
        "sizes_count 5\n"
    ) == page(serving)


def test_workers_are_summed_and_the_dead_stay_counted(serve: Serve) -> None:
    serving = serve(folder=COUNTING, workers=2)
    before = {serving.get("/a?level=3")[1] for _ in range(6)}
    assert (2, 6.0) == (len(before), number(serving, "level"))

    serving.get("/leave?level=5")
    serving.get("/kill?level=5")
    serving.records.until(DIED, 2)
    until(lambda: serving.processor.pools["web"].crew.is_ready)
    after = {serving.get("/a?level=1")[1] for _ in range(4)}

    assert not before & after
    assert (10.0, 1.0, 1.0, 2.0) == (
        number(serving, 'answers_total{path="/a"}'),
        number(serving, 'answers_total{path="/leave"}'),
        number(serving, 'answers_total{path="/kill"}'),
        number(serving, "level"),
    )
    assert 12.0 == number(serving, "sizes_count")


def test_a_reload_goes_on_counting(serve: Serve) -> None:
    serving = serve(folder=COUNTING, workers=2)
    serving.get("/a")

    serving.run(serving.processor.reload())
    serving.get("/a")

    assert 2.0 == number(serving, 'answers_total{path="/a"}')


def test_a_metric_that_comes_late_is_shown_too(serve: Serve) -> None:
    serving = serve(folder=COUNTING)
    assert "gated_total" not in page(serving)

    serving.get("/gate")

    assert 1.0 == number(serving, "gated_total")


def test_no_count_is_lost_under_load_and_kills(serve: Serve) -> None:
    serving = serve(folder=COUNTING, workers=2)
    crew = serving.processor.pools["web"].crew
    flood = Flood(serving, ["/a"] * 1000, connections=16)
    counts = []
    for kill in range(3):
        until(lambda: crew.is_ready)
        crew.links[kill % 2].process.kill()
        serving.records.until(DIED, kill + 1)
        counts.append(number(serving, 'answers_total{path="/a"}'))
    answered = list(flood.answers().values()).count(200)

    counts.append(number(serving, 'answers_total{path="/a"}'))
    assert sorted(counts) == counts
    assert answered <= counts[-1] <= 1000


def test_a_handler_without_metrics_has_no_file(serve: Serve) -> None:
    serving = serve()
    serving.get("/hello")

    assert "" == page(serving)
    assert {} == serving.processor.pools["web"].crew.metrics.families()


def test_no_file_stays_open_for_a_worker_that_is_gone(serve: Serve) -> None:
    files = Path("/proc/self/fd")
    if not files.is_dir():
        pytest.skip("no /proc")
    serving = serve(folder=COUNTING)

    def shared() -> int:
        names = []
        for file in files.iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                names.append(str(file.readlink()))
        return sum("funcs-metrics" in name for name in names)

    serving.get("/a")
    one = shared()
    for count in range(3):
        serving.get("/leave")
        serving.records.until(DIED, count + 1)
        serving.get("/a")

    assert (1, 1) == (one, shared())


def test_what_is_no_file_is_not_read_and_not_kept() -> None:
    ours, theirs = socket.socketpair()
    fd = os.dup(ours.fileno())
    with ours, theirs, pytest.raises(OSError, match="metrics lie in a file"):
        WorkerMetrics(print).open(fd)

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_labels_beyond_the_bound_are_told_once() -> None:
    said: list[str] = []
    together = WorkerMetrics(said.append)
    for start in (0, 900):
        metrics = Metrics(None, lambda fd: together.open(os.dup(fd)))
        counter = metrics.counter("c", labels=("id",))
        for each in range(start, start + 900):
            counter.inc(id=each)

    for _ in range(2):
        assert 1000 == len(together.families()["c"].samples)
    assert ["metric 'c': only 1000 sets of labels are shown, over all workers"] == said


def test_a_file_of_garbage_counts_nothing() -> None:
    together = WorkerMetrics(print)
    fd = new_file()
    Memory(fd)
    os.pwrite(fd, b"\xff" * 4096, 0)
    together.open(fd)

    assert {} == together.families()
    together.close(fd)
    assert {} == together.families()


def test_a_file_that_can_be_read_no_more_fails_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    together = WorkerMetrics(said.append)
    file = tmp_path / "write-only"
    file.touch()
    fd = os.open(file, os.O_WRONLY)
    together.open(fd)

    assert {} == together.families()
    together.close(fd)
    assert {} == together.families()
    assert all(line.startswith("metrics of a worker cannot be read: OSError") for line in said)
