"""models.json: which model files a function has, and what they are.

``funcs.save_model`` writes it beside the function; whoever loads a file that it names checks it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from funcs.errors import FuncsError, LoadError
from funcs.record import Record
from funcs.tensor import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILE = "models.json"
VERSION = 1
#: Formats that run code when loaded, and hold bytecode of one Python minor version.
PICKLES = ("joblib", "cloudpickle", "pickle")
#: The format that a file's suffix says.
SUFFIXES = {
    ".skops": "skops",
    ".joblib": "joblib",
    ".pkl": "cloudpickle",
    ".pickle": "cloudpickle",
}
_AGAIN = "save it again with funcs.save_model"
_NOTHING: Mapping[str, Any] = {}


class Artifact(Record):
    """One file that the manifest names.

    ``path`` is relative to the function's folder, with slashes. ``python`` is the minor version
    that wrote it (``"3.11"``), ``packages`` the versions of what it needs to load.
    """

    path: str
    sha256: str
    size_bytes: int
    format: str
    python: str = ""
    packages: Mapping[str, str] = _NOTHING
    inputs: Mapping[str, Tensor] = _NOTHING
    outputs: Mapping[str, Tensor] = _NOTHING

    def verify(self, file: Path) -> None:
        """Refuse ``file`` unless it is the one named, and this Python can load it.

        Raises:
            LoadError: another size or sha256, or a pickle written by another Python minor version.
        """
        self.refuse_python(f"{sys.version_info.major}.{sys.version_info.minor}", "here")
        self.refuse_bytes(file, sha256_of)

    def refuse_python(self, minor: str, place: str) -> None:
        """Refuse a pickle where ``place`` has Python ``minor`` and another one wrote it.

        Raises:
            LoadError: it could not be loaded there.
        """
        if self.format not in PICKLES or self.python in ("", minor):
            return
        wrote = f"{self.path!r} ({self.format}) was written by Python {self.python}"
        fix = f"train it with Python {minor}, or save it as skops or ONNX"
        raise LoadError(f"{wrote}, {place} is {minor}", where=FILE, fix=fix)

    def refuse_bytes(self, file: Path, sha256: Callable[[Path], str]) -> None:
        """Refuse ``file`` unless its bytes are those named; ``sha256`` is asked if the size fits.

        Raises:
            LoadError: another size or sha256.
        """
        found = file.stat().st_size
        if found != self.size_bytes:
            what = f"{self.path!r} has {found} bytes, {FILE} says {self.size_bytes}"
            raise LoadError(what, where=str(file), fix=_AGAIN)
        digest = sha256(file)
        if digest != self.sha256:
            what = f"{self.path!r} is not the file that {FILE} names: its sha256 is {digest[:12]}…"
            raise LoadError(what, where=str(file), fix=_AGAIN)

    def to_dict(self) -> dict[str, Any]:
        """The entry as models.json holds it, without its path."""
        return {
            "sha256": self.sha256,
            "size": self.size_bytes,
            "format": self.format,
            "python": self.python,
            "packages": dict(self.packages),
            "inputs": _tensors_to_dict(self.inputs),
            "outputs": _tensors_to_dict(self.outputs),
        }

    @classmethod
    def from_dict(cls, path: str, entry: Mapping[str, Any]) -> Artifact:
        """The entry of ``path``; unknown keys are left to later versions."""
        return cls(
            path=path,
            sha256=_text(entry, "sha256"),
            size_bytes=_count(entry, "size"),
            format=_text(entry, "format"),
            python=str(entry.get("python", "")),
            packages={str(name): str(at) for name, at in _map(entry, "packages").items()},
            inputs=_tensors(_map(entry, "inputs")),
            outputs=_tensors(_map(entry, "outputs")),
        )


class Manifest(Record):
    """The artifacts of one function by path; empty where there is no models.json."""

    artifacts: Mapping[str, Artifact] = _NOTHING

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of the function in ``folder``.

        Raises:
            LoadError: models.json is there and cannot be read as a manifest.
        """
        file = folder / FILE
        try:
            raw = json.loads(file.read_text("utf-8"))
            return cls({path: Artifact.from_dict(path, item) for path, item in _items(raw)})
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError, FuncsError) as error:
            what = error.what if isinstance(error, FuncsError) else str(error)
            raise LoadError(f"{FILE} is not valid: {what}", where=str(file), fix=_AGAIN) from error

    def find(self, path: str) -> Artifact | None:
        """The artifact at ``path``, relative to the function's folder."""
        return self.artifacts.get(path)

    def beneath(self, path: str) -> list[Artifact]:
        """The artifacts inside the folder ``path``."""
        return [item for name, item in self.artifacts.items() if name.startswith(f"{path}/")]

    def with_artifact(self, artifact: Artifact) -> Manifest:
        """The same with ``artifact`` in the place of its path."""
        return Manifest({**self.artifacts, artifact.path: artifact})

    def to_json(self) -> str:
        """The text of models.json; the same for equal manifests."""
        models = {path: self.artifacts[path].to_dict() for path in sorted(self.artifacts)}
        return json.dumps({"version": VERSION, "models": models}, indent=2) + "\n"

    def write(self, folder: Path) -> None:
        """Put it into ``folder`` at once, or leave what is there."""
        with written_whole(folder / FILE) as draft:
            draft.write_text(self.to_json(), "utf-8")


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A path to write to, which becomes ``file`` when the block ends well.

    Readers of ``file`` see the old or the new, never a part.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        yield draft
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def missing_package(error: ImportError, noun: str, packages: Mapping[str, str]) -> LoadError:
    """``noun`` needs a package that is not installed; ``packages`` are the versions it had."""
    module = (error.name or "").partition(".")[0]
    name = {"sklearn": "scikit-learn"}.get(module, module)
    at = f"=={packages[name]}" if name in packages else ""
    return LoadError(f"{noun} needs {name}: {error}", fix=f"run: pip install {name}{at}")


def sha256_of(file: Path) -> str:
    """The sha256 of the file's bytes, in hex."""
    from hashlib import file_digest  # OpenSSL costs a worker's start 5 ms

    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _items(raw: Any) -> list[tuple[str, Any]]:
    if not isinstance(raw, dict) or not isinstance(raw.get("models"), dict):
        raise TypeError("expected {'version': 1, 'models': {path: …}}")
    if raw.get("version") != VERSION:
        raise ValueError(f"its version is {raw.get('version')!r}, this funcs reads {VERSION}")
    return list(raw["models"].items())


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry[key] if isinstance(entry, dict) and key in entry else None
    if not isinstance(value, str):
        raise TypeError(f"{key!r} must be text")
    return value


def _count(entry: Mapping[str, Any], key: str) -> int:
    value = entry.get(key)
    if type(value) is not int or value < 0:
        raise TypeError(f"{key!r} must be a number of bytes")
    return value


def _map(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = entry.get(key, {})
    if not isinstance(value, dict):
        raise TypeError(f"{key!r} must be an object")
    return value


def _tensors(entries: Mapping[str, Any]) -> dict[str, Tensor]:
    return {
        name: Tensor(_text(entry, "dtype"), tuple(entry.get("shape", ())))
        for name, entry in entries.items()
    }


def _tensors_to_dict(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    return {
        name: {"dtype": tensor.dtype, "shape": list(tensor.shape)}
        for name, tensor in tensors.items()
    }
