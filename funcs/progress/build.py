"""Shows how far a build is: a bar for each layer on a terminal, lines where it is no terminal."""

from __future__ import annotations

import os
import threading
import time
from typing import TextIO

from funcs.emulator.text import Paint, duration, printable, size

_DONE = {
    "pack": "packed",
    "pull": "pulled",
    "push": "pushed",
    "write": "wrote",
    "load": "loaded",
}
_DOING = {
    "pack": "packing",
    "pull": "pulling",
    "push": "pushing",
    "write": "writing",
    "load": "loading",
}
_BAR_WIDTH = 20
_NAME_WIDTH = 28
#: A terminal need not be written to more often.
_REDRAW_S = 0.05
_SMALL_BYTES = 64 << 10
_COLUMNS = 80


class _Act:
    """One layer on its way."""

    def __init__(self, act: str, name: str, size_bytes: int) -> None:
        self.act = act
        self.name = name
        self.size_bytes = size_bytes
        self.began = time.monotonic()
        self.done_bytes = 0


class Lines:
    """A line for each layer that had to move, when it is there; silent on what was there.

    ``packed_bytes`` is how much had to be made.
    """

    def __init__(self, stream: TextIO, paint: Paint) -> None:
        self._stream = stream
        self._paint = paint
        self._acts: dict[tuple[str, str], _Act] = {}
        self.packed_bytes = 0
        self._lock = threading.Lock()

    def started(self, act: str, name: str, size_bytes: int) -> None:
        """Remember it."""
        with self._lock:
            self._acts[act, name] = _Act(act, name, size_bytes)
            self._changed()

    def advanced(self, act: str, name: str, count_bytes: int) -> None:
        """Count it."""
        with self._lock:
            if (found := self._acts.get((act, name))) is not None:
                found.done_bytes += count_bytes
                self._changed()

    def finished(self, act: str, name: str, outcome: str) -> None:
        """Say it, if anything had to move."""
        with self._lock:
            found = self._acts.pop((act, name), None)
            if found is not None and outcome != "present":
                self.packed_bytes += found.done_bytes if act == "pack" else 0
                self._say(_line(found, outcome))
            self._changed()

    def close(self) -> None:
        """Nothing is left to be taken away."""

    def say(self, line: str) -> None:
        """Print a line, above the bars."""
        with self._lock:
            self._say(printable(line))
            self._changed()

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def _changed(self) -> None:
        """Something to show may have changed."""


class Bars(Lines):
    """The same, and below it a bar for each layer that is on its way."""

    def __init__(self, stream: TextIO, paint: Paint) -> None:
        super().__init__(stream, paint)
        self._shown = 0
        self._drawn_at = 0.0

    def close(self) -> None:
        """Take the bars away."""
        with self._lock:
            self._clear()
            self._stream.flush()

    def _say(self, line: str) -> None:
        self._clear()
        super()._say(line)

    def _changed(self) -> None:
        now = time.monotonic()
        if now - self._drawn_at < _REDRAW_S:
            return
        self._drawn_at = now
        self._clear()
        width = _columns(self._stream)
        for act in list(self._acts.values()):
            self._stream.write(f"{self._bar(act)[: width - 1]}\n")
            self._shown += 1
        self._stream.flush()

    def _clear(self) -> None:
        if self._shown:
            self._stream.write(f"\x1b[{self._shown}F\x1b[J")
            self._shown = 0

    def _bar(self, act: _Act) -> str:
        part = min(1.0, act.done_bytes / act.size_bytes) if act.size_bytes else 0.0
        filled = round(part * _BAR_WIDTH)
        bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
        name = printable(act.name)[:_NAME_WIDTH]
        of = f" of {size(act.size_bytes)}" if act.size_bytes else ""
        done = size(max(0, act.done_bytes))
        return f"{_DOING.get(act.act, act.act):<8} {name:<{_NAME_WIDTH}} {bar} {done}{of}"


def _line(act: _Act, outcome: str) -> str:
    words = [f"{_DONE.get(act.act, act.act):<7} {printable(act.name)}"]
    moved = max(act.size_bytes, act.done_bytes)
    if outcome == "mounted":
        words.append("from another repository")
    elif moved:
        words.append(size(moved))
    if moved > _SMALL_BYTES:
        words.append(duration(time.monotonic() - act.began))
    return ", ".join(words)


def _columns(stream: TextIO) -> int:
    """How wide the terminal is; shutil's answer would cost its import."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _COLUMNS
    except (OSError, ValueError):  # no terminal, or a stream that is no file
        return _COLUMNS
