"""`funcs run` and what brings events: HTTP kept alive, and triggers beside it."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from funcs.emulator.call import call
from tests.funcs.emulator.terminal import PATIENCE_S, RunProcess, write_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

HANDLER = """
def handler(context, event):
    context.logger.info_with("asked by", kind=event.trigger.kind)
    return "hello"
"""
Start = Callable[[str], RunProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a function that has one trigger, written as YAML; ended with the test."""
    started: list[RunProcess] = []

    def begin(trigger: str) -> RunProcess:
        files = {"main.py": HANDLER, "function.yaml": f"spec: {{triggers: {{{trigger}}}}}\n"}
        started.append(RunProcess(write_files(tmp_path / "shop", files)))
        return started[-1]

    yield begin
    for run in started:
        run.end()


def test_a_cron_trigger_ticks_beside_http(start: Start) -> None:
    run = start("clock: {kind: cron, attributes: {interval: 200ms}}")

    assert "hello" == call(run.url).text
    run.wait_for(r"asked by  kind=http$")
    run.wait_for(r"asked by  kind=cron$")


def test_triggers_of_kinds_that_are_not_there_are_named(start: Start) -> None:
    run = start("jobs: {kind: nats, attributes: {topic: jobs}}")

    assert "hello" == call(run.url).text
    run.wait_for(r"^no events from jobs \(nats\): not emulated yet$")


def test_keep_alive_works(start: Start) -> None:
    run = start("web: {kind: http}")
    connection = http.client.HTTPConnection(run.url.removeprefix("http://"), timeout=PATIENCE_S)
    for _ in range(3):
        connection.request("GET", "/")
        assert b"hello" == connection.getresponse().read()
    connection.close()
