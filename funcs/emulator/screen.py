"""The first screen: what is served, where, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from funcs.emulator.text import Paint


@dataclass(frozen=True, slots=True)
class Screen:
    """What a newcomer needs once the function serves. ``curl`` is a line for a shell."""

    name: str
    url: str
    health: str
    ready: str
    metrics: str
    curl: str
    models: tuple[str, ...]
    handler: str
    workers: int
    nuclio: str
    watch: bool
    debug: bool
    image: str = ""
    notices: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)

    @property
    def summary(self) -> str:
        """What is served, in a few words."""
        return f"{' '.join(self._served())}, {self._count()}, as Nuclio {self.nuclio} does"

    def text(self, paint: Paint) -> str:
        """The screen as lines."""
        rows = [
            ("address", paint(self.url, "bold", "cyan")),
            self._served(),
            ("try it", paint(self.curl, "bold")),
            ("health", f"{self.health} (ready: {self.ready})"),
            ("metrics", self.metrics),
            ("code", self._code()),
            ("stop", "Ctrl-C"),
        ]
        head = (
            f"{paint(self.name, 'bold')} serves with {self._count()}, as Nuclio {self.nuclio} does"
        )
        lines = [*self.notices, head, ""]
        lines += [f"  {paint(f'{label:<8}', 'dim')} {value}" for label, value in rows]
        return "\n".join([*lines, ""])

    def _count(self) -> str:
        return "1 worker" if self.workers == 1 else f"{self.workers} workers"

    def _served(self) -> tuple[str, str]:
        if self.models:
            return "models" if len(self.models) > 1 else "model", ", ".join(self.models)
        return "handler", self.handler

    def _code(self) -> str:
        if self.image:
            return f"of the image {self.image}; `funcs build` makes it anew"
        if self.debug:
            return "write breakpoint() in it and send an event: the debugger opens here"
        if self.watch:
            return "reloaded on every save"
        return "read once; `funcs run --watch` reloads it on every save"


def text_of_all(screens: Sequence[Screen], paint: Paint) -> str:
    """One first screen for several functions that serve together."""
    width = max(len(screen.name) for screen in screens)
    lines = [f"{screen.name}: {notice}" for screen in screens for notice in screen.notices]
    lines += [f"{len(screens)} functions serve, and can call each other by name", ""]
    for screen in screens:
        name = paint(f"{screen.name:<{width}}", "bold")
        lines.append(f"  {name}  {paint(screen.url, 'bold', 'cyan')}  {screen.summary}")
        lines.append(f"  {'':<{width}}  {screen.curl}")
        lines.append(f"  {'':<{width}}  {screen.metrics}")
    return "\n".join([*lines, "", f"  {paint('stop', 'dim')} Ctrl-C", ""])
