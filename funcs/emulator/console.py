"""What `funcs run` prints while it serves: for a person, or as JSON lines for a program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TextIO

from funcs.emulator.answer import LogLine
from funcs.emulator.screen import Screen
from funcs.emulator.text import Paint, duration, printable, size, variables
from funcs.errors import FuncsError

_LEVELS = {"debug": ("dim",), "warn": ("yellow",), "warning": ("yellow",), "error": ("red",)}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that was answered. ``size_bytes`` is the answer's body."""

    method: str
    path: str
    status: int
    duration_s: float
    size_bytes: int


class Console(Protocol):
    """Where the emulator speaks."""

    def welcome(self, screen: Screen) -> None:
        """The function serves: say where, and what to do next."""

    def exchange(self, exchange: Exchange) -> None:
        """A request was answered."""

    def log(self, line: LogLine) -> None:
        """The handler logged."""

    def output(self, worker: int, text: str) -> None:
        """A worker printed a line."""

    def notice(self, sentence: str) -> None:
        """Something happened that a person may want to know."""

    def trouble(self, error: FuncsError) -> None:
        """Something failed; the emulator goes on."""


class TextConsole:
    """For a person: one readable line each; coloured only where ``paint`` colours.

    ``prefix`` stands before every line: whose it is, where several functions speak.
    """

    def __init__(self, out: TextIO, paint: Paint, *, prefix: str = "") -> None:
        self._out = out
        self._paint = paint
        self._prefix = paint(prefix, "dim") if prefix else ""

    def welcome(self, screen: Screen) -> None:
        """The first screen."""
        self._say(screen.text(self._paint))

    def exchange(self, exchange: Exchange) -> None:
        """`POST /v2/models/m/infer 200 3.1 ms 1.2 kB`."""
        mood = "red" if exchange.status >= 500 else "yellow" if exchange.status >= 400 else "green"
        head = f"{printable(exchange.method)} {printable(exchange.path)}"
        tail = f"{duration(exchange.duration_s)} {size(exchange.size_bytes)}"
        self._say(f"{head} {self._paint(str(exchange.status), mood)} {self._paint(tail, 'dim')}")

    def log(self, line: LogLine) -> None:
        """`info  scored the batch  rows=3`."""
        level = self._paint(f"{printable(line.level):<5}", *_LEVELS.get(line.level, ("cyan",)))
        told = variables(line.variables)
        message = "\n         ".join(map(printable, line.message.splitlines()))
        self._say(f"  {level}  {message}" + (f"  {told}" if told else ""))

    def output(self, worker: int, text: str) -> None:
        """The line, as it was printed."""
        self._say(text)

    def notice(self, sentence: str) -> None:
        """A line of our own."""
        self._say(self._paint(sentence, "bold"))

    def trouble(self, error: FuncsError) -> None:
        """`error:` and what, where, fix."""
        self._say(f"{self._paint('error:', 'red', 'bold')} {error}")

    def _say(self, text: str) -> None:
        if self._prefix:
            text = "\n".join(self._prefix + line for line in text.split("\n"))
        _write(self._out, text)


class JsonConsole:
    """For a program: one JSON object a line, told apart by its ``kind``.

    ``function`` is in every line then: whose it is, where several functions speak.
    """

    def __init__(self, out: TextIO, *, function: str = "") -> None:
        self._out = out
        self._whose = {"function": function} if function else {}

    def welcome(self, screen: Screen) -> None:
        """Kind ``ready``: the address and what is served."""
        self._say("ready", screen.to_dict())

    def exchange(self, exchange: Exchange) -> None:
        """Kind ``request``."""
        self._say("request", asdict(exchange))

    def log(self, line: LogLine) -> None:
        """Kind ``log``: level, message, variables."""
        self._say("log", asdict(line))

    def output(self, worker: int, text: str) -> None:
        """Kind ``output``: a line that a worker printed."""
        self._say("output", {"worker": worker, "text": text})

    def notice(self, sentence: str) -> None:
        """Kind ``notice``."""
        self._say("notice", {"message": sentence})

    def trouble(self, error: FuncsError) -> None:
        """Kind ``error``: what, where, fix."""
        self._say("error", {"what": error.what, "where": error.where, "fix": error.fix})

    def _say(self, kind: str, rest: Mapping[str, Any]) -> None:
        _write(self._out, json.dumps({"kind": kind, **self._whose, **rest}, default=str))


def _write(out: TextIO, line: str) -> None:
    """Write the line at once; when nobody reads any more, the function still serves."""
    with suppress(BrokenPipeError):
        out.write(line + "\n")
        out.flush()
