"""The model as its author writes it: load once, predict for each request.

It knows no protocol and no graph: hooks take and return inputs or outputs, never an envelope.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from funcs.errors import LoadError
from funcs.manifest import Artifact, Manifest
from funcs.suggest import did_you_mean
from funcs.tensor import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar


class Model:
    """A model to be served: subclass it, write ``load`` and ``predict``.

    Each hook may be ``async def``, and may ask for ``operation`` and ``parameters`` (the
    request's) by naming them in its signature. In the order they run:

    - ``load()``: once, when the function starts
    - ``preprocess(inputs)``: answers other inputs
    - ``validate(inputs)``: raises RequestError, or answers inputs (None: they stay as they are)
    - ``predict(inputs)``, or ``explain(inputs)`` for the operation "explain": answers outputs
    - ``postprocess(outputs)``: answers other outputs

    ``op_<name>(inputs)`` serves the operation ``name``, without the other hooks, also while the
    model still loads. Where ``inputs`` are declared, the hooks get ``{name: array}``, and what
    does not fit is refused; where ``outputs`` are, the last hook of "infer" must answer them.
    What the graph's author gave beside ``path`` is in ``params``.

    >>> class Sum(Model):
    ...     def predict(self, inputs):
    ...         return [sum(row) for row in inputs]
    >>> Sum(name="sum").predict([[1, 2]])
    [3]
    """

    inputs: ClassVar[Mapping[str, Tensor]] = {}
    outputs: ClassVar[Mapping[str, Tensor]] = {}

    # Also here, for subclasses whose __init__ forgets to call this one.
    name: str = ""
    version: str = ""
    path: str = ""
    folder: Path | None = None
    context: Any = None
    #: Where the files are looked for before the folder: the setting ``models``.
    files_folder: Path | None = None
    #: Whether requests are let through; set when ``load`` has ended well.
    ready: bool = False
    #: Why ``load`` failed, as a sentence; "" while it has not.
    load_error: str = ""

    def __init__(
        self,
        *,
        name: str = "",
        version: str = "",
        path: str = "",
        folder: Path | None = None,
        context: Any = None,
        **params: Any,
    ) -> None:
        self.name = name
        self.version = version
        self.path = path
        self.folder = folder
        self.context = context
        self.params = params

    def load(self) -> None:
        """Make ready for ``predict``: read files by ``artifact``, open connections."""

    # Type checkers then let a subclass ask for ``operation`` or ``parameters``.
    def predict(self, inputs: Any, *args: Any, **asked: Any) -> Any:
        """The outputs for ``inputs``. A subclass writes this, as ``predict(self, inputs)``."""
        raise NotImplementedError(f"{type(self).__name__} has no predict")

    def artifact(self, path: str = "") -> Path:
        """The file or folder ``path`` of this function, there and checked.

        It is looked for in the model's own ``path`` first, then in the function's folder; "" is
        the model's ``path`` itself. Where the setting ``models`` names another folder, the same
        places are looked at there first. A file that models.json names has the sha256 it says.

        Raises:
            LoadError: there is none, it lies outside the function, or it is not the file named.
        """
        folder = (self.folder or Path()).resolve()
        for words in (self.path, path):
            _refuse_outside(words, folder)
        roots = self._roots()
        tried = [place for root in roots for place in _candidates(root, self.path, path)]
        found = next((place for place in tried if place.exists()), None)
        if found is None:
            raise _missing(path or self.path, tried[0], folder)
        real = found.resolve()
        if not any(real.is_relative_to(root) for root in roots):
            what = f"{path or self.path!r} is a link that leads out of the function's folder"
            raise LoadError(what, where=str(real), fix="copy the file into the folder")
        stat = real.stat()
        state = (real, found, stat.st_mtime_ns, stat.st_size)
        # Hashing takes a second for each GB or two: once is enough, unless the file has changed.
        checked: set[object] = vars(self).setdefault("_checked", set())
        if state not in checked:
            _verify(real, found, roots)
            checked.add(state)
        return real

    def recorded(self, file: Path) -> Artifact | None:
        """What models.json says of ``file``, as `artifact` gave it; None if it does not name it.

        Raises:
            LoadError: models.json cannot be read.
        """
        roots = self._roots()
        manifest = Manifest.read(roots[-1])
        found = (manifest.find(path) for path in _names(file, roots))
        return next((artifact for artifact in found if artifact is not None), None)

    def _roots(self) -> list[Path]:
        """The folders that hold the files; the last is the function's, which has the manifest."""
        folders = [self.files_folder, self.folder or Path()]
        return [folder.resolve() for folder in folders if folder is not None]


def _candidates(folder: Path, base: str, path: str) -> list[Path]:
    own = folder / base
    if not path:
        return [own]
    # A model whose path is a file still finds that file's neighbours.
    near = own.parent if own.is_file() else own
    return list(dict.fromkeys([near / path, folder / path]))


def _refuse_outside(path: str, folder: Path) -> None:
    windows = PureWindowsPath(path)
    absolute = PurePosixPath(path).is_absolute() or bool(windows.anchor)
    if absolute or ".." in windows.parts:
        what = f"the path {path!r} leads out of the function's folder"
        raise LoadError(what, where=str(folder), fix="name a file inside, relative to the folder")


def _missing(path: str, place: Path, folder: Path) -> LoadError:
    if (folder / "train.py").is_file():
        fix = "run: python train.py"
    else:
        near = sorted(entry.name for entry in place.parent.glob("*") if entry.is_file())[:20]
        fix = did_you_mean(Path(path).name, near, noun="files")
    return LoadError(f"there is no file {path!r}", where=str(place), fix=fix)


def _verify(real: Path, found: Path, roots: list[Path]) -> None:
    manifest = Manifest.read(roots[-1])
    for path in dict.fromkeys([*_names(real, roots), *_names(found, roots)]):
        artifact = manifest.find(path)
        if artifact is not None:
            artifact.verify(real)
        for inner in manifest.beneath(path) if real.is_dir() else []:
            inner.verify(real / PurePosixPath(inner.path).relative_to(path))


def _names(file: Path, roots: list[Path]) -> list[str]:
    """The paths by which models.json may name ``file``."""
    return [file.relative_to(root).as_posix() for root in roots if file.is_relative_to(root)]
