"""Python source made of a plan's own numbers and names, compiled to one function.

Straight calls with the steps' objects as globals are what a person would write by hand: no loop
over steps, no call per step that is not the step's own. Nothing from an event or a spec is ever
put into the text but names that the plan has checked.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: What user code may raise that fails an event. SystemExit too: a worker outlives its events.
FAILURES = "(Exception, SystemExit)"


class Source:
    """Lines of a module under construction, and the objects its names stand for."""

    __slots__ = ("_depth", "_lines", "names")

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0
        self.names: dict[str, Any] = {}

    @property
    def text(self) -> str:
        """The source so far."""
        return "\n".join(self._lines) + "\n"

    def add(self, *lines: str) -> None:
        """Append lines at the present depth."""
        self._lines.extend("    " * self._depth + line for line in lines)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Append ``head`` and a colon; what is added inside is one level deeper."""
        self.add(f"{head}:")
        self._depth += 1
        yield
        self._depth -= 1

    def function(self, name: str, file: str) -> Callable[..., Any]:
        """The function ``name`` of this source; tracebacks show its lines under ``file``."""
        code = compile(self.text, file, "exec")
        namespace = dict(self.names)
        exec(code, namespace)
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(True), file)
        function: Callable[..., Any] = namespace[name]
        return function
