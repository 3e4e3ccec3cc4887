"""What a person sees while a deploy is carried out."""

from __future__ import annotations

import time
from typing import TextIO

from funcs.emulator.text import Paint, printable

_STYLES = {"warn": ("yellow",), "warning": ("yellow",), "error": ("red",), "debug": ("dim",)}


class Steps:
    """One line for each thing that happens, with the seconds since the first."""

    def __init__(self, stream: TextIO, paint: Paint) -> None:
        self._stream = stream
        self._paint = paint
        self._start_s: float | None = None

    def step(self, sentence: str) -> None:
        """Something of ours begins or is done."""
        self._print(self._paint(printable(sentence), "bold"))

    def platform(self, level: str, sentence: str) -> None:
        """The platform logged a line."""
        self._print(self._paint(printable(sentence), *_STYLES.get(level, ())))

    def output(self, line: str) -> None:
        """The function's own output."""
        print(f"    {printable(line)}", file=self._stream, flush=True)

    def _print(self, words: str) -> None:
        now_s = time.monotonic()
        if self._start_s is None:
            self._start_s = now_s
        seconds = f"{now_s - self._start_s:6.1f} s"
        print(f"{self._paint(seconds, 'dim')}  {words}", file=self._stream, flush=True)
