"""A page of documentation as something that can be run.

Fenced blocks, by their language:

- ``python``, ``yaml``, ``json`` whose first line is a comment naming a file (``# main.py``,
  ``// body.json``): the file is written into the page's folder (a second block of the same name
  replaces it);
- any other ``python``: run, with the names of the blocks before it;
- ``console``: each ``$ line`` is run by sh; the lines below it are what it prints, where ``…``
  stands for anything. A line ending in `` &`` goes on until the page ends and is waited for until
  it has printed its lines;
- ``text`` and all others are for reading.

The ports that pages name (8080 to 8083, 8090) are replaced by free ones, so that pages can run at
once, and beside any other program.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^(?:#|//|<!--) ([\w./-]+\.\w+)(?: -->)?\n")
PATIENCE_S = 60.0

_PORTS = ("8080", "8081", "8082", "8083", "8090")
_NAMED_PORT = re.compile(rf"(port |localhost:)({'|'.join(_PORTS)})\b")


@dataclass(frozen=True)
class Block:
    """One fenced block and the line it starts on."""

    language: str
    text: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    """The page's fenced blocks in order."""
    source = page.read_text()
    return [
        Block(found[1], found[2], source.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(source)
    ]


@dataclass
class Step:
    """One command of a console block and what it should print."""

    command: str
    expected: str

    @property
    def stays(self) -> bool:
        return self.command.endswith(" &")


def steps_of(text: str) -> list[Step]:
    """The commands of a console block."""
    steps: list[Step] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:].strip(), ""))
        elif steps:
            steps[-1].expected += line + "\n"
    return steps


def matches(expected: str, printed: str) -> bool:
    """Whether the text was printed; ``…`` stands for anything, outer blanks do not count."""
    parts = [re.escape(part) for part in expected.strip().split("…")]
    return re.fullmatch(".*?".join(parts), printed.strip(), re.DOTALL) is not None


@dataclass
class Shell:
    """Runs a page's commands in its folder; what stays in the background ends with it."""

    folder: Path
    background: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with ExitStack() as open_until_all_are_chosen:
            servers = {
                port: open_until_all_are_chosen.enter_context(
                    socket.create_server(("127.0.0.1", 0))
                )
                for port in _PORTS
            }
            self.ports = {port: str(each.getsockname()[1]) for port, each in servers.items()}
        place = [str(Path(sys.executable).parent), os.environ["PATH"]]
        self.environment = {**os.environ, "PATH": os.pathsep.join(place), "NO_COLOR": "1"}

    def run(self, step: Step) -> str:
        """What the command printed, with the page's ports in place of ours."""
        if step.stays:
            return self._start(step)
        note = self.folder / ".cwd"
        command = f"{self._with_our_ports(step.command)}\npwd >{note}"
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        self.folder = Path(note.read_text().strip())  # a cd holds for the next command
        note.unlink()
        return self._as_written(done.stdout)

    def _with_our_ports(self, command: str) -> str:
        command = re.sub(r"\bfuncs run\b(?!.*--port )", "funcs run --port 8080", command)
        return _NAMED_PORT.sub(lambda found: found[1] + self.ports[found[2]], command)

    def _as_written(self, printed: str) -> str:
        for port, ours in self.ports.items():
            printed = printed.replace(f":{ours}", f":{port}")
        return printed

    def _start(self, step: Step) -> str:
        command = self._with_our_ports(step.command.removesuffix(" &"))
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.background.append(process)
        return self._as_written(_printed_until(process, step.expected, self._as_written))

    def close(self) -> None:
        """End what the page started."""
        for process in self.background:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_S)
            if process.stdout is not None:
                process.stdout.close()


def _printed_until(process: subprocess.Popen[str], expected: str, clean: object) -> str:
    """What the process printed up to the expected text; all it printed if that never came."""
    assert process.stdout is not None
    assert callable(clean)
    stream, printed, done = process.stdout, [""], threading.Event()

    def read() -> None:
        for line in stream:
            printed[0] += line
            if matches(expected, str(clean(printed[0]))):
                done.set()
        done.set()

    threading.Thread(target=read, daemon=True).start()
    done.wait(PATIENCE_S)
    return printed[0]
