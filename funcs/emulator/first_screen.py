"""Makes the first screen of what serves, be it a folder or an image."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.emulator.ports import DEFAULT_PORT
from funcs.emulator.sample import ModelCard, choose_sample
from funcs.emulator.screen import Screen

if TYPE_CHECKING:
    from funcs.emulator.console import Console

_SOON_S = 3.0
_STILL = "still starting: its models are loading, or its init_context is running"


@dataclass(frozen=True, slots=True)
class Doors:
    """Where it is asked: the address of its trigger, and at a host its health and metrics."""

    url: str
    host: str
    health: int
    metrics: int


@dataclass(frozen=True, slots=True)
class About:
    """What serves: the code in ``folder``, a ``graph`` or a handler, and how it was started.

    ``scratch`` is a folder for an example that is too long for a line.
    """

    name: str
    folder: Path
    scratch: Path
    graph: str
    handler: str
    workers: int
    nuclio: str
    watch: bool = False
    debug: bool = False
    image: str = ""
    notices: tuple[str, ...] = ()


def first_screen(about: About, doors: Doors, models: Sequence[ModelCard], standing: Path) -> Screen:
    """The screen, with an example of the first model, written for a shell in ``standing``."""
    is_graph = bool(about.graph)
    sample = choose_sample(about.folder, models, scratch=about.scratch, is_graph=is_graph)
    return Screen(
        name=about.name,
        url=doors.url,
        health=f"{doors.url}/__internal/health",
        ready=f"http://{doors.host}:{doors.health}/ready",
        metrics=f"http://{doors.host}:{doors.metrics}/metrics",
        curl=sample.curl(doors.url, working_folder=standing),
        models=tuple(model.label for model in models),
        handler=about.graph or about.handler,
        workers=about.workers,
        nuclio=about.nuclio,
        watch=about.watch,
        debug=about.debug,
        image=about.image,
        notices=about.notices,
    )


def moved(port: int) -> tuple[str, ...]:
    """Says so when the usual port was taken and the next free one is used."""
    if port == DEFAULT_PORT:
        return ()
    return (f"port {DEFAULT_PORT} is taken, so this is on {port}; --port chooses one",)


@contextlib.contextmanager
def telling_that_it_starts(console: Console) -> Iterator[None]:
    """Say after a while that the start goes on, if it does."""
    waiting = asyncio.get_running_loop().call_later(_SOON_S, console.notice, _STILL)
    try:
        yield
    finally:
        waiting.cancel()
