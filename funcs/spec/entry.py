"""Finds the handler or the graph of a function that does not name one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from funcs.errors import SpecError
from funcs.spec.source import Source


@dataclass(frozen=True, slots=True)
class Entry:
    """Where events enter: a handler of the user's, or else a graph (``module:attribute``)."""

    handler: str
    graph: str


def find_entry(folder: Path, module: str) -> Entry | None:
    """The ``handler``, else the ``graph``, in the module's file; None if there is no file.

    Raises:
        SpecError: the file is not Python, or has neither.
    """
    path = folder / f"{module}.py"
    if not path.is_file():
        return None
    source = Source.read(path)
    if "handler" in source.names:
        return Entry(f"{module}:handler", "")
    if "graph" in source.names:
        return Entry("", f"{module}:graph")
    raise SpecError(
        f"{module}.py has neither a function 'handler' nor a Graph 'graph'",
        where=str(path),
        fix=_fix(source, module),
    )


def _fix(source: Source, module: str) -> str:
    if source.graphs:
        name = source.graphs[0]
        return (
            f"call the graph 'graph' instead of {name!r}, or write a function.yaml with "
            f"spec.runtimeAttributes.funcs.graph: {module}:{name}"
        )
    return "define 'def handler(context, event)', or 'graph = funcs.Graph(…)'"
