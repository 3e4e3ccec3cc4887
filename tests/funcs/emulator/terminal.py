"""`funcs run` as a person runs it: a process, what it prints, Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

PATIENCE_S = 60.0


class RunProcess:
    """`funcs run` on a folder; its output is gathered while it runs."""

    def __init__(
        self,
        folder: Path | str,
        *arguments: str,
        port: str | None = "0",
        environ: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        command = [sys.executable, "-m", "funcs", "run", str(folder), *arguments]
        command += ["--port", port] if port is not None else []
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(environ or {})},
            cwd=cwd,
            start_new_session=True,
        )
        self.printed = ""
        self._changed = threading.Condition()
        self._is_over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, pattern: str, *, after: int = 0) -> re.Match[str]:
        """The first match in what is printed beyond ``after`` characters."""
        expression = re.compile(pattern, re.MULTILINE)
        with self._changed:
            self._changed.wait_for(
                lambda: expression.search(self.printed, after) or self._is_over, PATIENCE_S
            )
            found = expression.search(self.printed, after)
        assert found is not None, f"{pattern!r} is not in:\n{self.printed[after:]}"
        return found

    @property
    def url(self) -> str:
        """The address on the first screen."""
        return self.wait_for(r"^  address  (http://\S+)$")[1]

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        """Ctrl-C, and the exit code."""
        if self.process.poll() is None:
            self.interrupt()
        return self.wait()

    def wait(self) -> int:
        """The exit code, once it has ended and all of its output is here."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def _read(self) -> None:
        for line in self.process.stdout or ():
            with self._changed:
                self.printed += line
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def write_files(folder: Path, files: dict[str, str]) -> Path:
    """The folder with these files in it."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def children_of(pid: int) -> Sequence[int]:
    """The processes that ``pid`` has started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def is_alive(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
