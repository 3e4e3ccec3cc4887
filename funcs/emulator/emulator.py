"""`funcs run`: one function served here, from its first screen to Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from funcs.emulator.console import Console
from funcs.emulator.options import Options
from funcs.emulator.service import Service
from funcs.emulator.terminal import terminal_restored
from funcs.emulator.watch import Watch
from funcs.errors import FuncsError
from funcs.spec import FunctionSpec

#: How long a stop may take before a person is told what is waited for.
_SILENCE_S = 1.5


class Emulator:
    """Serves one function until it is stopped. It takes over the process: folder and signals."""

    def __init__(self, options: Options, console: Console, environ: Mapping[str, str]) -> None:
        self._options = options
        self._console = console
        self._environ = environ
        self._stopping = asyncio.Event()
        self._service: Service | None = None

    def run(self) -> int:
        """Serve until Ctrl-C or SIGTERM; 0 then.

        Raises:
            FuncsError: the function cannot be served as it is.
        """
        path, standing = self._options.path, Path.cwd()
        spec = FunctionSpec.of(path)
        here = Path(path.name) if path.is_file() else Path()
        # As in an image, where a function finds its files by their relative names.
        os.chdir(spec.folder)
        self._options = replace(self._options, path=here)
        with tempfile.TemporaryDirectory(prefix="funcs-run-") as scratch, terminal_restored():
            asyncio.run(self._main(spec, Path(scratch), standing))
        return 0

    async def _main(self, spec: FunctionSpec, scratch: Path, standing: Path) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupted)
        if self._options.until_eof:
            loop.add_reader(0, self._read_stdin)
        watch = Watch(Path.cwd(), self._stopping, outputs=(1, 2))
        if self._options.watch:  # before the code is read, so that no save is missed
            await watch.begin()
        service = await self._start(spec, watch, scratch, standing)
        if service is not None:
            try:
                await self._unless_stopped(self._reload(service, watch))
            finally:
                await self._stop(service)

    async def _start(
        self, first: FunctionSpec, watch: Watch, scratch: Path, standing: Path
    ) -> Service | None:
        """The function, served; nothing if it was stopped before that.

        With ``--watch`` code that does not start is waited for until a save has mended it.
        """
        spec: FunctionSpec | None = first
        while True:
            try:
                spec = replace(spec or FunctionSpec.of(self._options.path), folder=Path.cwd())
                service = Service(
                    spec, self._options, self._console, self._environ, scratch=scratch
                )
                self._service = service
                watch.leave_out(service.tape)
                if await self._unless_stopped(service.start(standing)):
                    return service
                await self._stop(service)
                return None
            except FuncsError as error:
                # What the command line or the port is to blame for, no save can mend.
                if self._service is None or not self._options.watch:
                    raise
                self._console.trouble(error)
            self._console.notice("waiting for a save that mends it")
            if not await self._unless_stopped(watch.next()):
                return None
            spec = None

    async def _unless_stopped(self, work: Coroutine[Any, Any, object]) -> bool:
        """Do the work, but leave it when the emulator is to stop; whether it was done."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            return False
        await task
        return True

    async def _reload(self, service: Service, watch: Watch) -> None:
        while True:
            await service.reload(await watch.next())

    async def _stop(self, service: Service) -> None:
        """Stop in good order; say so if that takes its time."""
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
        """Ctrl-C: stop in good order, and the second time at once.

        With ``--debug`` at once: the debugger takes Ctrl-C too, and would open another prompt.
        """
        at_once = self._stopping.is_set() or self._options.debug
        if at_once and self._service is not None:
            self._service.kill()
        self._stopping.set()
