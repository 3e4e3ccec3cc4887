"""What workers print, line by line: passed on, or kept while a start may still fail."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from funcs.emulator.answer import LogLine

_RECEIVE = 65536
_LONGEST_LINE = 65536
_TRACEBACK = "Traceback (most recent call last):"
#: The wrapper's own record of a failure before it is connected (Nuclio 1.14).
_FAILED = "Caught unhandled exception while initializing"

Say = Callable[[int, str], None]
Log = Callable[[LogLine], None]
Hear = Callable[[str], bool]


@dataclass(slots=True)
class _Pipe:
    """One worker's output. ``trouble`` holds the lines from its first traceback on."""

    worker: int
    rest: bytes = b""
    trouble: list[str] = field(default_factory=list)


class Outputs:
    """The output of all workers.

    While workers start (``is_starting``), what follows a traceback is held back: if the start
    fails it is the reason, and `take_trouble` gives it; if not, `settle` prints it. ``hear`` is
    given every line first, and says whether it was for it.
    """

    def __init__(self, say: Say, log: Log, hear: Hear = lambda text: False) -> None:
        self.is_starting = True
        self._say = say
        self._log = log
        self._hear = hear
        self._pipes: dict[int, _Pipe] = {}
        self._ended: list[_Pipe] = []

    def adopt(self, reader: int, worker: int) -> None:
        """Read from a new worker's pipe until its end."""
        os.set_blocking(reader, False)
        self._pipes[reader] = _Pipe(worker)
        asyncio.get_running_loop().add_reader(reader, self._read, reader)

    def take_trouble(self) -> Sequence[str]:
        """The lines of the first traceback that was held back; all others are forgotten."""
        self.read_all()
        found = [pipe.trouble for pipe in (*self._ended, *self._pipes.values()) if pipe.trouble]
        self._forget()
        return found[0] if found else []

    def settle(self) -> None:
        """Every worker is up: what was held back was no failure to start."""
        for pipe in (*self._ended, *self._pipes.values()):
            for line in pipe.trouble:
                self._say(pipe.worker, line)
        self._forget()
        self.is_starting = False

    def read_all(self) -> None:
        """Take what lies in the pipes now."""
        for reader in list(self._pipes):
            self._read(reader)

    def close(self) -> None:
        """Read what is left, and read no more."""
        self.read_all()
        for reader in list(self._pipes):
            self._end(reader)

    def _forget(self) -> None:
        self._ended.clear()
        for pipe in self._pipes.values():
            pipe.trouble = []

    def _read(self, reader: int) -> None:
        pipe = self._pipes[reader]
        while True:
            try:
                data = os.read(reader, _RECEIVE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._end(reader)
                return
            *lines, pipe.rest = (pipe.rest + data).split(b"\n")
            for line in lines:
                self._line(pipe, line)
            if len(pipe.rest) > _LONGEST_LINE:
                self._line(pipe, pipe.rest)
                pipe.rest = b""

    def _end(self, reader: int) -> None:
        asyncio.get_running_loop().remove_reader(reader)
        os.close(reader)
        pipe = self._pipes.pop(reader)
        if pipe.rest:
            self._line(pipe, pipe.rest)
        if self.is_starting:
            self._ended.append(pipe)

    def _line(self, pipe: _Pipe, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        if self._hear(text):
            return
        record = _record(text)
        if record is not None:
            self._record(pipe, record)
        elif self.is_starting and (pipe.trouble or text.startswith(_TRACEBACK)):
            pipe.trouble.append(text)
        else:
            self._say(pipe.worker, text)

    def _record(self, pipe: _Pipe, record: LogLine) -> None:
        """A record that was logged before the worker was connected."""
        if record.message == _FAILED and self.is_starting:
            pipe.trouble += str(record.variables.get("traceback", "")).splitlines()
        elif record.level != "debug":
            self._log(record)


def _record(text: str) -> LogLine | None:
    if not text.startswith('{"datetime": "'):
        return None
    try:
        value = json.loads(text)
        return LogLine(str(value["level"]), str(value["message"]), dict(value["with"]))
    except (ValueError, KeyError, TypeError):
        return None
