"""A function being served: its processor, its workers' output, and its first screen."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from funcs.emulator.blame import blame
from funcs.emulator.catalog import describe
from funcs.emulator.environment import with_functions, worker_environment
from funcs.emulator.first_screen import (
    About,
    Doors,
    first_screen,
    moved,
    telling_that_it_starts,
)
from funcs.emulator.image_folder import ImageFolder
from funcs.emulator.launcher import PipedLauncher, TerminalLauncher
from funcs.emulator.options import Options
from funcs.emulator.output import Outputs
from funcs.emulator.ports import choose_port
from funcs.emulator.reporter import Reporter
from funcs.emulator.running import Running
from funcs.emulator.screen import Screen
from funcs.emulator.text import duration
from funcs.emulator.workplace import Workplace
from funcs.errors import FuncsError, ProcessorError
from funcs.processor.launch import ExecLauncher
from funcs.processor.processor import Processor
from funcs.processor.recording import about_function, recorder_of
from funcs.settings import Settings
from funcs.spec import FunctionSpec

if TYPE_CHECKING:
    from funcs.emulator.console import Console
    from funcs.processor.config import ProcessorConfig

_ANYWHERE = ("", "0.0.0.0", "::")


class Service:
    """One function, served until `stop`. The process must stand in the function's folder."""

    def __init__(
        self,
        spec: FunctionSpec,
        options: Options,
        console: Console,
        environ: Mapping[str, str],
        *,
        scratch: Path,
    ) -> None:
        """``scratch`` is a folder for files that live as long as the service.

        Raises:
            FuncsError: the configuration cannot be, or the port is taken.
        """
        self._spec = spec
        self._options = options
        self._console = console
        self._scratch = scratch
        self._workers = 1 if options.debug else options.workers
        self._workplace = Workplace.of(spec, workers=self._workers)
        self._settings = _settings_of(
            worker_environment(spec, environ, nuclio=options.nuclio), options
        )
        wanted = options.port if options.port is not None else self._workplace.port
        port = choose_port(wanted, host=self._host or "127.0.0.1")
        self._environ = with_functions(environ, {spec.name: f"127.0.0.1:{port}"} if port else {})
        given = worker_environment(spec, self._environ, nuclio=options.nuclio)
        metrics_port = choose_port(options.metrics_port, option="--metrics-port")
        config = self._workplace.write(scratch, port=port, metrics_port=metrics_port)
        self._recorder = recorder_of(self._settings, config.function, given, warn=console.notice)
        self._reporter = Reporter(console, workers=self._workplace.workers, recorder=self._recorder)
        self._outputs = Outputs(self._reporter.output, console.log)
        kind = TerminalLauncher if options.debug else PipedLauncher
        self._launcher = kind(self._start_of(config, given), self._outputs.adopt)
        self._processor = Processor(
            config,
            self._settings,
            sink=self._reporter,
            environ=given,
            observer=self._reporter,
            launcher=self._launcher,
            is_debugging=options.debug,
        )
        self._running: Running | None = None

    @property
    def tape(self) -> str:
        """The file that is recorded to, from the root; empty if none is."""
        return os.path.abspath(self._settings.record) if self._recorder else ""  # noqa: PTH100

    @property
    def _host(self) -> str:
        return self._workplace.host or self._settings.host

    @property
    def url(self) -> str:
        """Where it can be asked from this machine."""
        host = "127.0.0.1" if self._host in _ANYWHERE else self._host
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self._processor.port_of(self._workplace.trigger)}"

    async def start(self, standing: Path) -> None:
        """Serve, and show the first screen, its lines written for a shell in ``standing``.

        Raises:
            FuncsError: a worker did not come up; the error is the function's own, if it has one.
        """
        try:
            with telling_that_it_starts(self._console):
                await self._processor.start()
        except ProcessorError as error:
            reason = self._reason(error)
            self._close()
            raise reason from error
        self._settle()
        self._running = Running(self.url, os.getpid())
        self._running.write(self._spec.folder)
        screen = await asyncio.to_thread(self._screen, standing)
        self._reporter.is_open = True
        self._console.welcome(screen)

    async def reload(self, changed: Sequence[Path]) -> None:
        """Serve what the files hold now; if they are broken, go on with what they held before."""
        began = monotonic()
        before = self._launcher.start
        self._outputs.is_starting = self._reporter.is_starting = True
        try:
            self._launcher.start = self._anew()
            await self._processor.reload()
            self._record_anew()
        except FuncsError as error:
            self._launcher.start = before
            self._console.trouble(self._reason(error))
            self._console.notice("not reloaded: the code from before goes on")
        else:
            self._console.notice(
                f"reloaded {self._named(changed)} in {duration(monotonic() - began)}"
            )
        finally:
            self._settle()

    async def stop(self) -> None:
        """Finish what is under way, and end."""
        if self._running is not None:
            self._running.remove(self._spec.folder)
        await self._processor.stop()
        self._close()

    def _close(self) -> None:
        """Let go what was held open beside the processor."""
        self._outputs.close()
        if self._recorder is not None:
            self._recorder.close()

    def _record_anew(self) -> None:
        """Have the tape say that other code answers from now on."""
        if self._recorder is not None:
            function = self._processor.config.function
            environ = self._launcher.start.environ
            self._recorder.begin(about_function(function, self._settings, environ))

    def kill(self) -> None:
        """End at once: what is under way is cut off."""
        self._processor.kill()

    def _anew(self) -> ExecLauncher:
        """How workers are started by what function.yaml says now.

        Raises:
            SpecError: it is not valid any more.
        """
        spec = FunctionSpec.of(self._options.path)
        workplace = Workplace.of(spec, workers=self._workers)
        if workplace.limits != self._workplace.limits:
            self._console.notice("function.yaml: triggers and time limits change at the next start")
        given = worker_environment(spec, self._environ, nuclio=self._options.nuclio)
        Settings.from_environ(given)
        return self._start_of(workplace.write(self._scratch, port=0), given)

    def _start_of(self, config: ProcessorConfig, environ: Mapping[str, str]) -> ExecLauncher:
        kind, keeps = config.platform.kind, self._options.debug
        shown = ImageFolder.of(self._spec.folder, [each.value for each in self._spec.spec.env])
        self._refusals = shown.notices
        return shown.launcher(config.function, environ, platform_kind=kind, keeps_terminal=keeps)

    def _settle(self) -> None:
        """No worker is on its way up any more."""
        self._outputs.settle()
        self._reporter.is_starting = False

    def _reason(self, error: FuncsError) -> FuncsError:
        """The function's own error in what its workers printed; without one, ``error``."""
        trouble = self._outputs.take_trouble()
        blamed = blame(trouble, self._spec.folder)
        for line in blamed.traceback if blamed is not None else trouble:
            self._console.output(0, line)
        return blamed.error if blamed is not None else error

    def _named(self, changed: Sequence[Path]) -> str:
        folder = self._spec.folder
        there = [file for file in changed if file.exists()] or changed
        names = [str(file.relative_to(folder)) for file in there if file.is_relative_to(folder)]
        few = ", ".join(names[:3])
        return few if len(names) <= 3 else f"{few} and {len(names) - 3} more"

    def _screen(self, standing: Path) -> Screen:
        """The first screen; asks the function about its first model, to make an example."""
        port_of = self._processor.port_of
        about = About(
            name=self._spec.name,
            folder=self._spec.folder,
            scratch=self._scratch,
            graph=self._settings.graph,
            handler=self._spec.handler,
            workers=self._workplace.workers,
            nuclio=self._settings.nuclio,
            watch=self._options.watch,
            debug=self._options.debug,
            notices=self._spec.notices + self._workplace.notices + self._refusals + self._said(),
        )
        doors = Doors(self.url, "127.0.0.1", port_of("health"), port_of("metrics"))
        return first_screen(about, doors, describe(self.url, self._reporter.models), standing)

    def _said(self) -> tuple[str, ...]:
        """What is said of this start: that it is recorded, that the port is another."""
        recorded = (f"recorded to {self._settings.record}",) if self._recorder else ()
        has_wish = self._options.port is not None or self._workplace.port is not None
        return recorded + (
            () if has_wish else moved(self._processor.port_of(self._workplace.trigger))
        )


def _settings_of(environ: Mapping[str, str], options: Options) -> Settings:
    settings = Settings.from_environ(environ)
    if options.record is None:
        return settings
    return replace(settings, record=options.record)
