"""Where a function's code names /opt/nuclio, the place of its folder in Nuclio's images."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

IMAGE_FOLDER = "/opt/nuclio"
_NOT_CODE = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})


@dataclass(frozen=True, slots=True)
class ImagePath:
    """One text in the code that holds the path, as in ``/opt/nuclio/model.onnx``."""

    file: Path
    line: int
    text: str

    @property
    def below(self) -> str:
        """What follows the folder: ``model.onnx``; empty for the folder itself."""
        return self.text.partition(IMAGE_FOLDER)[2].lstrip("/").partition(" ")[0]

    @property
    def fix(self) -> str:
        """A path that is right in an image and here."""
        tail = f" / {self.below!r}" if self.below else ""
        return f"write pathlib.Path(__file__).parent{tail}"


def names_image_folder(folder: Path) -> bool:
    """Whether code in ``folder`` speaks of /opt/nuclio."""
    word = IMAGE_FOLDER.encode()
    return any(word in _bytes(file) for file in _code(folder))


def image_paths(folder: Path) -> list[ImagePath]:
    """Every such text in the code, by file and line; docstrings are none."""
    word = IMAGE_FOLDER.encode()
    files = [file for file in _code(folder) if word in _bytes(file)]
    found = [each for file in files for each in _texts(file)]
    return sorted(found, key=lambda each: (each.file, each.line))


def _code(folder: Path) -> Iterator[Path]:
    """The Python files in and below ``folder``, without virtual environments and hidden ones."""
    for place, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in _NOT_CODE
            and not name.startswith(".")
            and not Path(place, name, "pyvenv.cfg").exists()
        ]
        yield from (Path(place, name) for name in files if name.endswith(".py"))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # a link to nowhere, or not ours to read: nor is it the worker's
        return b""


def _texts(file: Path) -> Iterator[ImagePath]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # loading it will say so, at its line
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in prose:
            continue
        if isinstance(node.value, str) and IMAGE_FOLDER in node.value:
            yield ImagePath(file, node.lineno, node.value)
