"""Everything in a folder that tells what function it could be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from funcs.adopt.code import Code
from funcs.adopt.foreign import LAYOUTS, Foreign
from funcs.adopt.notebook import Notebook
from funcs.errors import FuncsError

#: Files that hold a model's weights, by their suffix.
MODEL_SUFFIXES = frozenset({
    ".skops", ".joblib", ".pkl", ".pickle", ".onnx", ".pt", ".pth", ".safetensors", ".h5", ".keras",
    ".ubj", ".bst", ".cbm", ".gguf", ".tflite", ".pmml",
})  # fmt: skip
#: What says which packages are needed, in the order of how much we make of it.
PACKAGES = (
    "requirements.txt", "pyproject.toml", "Pipfile", "environment.yml", "conda.yaml", "setup.py",
    "bentofile.yaml", "cog.yaml",
)  # fmt: skip
_NOT_OURS = frozenset({
    "__pycache__", "node_modules", "site-packages", "build", "dist", "tests", "test", "docs",
})  # fmt: skip
_NO_CODE = ("setup.py", "conftest.py", "noxfile.py")
_DEPTH = 4
_MOST_FILES = 5000


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of weights."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Finds:
    """What ``folder`` has, in the order of its paths; ``packages`` are names of `PACKAGES`.

    ``is_whole`` is false where there were too many files to look at all.
    """

    folder: Path
    codes: tuple[Code, ...]
    notebooks: tuple[Notebook, ...]
    models: tuple[ModelFile, ...]
    layouts: tuple[tuple[Foreign, str], ...]
    packages: tuple[str, ...]
    is_whole: bool = True

    @classmethod
    def of(cls, folder: Path, *, only: str = "") -> Finds:
        """What is in the folder; of its Python files ``only`` one, where that is given.

        Raises:
            FuncsError: the folder cannot be read.
        """
        paths = sorted(_paths(folder))
        suffixes = {path: PurePosixPath(path).suffix.lower() for path in paths}
        codes = [path for path in paths if suffixes[path] == ".py" and _is_code(path)]
        return cls(
            folder,
            tuple(Code.read(folder, path) for path in ([only] if only else codes)),
            tuple(Notebook.read(folder, path) for path in paths if suffixes[path] == ".ipynb"),
            tuple(
                ModelFile(path, (folder / path).stat().st_size)
                for path in paths
                if suffixes[path] in MODEL_SUFFIXES
            ),
            tuple(_layouts(paths)),
            tuple(name for name in PACKAGES if name in paths),
            len(paths) < _MOST_FILES,
        )


def _paths(folder: Path) -> Iterator[str]:
    """Files below the folder, with slashes; links are not followed into other folders."""
    count = 0

    def refuse(error: OSError) -> None:
        if Path(error.filename) == folder:
            what = f"the folder cannot be read: {error.strerror}"
            raise FuncsError(what, where=str(folder)) from error

    for place, folders, files in os.walk(folder, onerror=refuse):
        base = PurePosixPath(Path(place).relative_to(folder).as_posix())
        is_deep = len(base.parts) >= _DEPTH
        folders[:] = [] if is_deep else [name for name in folders if _is_ours(Path(place, name))]
        for name in files:
            if not Path(place, name).is_file():  # a link to nowhere, a pipe that would never end
                continue
            if count == _MOST_FILES:
                return
            count += 1
            yield str(base / name)


def _is_ours(folder: Path) -> bool:
    name = folder.name
    is_hidden = name.startswith(".") or name in _NOT_OURS or name.endswith(".egg-info")
    return not is_hidden and not (folder / "pyvenv.cfg").exists()


def _is_code(path: str) -> bool:
    name = PurePosixPath(path).name
    return name not in _NO_CODE and not name.startswith("test_") and not name.endswith("_test.py")


def _layouts(paths: list[str]) -> Iterator[tuple[Foreign, str]]:
    for path in paths:
        kind = LAYOUTS.get(PurePosixPath(path).name)
        if kind is not None:
            yield kind, path
