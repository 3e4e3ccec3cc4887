"""`funcs run`: one function served here, from its first screen to Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from funcs.emulator.console import Console
from funcs.emulator.options import Options
from funcs.emulator.service import Service
from funcs.emulator.session import Session
from funcs.emulator.terminal import terminal_restored
from funcs.emulator.watch import Watch
from funcs.errors import FuncsError
from funcs.spec import FunctionSpec


class Emulator:
    """Serves one function until it is stopped. It takes over the process: folder and signals."""

    def __init__(self, options: Options, console: Console, environ: Mapping[str, str]) -> None:
        self._options = options
        self._console = console
        self._environ = environ
        self._session = Session(console, is_abrupt=options.debug)

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
        self._session.listen(until_eof=self._options.until_eof)
        watch = Watch(Path.cwd(), self._session.stopping, outputs=(1, 2))
        if self._options.watch:  # before the code is read, so that no save is missed
            await watch.begin()
        service = await self._start(spec, watch, scratch, standing)
        if service is not None:
            try:
                await self._session.unless_stopped(self._reload(service, watch))
            finally:
                await self._session.stop(service)

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
                self._session.service = service
                watch.leave_out(service.tape)
                if await self._session.unless_stopped(service.start(standing)):
                    return service
                await self._session.stop(service)
                return None
            except FuncsError as error:
                # What the command line or the port is to blame for, no save can mend.
                if self._session.service is None or not self._options.watch:
                    raise
                self._console.trouble(error)
            self._console.notice("waiting for a save that mends it")
            if not await self._session.unless_stopped(watch.next()):
                return None
            spec = None

    async def _reload(self, service: Service, watch: Watch) -> None:
        while True:
            await service.reload(await watch.next())
