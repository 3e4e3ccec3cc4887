"""Loads an object that was packed by value: a notebook's graph, in its image."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from funcs.errors import LoadError
from funcs.manifest import FILE, Artifact, Manifest, missing_package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_AGAIN = "pack it again with the versions that are here"


def load_packed(file: Path) -> Any:
    """The object in ``file``, a cloudpickle that the models.json beside it names.

    It holds bytecode, and private parts of the packages that it was made with: it is loaded by
    the same minor version of Python and the same versions of those packages, or not at all.

    Raises:
        LoadError: models.json does not name it, Python or a package is another, or it cannot be
            read.
    """
    named = Manifest.read(file.parent).find(file.name)
    if named is None:
        what = (
            f"{file.name!r} is a pickle, which runs code when loaded, and {FILE} does not name it"
        )
        raise LoadError(what, where=str(file), fix="pack the object again")
    if not file.is_file():
        what = f"there is no file {file.name!r}, which {FILE} names"
        raise LoadError(what, where=str(file), fix="pack the object again")
    named.verify(file)
    _refuse_other_packages(named)
    try:
        import cloudpickle

        with file.open("rb") as stream:
            return cloudpickle.load(stream)
    except ImportError as error:
        raise missing_package(error, f"{file.name!r}", named.packages) from error
    except Exception as error:
        what = f"{file.name!r} cannot be read: {type(error).__name__}: {error}"
        raise LoadError(what, where=str(file), fix=_AGAIN) from error


def _refuse_other_packages(named: Artifact) -> None:
    other = {name: _version(name) for name, version in named.packages.items()}
    wrong = {name: here for name, here in other.items() if here != named.packages[name]}
    if not wrong:
        return
    words = [f"{name} {named.packages[name]} (here {here})" for name, here in wrong.items()]
    pins = " ".join(f"{name}=={named.packages[name]}" for name in wrong)
    what = f"{named.path!r} was packed with {', '.join(words)}"
    raise LoadError(what, where=FILE, fix=f"run: pip install {pins}; or {_AGAIN}")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"
