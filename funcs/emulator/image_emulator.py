"""`funcs run IMAGE`: one built image served here, from its first screen to Ctrl-C."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from funcs.emulator.console import Console
from funcs.emulator.image_options import ImageOptions
from funcs.emulator.image_service import ImageService
from funcs.emulator.session import Session
from funcs.errors import ProcessorError
from funcs_builder.errors import BuildError


class ImageEmulator:
    """Serves one image until it is stopped. It takes over the process' signals."""

    def __init__(self, options: ImageOptions, console: Console, environ: Mapping[str, str]) -> None:
        self._options = options
        self._console = console
        self._environ = environ
        self._session = Session(console)

    def run(self) -> int:
        """Serve until Ctrl-C or SIGTERM; 0 then.

        Raises:
            FuncsError: the image cannot be served, or its container ended.
        """
        try:
            with tempfile.TemporaryDirectory(prefix="funcs-run-") as scratch:
                asyncio.run(self._main(Path(scratch)))
        except BuildError as error:  # a console says errors of one kind
            raise ProcessorError(error.what, where=error.where, fix=error.fix) from error
        return 0

    async def _main(self, scratch: Path) -> None:
        self._session.listen(until_eof=self._options.until_eof)
        service = ImageService(self._options, self._console, self._environ, scratch=scratch)
        self._session.service = service
        try:
            if await self._session.unless_stopped(service.start(Path.cwd())):
                await self._session.unless_stopped(service.wait_ended())
        finally:
            await self._session.stop(service)
