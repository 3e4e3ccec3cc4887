"""A built image being served: its container in a Docker engine, its output, its first screen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from funcs.emulator.blame import blame
from funcs.emulator.catalog import describe
from funcs.emulator.container_output import ContainerOutput
from funcs.emulator.first_screen import (
    About,
    Doors,
    first_screen,
    moved,
    telling_that_it_starts,
)
from funcs.emulator.image_files import ImageFiles
from funcs.emulator.image_options import ImageOptions
from funcs.emulator.image_tape import ImageTape
from funcs.emulator.ports import choose_port
from funcs.emulator.pulling import Pulling
from funcs.emulator.reporter import Reporter
from funcs.emulator.sample import ModelCard
from funcs.emulator.screen import Screen
from funcs.emulator.text import duration, size
from funcs.emulator.threads import in_thread
from funcs.errors import FuncsError, ProcessorError
from funcs.processor.launch import worker_environ
from funcs.settings import Settings
from funcs_builder.container import Container, ContainerPlan
from funcs_builder.credentials import DockerConfig
from funcs_builder.document import Document
from funcs_builder.engine import Engine
from funcs_builder.errors import EngineError
from funcs_builder.reference import Reference

if TYPE_CHECKING:
    from funcs.emulator.console import Console
    from funcs_builder.config import ImageConfig

_HTTP, _HEALTH, _METRICS = 8080, 8082, 8090
_CODE = Path("/opt/nuclio")
_FUNCTION = "io.funcs.function"
#: Longer than a processor gives its workers to finish what they are at.
_STOP_S = 30.0


class ImageService:
    """One image, served until `stop`: what `Service` is for a folder."""

    def __init__(
        self, options: ImageOptions, console: Console, environ: Mapping[str, str], *, scratch: Path
    ) -> None:
        """``scratch`` is a folder for files that live as long as the service."""
        self._options = options
        self._console = console
        self._environ = environ
        self._scratch = scratch
        self._pulling = Pulling()
        self._engine: Engine | None = None
        self._container: Container | None = None
        self._made: asyncio.Future[tuple[ImageConfig, ImageFiles]] | None = None
        self._tape: ImageTape | None = None
        self._killed = asyncio.Event()
        self._reporter = Reporter(console, workers=1)
        self._output = ContainerOutput(self._reporter, console)
        self._url = ""

    async def start(self, standing: Path) -> None:
        """Serve, and show the first screen, its lines written for a shell in ``standing``.

        Raises:
            BuildError: the engine does not do what is asked of it.
            FuncsError: the image is not ours, or ended before it served; with the function's own
                error, if it has one.
        """
        self._made = in_thread(self._make)
        config, files = await asyncio.shield(self._made)
        container = self._existing
        with telling_that_it_starts(self._console):
            await asyncio.to_thread(container.start)
            self._output.follow(await asyncio.to_thread(container.listen))
            is_up = await self._output.wait_started()
        if not is_up:
            raise await self._reason()
        if self._tape is not None:
            self._tape.check_begun()
        self._output.settle()
        port = await asyncio.to_thread(container.port, _HTTP)
        self._url = f"http://{self._host}:{port}"
        screen = await asyncio.to_thread(self._screen, config, files, standing)
        self._reporter.is_open = True
        self._console.welcome(screen)

    async def wait_ended(self) -> None:
        """Until the container ends by itself.

        Raises:
            ProcessorError: it has; what it printed has been passed on.
        """
        await self._output.wait_ended()
        code = await asyncio.to_thread(self._existing.wait)
        raise ProcessorError(f"the container ended with exit code {code}")

    async def stop(self) -> None:
        """Finish what is under way, and take the container away."""
        self._pulling.give_up()
        if self._made is not None:
            killed = asyncio.create_task(self._killed.wait())
            either: list[asyncio.Future[Any]] = [self._made, killed]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            killed.cancel()
        if self._container is not None:
            await asyncio.to_thread(self._end, self._container)
            await self._output.close()
        if self._engine is not None:
            self._engine.close()

    def kill(self) -> None:
        """End it at once."""
        self._pulling.give_up()
        self._killed.set()
        if self._container is not None:
            asyncio.get_running_loop().run_in_executor(None, self._container.kill)

    @property
    def _existing(self) -> Container:
        if self._container is None:
            raise ProcessorError("there is no container yet")
        return self._container

    @property
    def _host(self) -> str:
        return self._engine.host if self._engine is not None else "127.0.0.1"

    def _make(self) -> tuple[ImageConfig, ImageFiles]:
        """The container, with the files that it is to read, not started; what the image says."""
        self._engine = engine = self._connected()
        name = self._options.image
        if not engine.image_id(name):
            self._pull(engine, name)
        config = engine.image_config(name)
        _refuse_foreign(name, config)
        if self._options.record:
            self._tape = ImageTape.of(self._options.record, engine)
        self._container = container = Container(engine, self._plan(engine.host))
        files = ImageFiles.of(container, self._scratch)
        container.put(files.to_put(workers=self._options.workers))
        return config, files

    def _connected(self) -> Engine:
        try:
            return Engine.connect(self._environ)
        except EngineError as error:
            fix = "start it, or name it in DOCKER_HOST; a function's folder needs none: funcs run ."
            raise EngineError(error.what, where=error.where, fix=fix) from error

    def _pull(self, engine: Engine, name: str) -> None:
        self._console.notice(f"pulling {name}")
        began = monotonic()
        login = DockerConfig.of(self._environ).credentials(Reference.parse(name).registry)
        try:
            engine.pull(name, login, self._pulling)
        except EngineError as error:
            what = f"the engine does not have the image {name!r}, and {error.what}"
            fix = f"build it: funcs build -i {name}; or correct its name or docker login"
            raise EngineError(what, where=error.where, fix=fix) from error
        took = duration(monotonic() - began)
        self._console.notice(f"pulled {size(self._pulling.done_bytes)} in {took}")

    def _plan(self, host: str) -> ContainerPlan:
        """Its ports are opened on loopback, unless the engine is another machine's."""
        options, is_here = self._options, host == "127.0.0.1"
        port = options.port
        if is_here:
            port = choose_port(options.port)
            choose_port(options.metrics_port, option="--metrics-port")
        env = {**options.env, "FUNCS_LOG_REQUESTS": "all"}
        if options.nuclio:
            env["FUNCS_NUCLIO"] = options.nuclio
        tape = self._tape
        if tape is not None:
            env |= tape.env
        return ContainerPlan(
            options.image,
            env=env,
            ports={_HTTP: port or 0, _HEALTH: 0, _METRICS: options.metrics_port},
            host=host if is_here else "",
            labels={"io.funcs.run": options.image},
            user=tape.user if tape is not None else "",
            folders=tape.folders if tape is not None else (),
        )

    def _end(self, container: Container) -> None:
        try:
            container.stop(_STOP_S)
        except EngineError:  # it was killed, or the engine is gone: removing it is what counts
            pass
        finally:
            container.remove()

    async def _reason(self) -> FuncsError:
        """The function's own error in what was printed; without one, the exit code."""
        trouble = await self._output.take_trouble()
        blamed = blame(trouble, _CODE)
        for line in blamed.traceback if blamed is not None else trouble:
            self._console.output(0, line)
        if blamed is not None:
            return blamed.error
        code = await asyncio.to_thread(self._existing.wait)
        what = f"the container ended before it served, with exit code {code}"
        return ProcessorError(what, where=self._options.image)

    def _screen(self, config: ImageConfig, files: ImageFiles, standing: Path) -> Screen:
        """The first screen; asks the function about its first model, to make an example."""
        own = files.config
        env = dict(item.partition("=")[::2] for item in Document(config.run, "").words("Env"))
        settings = Settings.from_environ(worker_environ(own.function, {**env, **self._options.env}))
        workers = self._options.workers or files.workers
        self._reporter.names_workers = workers > 1
        models = tuple(map(ModelCard.of_label, self._reporter.models))
        if self._tape is None:  # what is asked would be on it
            models = describe(self._url, self._reporter.models)
        about = About(
            name=own.function.name,
            folder=files.folder,
            scratch=self._scratch,
            graph=settings.graph,
            handler=own.function.handler,
            workers=workers,
            nuclio=self._options.nuclio or settings.nuclio,
            image=self._options.image,
            notices=self._said(),
        )
        port_of = self._existing.port
        doors = Doors(self._url, self._host, port_of(_HEALTH), port_of(_METRICS))
        return first_screen(about, doors, models, standing)

    def _said(self) -> tuple[str, ...]:
        """What is said of this start: where it is recorded to, that the port is another."""
        recorded = (f"recorded to {self._tape.file}",) if self._tape is not None else ()
        port = int(self._url.rpartition(":")[2])
        return recorded + (moved(port) if self._options.port is None else ())


def _refuse_foreign(name: str, config: ImageConfig) -> None:
    """Refuse an image that `funcs build` has not made: what it would say, nobody knows.

    Raises:
        ProcessorError: it is one.
    """
    labels = Document(config.run, f"the config of {name}").texts("Labels")
    if _FUNCTION not in labels:
        fix = f"run it without funcs: docker run -p 8080:8080 {name}"
        raise ProcessorError(f"{name} was not built by funcs build", fix=fix)
