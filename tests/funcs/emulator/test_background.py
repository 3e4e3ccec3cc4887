"""An emulator in a process of its own does not outlive who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.funcs.emulator.terminal import PATIENCE_S, write_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

SLOW = """
import os
import time

os.write(2, b"starting\\n")
time.sleep(3600)


def handler(context, event):
    return 1
"""
ASK = """
import signal
import sys

from funcs.cli.main import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored
sys.exit(main(["invoke", "."]))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_signal_while_it_starts_ends_it_too(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    write_files(tmp_path, {"main.py": SLOW})
    command = [sys.executable, "-c", ASK]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as asking:
        assert asking.stderr is not None
        assert b"starting\n" == asking.stderr.readline()
        os.kill(asking.pid, number)
        asking.communicate(timeout=PATIENCE_S)  # the pipe ends with its last writer

    assert code == asking.returncode
