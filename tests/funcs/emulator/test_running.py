"""`.funcs/run.json`: who serves a folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from funcs.emulator.running import Running


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/__internal/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Healthy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_who_wrote_the_record_is_found(tmp_path: Path, url: str) -> None:
    running = Running(url, os.getpid())
    running.write(tmp_path)

    assert running == Running.of(tmp_path)
    assert "*\n" == (tmp_path / ".funcs" / ".gitignore").read_text()

    running.remove(tmp_path)
    assert Running.of(tmp_path) is None


def test_a_record_of_a_dead_process_counts_for_nothing(tmp_path: Path, url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    Running(url, gone.pid).write(tmp_path)

    assert Running.of(tmp_path) is None


def test_an_address_where_nobody_answers_counts_for_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    Running(url, os.getpid()).write(tmp_path)

    assert Running.of(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"url": 1, "pid": "x"}', '{"url": "a", "pid": -5}']
)
def test_a_broken_record_counts_for_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / ".funcs").mkdir()
    (tmp_path / ".funcs" / "run.json").write_text(text)

    assert Running.of(tmp_path) is None


def test_another_emulators_record_is_left_alone(tmp_path: Path, url: str) -> None:
    other = Running(url, os.getpid())
    other.write(tmp_path)

    Running(url, 1).remove(tmp_path)

    assert other == Running.of(tmp_path)


def test_a_folder_that_cannot_be_written_goes_without(tmp_path: Path) -> None:
    (tmp_path / ".funcs").write_text("a file where the folder would be")

    Running("http://127.0.0.1:1", os.getpid()).write(tmp_path)

    assert Running.of(tmp_path) is None
