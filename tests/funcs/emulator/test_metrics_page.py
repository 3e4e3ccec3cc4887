"""Where `funcs run` shows what a handler counts."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from funcs.emulator.call import call
from tests.funcs.emulator.terminal import RunProcess, write_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

COUNTING = """
def handler(context, event):
    context.metrics.counter("asked_total").inc()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "shop", {"main.py": COUNTING})


def test_the_first_screen_names_the_page(folder: Path) -> None:
    run = RunProcess(folder)
    page = run.wait_for(r"^  metrics  (\S+)/metrics$")[1]
    call(run.url, path="/a")
    text = call(page, path="/metrics").text
    run.end()

    assert "asked_total 1\n" in text


def test_its_port_can_be_chosen_and_a_taken_one_is_told(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = RunProcess(folder, "--metrics-port", str(port))
        refused.wait_for(rf"error: port {port} is taken by another program")
        refused.wait_for(rf"choose another with --metrics-port {port + 1}")
        refused.wait()
    run = RunProcess(folder, "--metrics-port", str(port))
    run.wait_for(rf"^  metrics  http://127.0.0.1:{port}/metrics$")

    assert 0 == run.end()


def test_a_program_is_told_of_it_too(folder: Path) -> None:
    run = RunProcess(folder, "--json")
    ready = json.loads(run.wait_for(r'^{"kind": "ready".*$')[0])
    run.end()

    assert ready["metrics"].endswith("/metrics")
