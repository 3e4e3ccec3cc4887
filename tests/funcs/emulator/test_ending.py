"""How `funcs run` ends: what is shown of it, and what is left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from funcs.emulator.call import call
from tests.funcs.emulator.terminal import RunProcess, children_of, is_alive, write_files
from tests.funcs.processor.flood import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

PLAIN = """
def handler(context, event):
    return "hello"
"""
Start = Callable[[str], RunProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `funcs run` with two workers of some code; ended with the test."""
    processes: list[RunProcess] = []

    def begin(code: str) -> RunProcess:
        folder = write_files(tmp_path / "shop", {"main.py": code})
        processes.append(RunProcess(folder, "--workers", "2"))
        return processes[-1]

    yield begin
    for process in processes:
        process.end()


@pytest.mark.parametrize("first", ["", "import asyncio\n"])
def test_what_a_worker_logs_of_its_own_end_is_not_shown(start: Start, first: str) -> None:
    run = start(first + PLAIN)
    call(run.url)
    run.wait_for(r"^GET / 200 .*$")
    shown = len(run.printed)

    assert 0 == run.end()

    assert "" == run.printed[shown:].strip()


def test_its_workers_end_with_it_when_it_is_killed(start: Start) -> None:
    run = start(PLAIN)
    assert run.url
    workers = children_of(run.process.pid)
    assert 2 == len(workers)

    run.process.kill()

    until(lambda: not any(map(is_alive, workers)))
