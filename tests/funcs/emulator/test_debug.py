"""`funcs run --debug` on a real pseudo-terminal: `breakpoint()` in a handler works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from funcs.emulator.call import CallError, call
from tests.funcs.emulator.terminal import PATIENCE_S, write_files

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

MAIN = """
def handler(context, event):
    secret = 6 * 7
    breakpoint()
    return {"secret": secret}
"""
#: Waits longer than the time limit that function.yaml sets.
SPEC = """
spec:
  handler: main:handler
  eventTimeout: 100ms
  triggers:
    web: {kind: http, numWorkers: 4}
"""


class Terminal:
    """A shell command on a pseudo-terminal of its own; what it shows, and keys for it."""

    def __init__(self, command: str, cwd: Path) -> None:
        self._master, slave = pty.openpty()
        # The leader of a new session takes the first terminal it opens as its own.
        line = f"exec <{os.ttyname(slave)} >{os.ttyname(slave)} 2>&1; {command}"
        self.process = subprocess.Popen(["sh", "-c", line], cwd=cwd, start_new_session=True)
        self._slave = slave
        self.shown = ""
        self._changed = threading.Condition()
        self._is_over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, pattern: str, *, times: int = 1) -> re.Match[str]:
        """The last of so many matches in what is shown."""
        expression = re.compile(pattern, re.MULTILINE)
        with self._changed:
            self._changed.wait_for(
                lambda: self._count(expression) >= times or self._is_over, PATIENCE_S
            )
            found = list(expression.finditer(self.shown))
        assert len(found) >= times, f"{pattern!r} is not in:\n{self.shown}"
        return found[times - 1]

    def settings(self) -> list[Any]:
        """How the terminal treats what is typed."""
        found: list[Any] = termios.tcgetattr(self._slave)
        return found

    def end(self) -> int:
        code = self.process.wait(PATIENCE_S)
        os.close(self._slave)
        self._reader.join(PATIENCE_S)
        os.close(self._master)
        return code

    def _count(self, expression: re.Pattern[str]) -> int:
        return len(expression.findall(self.shown))

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 4096)
            except OSError:  # the other end is closed
                data = b""
            with self._changed:
                self.shown += data.decode(errors="replace").replace("\r\n", "\n")
                self._is_over = not data
                self._changed.notify_all()
            if not data:
                return


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    folder = write_files(tmp_path / "shop", {"main.py": MAIN, "function.yaml": SPEC})
    command = f"NO_COLOR=1 exec {sys.executable} -m funcs run {folder} --debug --port 0"
    shown = Terminal(command, tmp_path)
    yield shown
    if shown.process.poll() is None:
        shown.type("\x03")
        shown.type("\x03")
    shown.end()


def test_a_breakpoint_opens_the_debugger_here(terminal: Terminal) -> None:
    url = terminal.wait_for(r"^  address  (http://\S+)$")[1]
    terminal.wait_for(r"serves with 1 worker,")
    terminal.wait_for(r"^  code     write breakpoint\(\) in it")
    answers: list[object] = []
    asking = threading.Thread(target=lambda: answers.append(call(url).json()))
    asking.start()

    terminal.wait_for(r"\(Pdb\) ")
    terminal.type("p secret\n")
    terminal.wait_for(r"^42$")
    terminal.type("secret = 43\n")
    terminal.wait_for(r"\(Pdb\) ", times=3)
    asking.join(0.5)  # well past eventTimeout
    assert [] == answers
    terminal.type("c\n")
    asking.join(PATIENCE_S)

    assert [{"secret": 43}] == answers
    terminal.type("\x03")
    assert 0 == terminal.process.wait(PATIENCE_S)


def test_ctrl_c_at_the_prompt_ends_all_and_mends_the_terminal(terminal: Terminal) -> None:
    url = terminal.wait_for(r"^  address  (http://\S+)$")[1]
    before = terminal.settings()
    failures: list[CallError] = []

    def ask() -> None:
        try:
            call(url)
        except CallError as error:
            failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    terminal.wait_for(r"\(Pdb\) ")
    terminal.type("\x03")

    assert 0 == terminal.process.wait(PATIENCE_S)
    asking.join(PATIENCE_S)
    assert before == terminal.settings()
