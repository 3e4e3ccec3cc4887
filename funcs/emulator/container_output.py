"""What a container prints: its processor's records, its workers' lines, its end."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from funcs.emulator.console import Console, Exchange
from funcs.emulator.output import Outputs
from funcs.emulator.reporter import Reporter
from funcs.processor.processor import STARTED
from funcs.processor.request_log import NAME

_EXCHANGE = ("method", "path", "status", "duration_s", "size_bytes")
_BEGIN = '{"level":"'
#: What a processor says last of a worker that did not come up; the worker says why.
_PANIC = "panic: "
_LEVELS = ("debug", "info", "warn", "error")


class ContainerOutput:
    """Passes on what a container prints, as if its processor ran here."""

    def __init__(self, reporter: Reporter, console: Console) -> None:
        self._reporter = reporter
        self._outputs = Outputs(reporter.output, console.log, self._hear)
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        self._thread: threading.Thread | None = None
        self._is_cut = False

    def follow(self, pieces: Iterator[bytes]) -> None:
        """Read ``pieces`` until their end, in a thread: an engine's client blocks."""
        reader, writer = os.pipe()
        self._outputs.adopt(reader, 0)
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(
            target=_pump, args=(pieces, writer, loop, self._ended), daemon=True
        )
        self._thread.start()

    async def wait_started(self) -> bool:
        """Whether it serves; if not, it has ended."""
        waits = [asyncio.create_task(each.wait()) for each in (self._started, self._ended)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        self._outputs.read_all()
        return self._started.is_set()

    async def wait_ended(self) -> None:
        """Until all that it printed is passed on."""
        await self._ended.wait()
        self._outputs.read_all()

    async def take_trouble(self) -> Sequence[str]:
        """The lines of the first traceback, of a container that has ended."""
        await self._ended.wait()
        lines = self._outputs.take_trouble()
        return [line for line in lines if not line.startswith(_PANIC)]

    def settle(self) -> None:
        """It serves: what was held back was no failure to start."""
        self._outputs.settle()
        self._reporter.is_starting = False

    async def close(self) -> None:
        """Pass on what is left of a container that is gone."""
        if self._thread is not None:
            await self._ended.wait()
        self._outputs.close()

    def _hear(self, text: str) -> bool:
        """Take a record of the processor's log; whether the line was one.

        Workers print unbuffered to the same pipe: a text, then its end of line. A record that came
        between the two stands behind the text, and is followed by an empty line.
        """
        if self._is_cut and not text:
            self._is_cut = False
            return True
        at = max(0, text.find(_BEGIN))
        record = _record(text[at:])
        if record is None:
            return False
        if at:
            self._reporter.output(0, text[:at])
            self._is_cut = True
        self._take(*record)
        return True

    def _take(self, level: str, name: str, message: str, fields: dict[str, Any]) -> None:
        if name == NAME:
            self._reporter.answered(Exchange(**{key: fields[key] for key in _EXCHANGE}))
            return
        if message == STARTED:
            self._started.set()
        self._reporter.log(level, name, message, fields)


def _pump(
    pieces: Iterator[bytes], writer: int, loop: asyncio.AbstractEventLoop, ended: asyncio.Event
) -> None:
    """Copy the pieces into the pipe; an engine that is gone ends them as the container does."""
    try:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(writer, rest) :]
    except Exception:  # of requests, urllib3 or the socket: whatever it is, there is no more
        pass
    finally:
        os.close(writer)
        loop.call_soon_threadsafe(ended.set)


def _record(text: str) -> tuple[str, str, str, dict[str, Any]] | None:
    """Level, name, message and variables of a line that is a record of the processor's sink."""
    if not text.startswith(_BEGIN):
        return None
    try:
        value = json.loads(text)
        fields = value.get("with", {})
        level, name, message = value["level"], value["name"], value["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    words = (level, name, message)
    is_ours = all(isinstance(word, str) for word in words) and isinstance(fields, dict)
    is_whole = name != NAME or fields.keys() >= set(_EXCHANGE)
    return (level, name, message, fields) if is_ours and is_whole and level in _LEVELS else None
