"""Remembers in ``.funcs/run.json`` which emulator serves a function's folder."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from funcs.emulator.call import CallError, call

_HEALTH = "/__internal/health"


@dataclass(frozen=True, slots=True)
class Running:
    """An emulator that serves a folder: its address and its process."""

    url: str
    pid: int

    @classmethod
    def of(cls, folder: Path) -> Running | None:
        """Who serves ``folder`` now; nobody if the file is missing, broken or left behind."""
        try:
            record = json.loads(_file(folder).read_bytes())
            running = cls(url=str(record["url"]), pid=int(record["pid"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return running if running.is_alive() else None

    def is_alive(self) -> bool:
        """Whether the process still lives and a function answers at its address."""
        if not _process_lives(self.pid):
            return False
        try:
            return call(self.url, path=_HEALTH, timeout_s=5.0).status == 200
        except CallError:
            return False

    def write(self, folder: Path) -> None:
        """Leave the record for others; a folder that cannot be written goes without one."""
        file = _file(folder)
        try:
            file.parent.mkdir(exist_ok=True)
            (file.parent / ".gitignore").write_text("*\n")  # what lies here is of this machine
            file.write_text(json.dumps(asdict(self)) + "\n")
        except OSError:
            return

    def remove(self, folder: Path) -> None:
        """Take the record away again, unless another emulator has written its own since."""
        file = _file(folder)
        try:
            if json.loads(file.read_bytes())["pid"] == self.pid:
                file.unlink()
        except (OSError, ValueError, KeyError, TypeError):
            return


def _file(folder: Path) -> Path:
    return folder / ".funcs" / "run.json"


def _process_lives(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill(pid, 0) would end it there; the address decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
