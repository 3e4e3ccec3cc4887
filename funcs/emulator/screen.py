"""The first screen: what is served, where, and what to do next."""

from __future__ import annotations

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
    curl: str
    models: tuple[str, ...]
    handler: str
    workers: int
    nuclio: str
    watch: bool
    debug: bool
    notices: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)

    def text(self, paint: Paint) -> str:
        """The screen as lines."""
        count = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        rows = [
            ("address", paint(self.url, "bold", "cyan")),
            self._served(),
            ("try it", paint(self.curl, "bold")),
            ("health", f"{self.health} (ready: {self.ready})"),
            ("code", self._code()),
            ("stop", "Ctrl-C"),
        ]
        head = f"{paint(self.name, 'bold')} serves with {count}, as Nuclio {self.nuclio} does"
        lines = [*self.notices, head, ""]
        lines += [f"  {paint(f'{label:<8}', 'dim')} {value}" for label, value in rows]
        return "\n".join([*lines, ""])

    def _served(self) -> tuple[str, str]:
        if self.models:
            return "models" if len(self.models) > 1 else "model", ", ".join(self.models)
        return "handler", self.handler

    def _code(self) -> str:
        if self.debug:
            return "write breakpoint() in it and send an event: the debugger opens here"
        if self.watch:
            return "reloaded on every save"
        return "read once; `funcs run --watch` reloads it on every save"
