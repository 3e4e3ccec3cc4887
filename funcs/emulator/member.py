"""One of several functions: an emulator of its own, as a process, that speaks JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

from funcs.emulator.answer import LogLine
from funcs.emulator.console import Console, Exchange
from funcs.emulator.options import Options
from funcs.emulator.screen import Screen
from funcs.errors import ProcessorError

_LONGEST_LINE = 2**26


class Member:
    """`funcs run` of one function, started by `start`; what it says goes to ``console``.

    ``screen`` is its first screen, once it serves.
    """

    def __init__(self, name: str, options: Options, console: Console) -> None:
        self.name = name
        self.screen: Screen | None = None
        self._options = options
        self._console = console
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def start(self, environ: Mapping[str, str]) -> None:
        """Start the process; whether it serves, `wait_ready` tells."""
        self._process = await asyncio.create_subprocess_exec(
            *command(self._options),
            env=environ,
            stdin=asyncio.subprocess.PIPE,  # its end, should we be killed, ends the process
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            start_new_session=True,  # an interrupt from the keyboard is passed on by us, once
        )
        if self._process.stdout is not None:
            self._reading = asyncio.create_task(self._read(self._process.stdout))

    async def wait_ready(self) -> bool:
        """Whether it serves; if not, it has ended, and has said why."""
        await self._ready.wait()
        return self.screen is not None

    async def wait_ended(self) -> int:
        """Its exit code, once all that it said is passed on."""
        if self._process is None:
            return 0
        if self._reading is not None:
            await self._reading
        return await self._process.wait()

    def signal(self, number: int) -> None:
        """Pass a signal on."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _read(self, lines: asyncio.StreamReader) -> None:
        try:
            async for line in lines:
                self._hear(line)
        finally:
            self._ready.set()

    def _hear(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            kind = record.pop("kind")
        except (ValueError, KeyError, AttributeError):  # no line of the emulator's own
            self._console.output(0, line.decode("utf-8", "replace").rstrip("\n"))
            return
        if kind == "ready":
            self.screen = _screen(record)
            self._ready.set()
        else:
            _say(self._console, kind, record)


def command(options: Options) -> list[str]:
    """The command line that serves one function with these options."""
    words = [sys.executable, "-m", "funcs", "run", str(options.path), "--json", "--until-eof"]
    words += ["--port", str(options.port or 0)]
    words += ["--workers", str(options.workers)] if options.workers else []
    words += ["--nuclio", options.nuclio] if options.nuclio else []
    return [*words, "--watch"] if options.watch else words


def _screen(record: Mapping[str, Any]) -> Screen:
    values = {field.name: record[field.name] for field in fields(Screen)}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Screen(**values | lists)


def _say(console: Console, kind: str, record: dict[str, Any]) -> None:
    """The record, said as if it came from here."""
    if kind == "request":
        console.exchange(Exchange(**record))
    elif kind == "log":
        console.log(LogLine(**record))
    elif kind == "output":
        console.output(record["worker"], record["text"])
    elif kind == "notice":
        console.notice(record["message"])
    elif kind == "error":
        console.trouble(ProcessorError(**record))
