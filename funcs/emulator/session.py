"""One run in the foreground: what Ctrl-C does to it, and how it ends in good order."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Protocol

from funcs.emulator.console import Console

#: How long a stop may take before a person is told what is waited for.
_SILENCE_S = 1.5


class Served(Protocol):
    """Something that serves until it is stopped."""

    async def stop(self) -> None:
        """Finish what is under way, and end."""

    def kill(self) -> None:
        """End at once."""


class Session:
    """Stops ``service``, once there is one, when a signal comes; the second time at once.

    With ``is_abrupt`` the first time too: a debugger takes Ctrl-C as well, and would open
    another prompt.
    """

    def __init__(self, console: Console, *, is_abrupt: bool = False) -> None:
        self.service: Served | None = None
        self.stopping = asyncio.Event()
        self._console = console
        self._is_abrupt = is_abrupt

    def listen(self, *, until_eof: bool) -> None:
        """Take this process's signals, and the end of its stdin where that is to stop it too."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupted)
        if until_eof:
            loop.add_reader(0, self._read_stdin)

    async def unless_stopped(self, work: Coroutine[Any, Any, object]) -> bool:
        """Do the work, but leave it when a signal comes; whether it was done."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self.stopping.wait())
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            return False
        await task
        return True

    async def stop(self, service: Served) -> None:
        """Stop it in good order; say so if that takes its time."""
        task = asyncio.create_task(service.stop())
        _, pending = await asyncio.wait([task], timeout=_SILENCE_S)
        if pending:
            self._console.notice("stopping when what is under way is done; Ctrl-C again: at once")
        await task

    def _read_stdin(self) -> None:
        """Stop at its end; what may be written there says nothing."""
        try:
            data = os.read(0, 4096)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(0)
            self._interrupted()

    def _interrupted(self) -> None:
        if (self.stopping.is_set() or self._is_abrupt) and self.service is not None:
            self.service.kill()
        self.stopping.set()
