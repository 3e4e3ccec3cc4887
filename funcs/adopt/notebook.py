"""A Jupyter notebook's code, as far as it says whether a function is in it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LARGEST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook at ``path``; ``names`` are the functions and classes that its cells define."""

    path: str
    names: tuple[str, ...] = ()
    problem: str = ""

    @classmethod
    def read(cls, folder: Path, path: str) -> Notebook:
        """The notebook at ``path`` in ``folder``; outputs are not looked at."""
        file = folder / path
        try:
            if file.stat().st_size > _LARGEST_BYTES:
                return cls(path, problem=f"it is larger than {_LARGEST_BYTES >> 20} MB")
            cells = list(_code_cells(json.loads(file.read_bytes())))
        except (OSError, ValueError, RecursionError) as error:
            return cls(path, problem=f"it is no notebook: {error}")
        return cls(path, tuple(dict.fromkeys(name for cell in cells for name in _names(cell))))


def _code_cells(document: Any) -> Iterator[str]:
    cells = document.get("cells") if isinstance(document, dict) else None
    for cell in cells if isinstance(cells, list) else []:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            yield "".join(map(str, source)) if isinstance(source, list) else str(source)


def _names(cell: str) -> Iterator[str]:
    """What a cell defines; lines of magic (``%pip``, ``!ls``) are no Python and passed over."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in cell.splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
