"""Ctrl-C while a tape is replayed: nobody waits for what is under way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.funcs.emulator.terminal import write_files
from tests.funcs.tape.writing import Recording, exchange

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

#: Less than a worker is given to finish, less than --timeout.
SOON_S = 9.0
STUCK = """
import os
import time


def handler(context, event):
    os.write(2, b"asked\\n")
    time.sleep(3600)
"""
REPLAY = """
import signal
import sys

from funcs.cli.main import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored
sys.exit(main(["replay", "t.jsonl", *sys.argv[1:]]))
"""


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    Recording(folder / "t.jsonl").tell(exchange(worker=0), exchange(worker=0))
    command = [sys.executable, "-c", REPLAY, *options]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("speed", ["max", "1x"])
def test_a_function_that_hangs_is_left_at_once(tmp_path: Path, speed: str) -> None:
    write_files(tmp_path, {"main.py": STUCK})
    with start(tmp_path, "--speed", speed, "--report", "r.html") as replaying:
        assert replaying.stderr is not None
        assert "asked\n" == replaying.stderr.readline()
        os.kill(replaying.pid, signal.SIGINT)
        _, said = replaying.communicate(timeout=SOON_S)

    assert 130 == replaying.returncode
    assert "interrupted: 0 events sent" in said
    assert "0 events sent" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize("speed", ["max", "1x"])
def test_an_address_that_hangs_is_left_at_once(tmp_path: Path, speed: str) -> None:
    asked, done = threading.Event(), threading.Event()

    class Stuck(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.set()
            done.wait()

    server = HTTPServer(("127.0.0.1", 0), Stuck)
    threading.Thread(target=server.handle_request, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with start(tmp_path, "--against", url, "--speed", speed) as replaying:
        assert asked.wait(SOON_S)
        os.kill(replaying.pid, signal.SIGINT)
        _, said = replaying.communicate(timeout=SOON_S)
    done.set()
    server.server_close()

    assert (130, "interrupted: 0 events sent: 0 the same, 0 different\n") == (
        replaying.returncode, said,
    )  # fmt: skip
