"""What was found in a folder, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from funcs.adopt.entry import Choice
from funcs.adopt.finds import Finds
from funcs.emulator.text import size

_MANY = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is there: of which kind, what, and where or how large."""

    kind: str
    name: str
    about: str = ""


def inventory(finds: Finds, choice: Choice | None) -> Iterator[Row]:
    """The rows, what is served first."""
    if choice is not None:
        yield _chosen(finds, choice)
    for code in finds.codes:
        for kind, found in (
            ("handler", code.handlers),
            ("graph", code.graphs),
            ("model", code.models),
        ):
            yield from (
                Row(kind, find.name, find.where)
                for find in found
                if choice is None or find.name != choice.find.name
            )
        yield from (Row(kind.what, find.name, find.where) for kind, find in code.foreign)
        if code.problem:
            yield Row("unreadable", code.path, code.problem)
    yield from (Row(kind.what, path) for kind, path in finds.layouts)
    yield from (Row("notebook", notebook.path) for notebook in finds.notebooks)
    files = finds.models
    yield from (Row("model file", file.path, size(file.size_bytes)) for file in files[:_MANY])
    if len(files) > _MANY:
        yield Row("model file", f"and {len(files) - _MANY} more")
    yield from (Row("packages", name) for name in finds.packages)


def _chosen(finds: Finds, choice: Choice) -> Row:
    kind = "model" if choice.is_model else "graph" if choice.entry.graph else "handler"
    module = choice.find.name.partition(":")[0]
    starts = any(code.has_init_context for code in finds.codes if code.module == module)
    more = " and init_context" if starts and kind == "handler" else ""
    return Row(kind, choice.find.name + more, choice.find.where)
