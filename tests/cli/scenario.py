"""A scenario of the command line, as a text file.

The first lines say what it shows. A line ``$ …`` is run by sh in a fresh folder; the lines below
are what it prints, stdout before stderr, where ``…`` stands for anything, and ``[1]`` for its exit
code where that is not 0. From ``-- path --`` on the file holds the files that the folder starts
with.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_FILE = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
_EXIT = re.compile(r"\[(\d+)\]\n\Z")
_PATIENCE_S = 90.0


class ScenarioError(Exception):
    """A command did something else than the scenario says."""


@dataclass(frozen=True)
class Command:
    """One line to run, what it prints and how it ends."""

    line: str
    output: str
    code: int


@dataclass(frozen=True)
class Scenario:
    """Commands, and the files they find."""

    commands: list[Command]
    files: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> Scenario:
        """The scenario that the text tells."""
        script, *rest = _FILE.split(text)
        commands = [_command(part) for part in re.split(r"^\$ ", script, flags=re.M)[1:]]
        return cls(commands, dict(zip(rest[::2], rest[1::2], strict=True)))

    def play(self, folder: Path) -> None:
        """Run it in ``folder``.

        Raises:
            ScenarioError: a command printed or answered something else.
        """
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for command in self.commands:
            _play(command, folder)


def _command(part: str) -> Command:
    line, _, output = part.partition("\n")
    output = output.rstrip("\n") + "\n"
    found = _EXIT.search(output)
    return Command(line, _EXIT.sub("", output).strip(), int(found[1]) if found else 0)


def _play(command: Command, folder: Path) -> None:
    own = str(Path(sys.executable).parent)
    environ = {name: text for name, text in os.environ.items() if not name.startswith("FUNCS_")}
    environ |= {"PATH": os.pathsep.join((own, os.environ["PATH"])), "COLUMNS": "100"}
    done = subprocess.run(
        ["sh", "-c", command.line],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    printed = (done.stdout + done.stderr).strip()
    pattern = ".*?".join(map(re.escape, command.output.split("…")))
    if done.returncode != command.code or not re.fullmatch(pattern, printed, re.DOTALL):
        wanted = f"{command.output}\n[{command.code}]"
        raise ScenarioError(
            f"$ {command.line}\n{wanted}\n-- was --\n{printed}\n[{done.returncode}]"
        )
