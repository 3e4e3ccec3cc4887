"""The models of a function: each an entry of its own, as models.json says it is.

A model lies in the image, or elsewhere: a volume is mounted over its place, or the setting
``models`` names a folder. The manifest is the same, and whoever loads the file holds it to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from funcs.errors import FuncsError, LoadError
from funcs.manifest import FILE, SUFFIXES, Artifact, Manifest
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.folder import CODE
from funcs.packaging.known_files import KnownFiles
from funcs.record import Record
from funcs_builder.entry import Entry, FileContent
from funcs_builder.lock import normal_name

#: Where the sha256 of unchanged models is remembered, in the function's folder.
MEMORY = Path(".funcs", "models.json")


class PackedModel(Record):
    """A file that models.json names: ``entry`` puts it into the image.

    ``entry`` is None where it lies ``elsewhere``: ``"volume weights"``, ``"/mnt/models"``.
    """

    artifact: Artifact
    entry: Entry | None
    elsewhere: str = ""


class PackedModels(Record):
    """The models by path, and the manifest of them all, which goes into the image beside them."""

    models: tuple[PackedModel, ...]
    manifest: Manifest

    @property
    def paths(self) -> frozenset[str]:
        """What the function's other files are without: models.json and all that it names."""
        return frozenset({FILE, *self.manifest.artifacts})

    def manifest_entry(self, *, under: str = CODE) -> Entry | None:
        """models.json; None for a function without models."""
        if not self.models:
            return None
        return Entry.text(f"{under}/{FILE}", self.manifest.to_json())

    def notes(self, versions: Mapping[str, str]) -> list[str]:
        """A sentence for each package that a model was saved with and the image has not so.

        ``versions`` are the image's packages by name.
        """
        found = {normal_name(name): version for name, version in versions.items()}
        said = []
        for model in self.models:
            for name, wrote in sorted(model.artifact.packages.items()):
                have = found.get(normal_name(name))
                if have != wrote:
                    has = f"the image has {have}" if have else "the image has none"
                    said.append(f"{model.artifact.path} was saved with {name} {wrote}, {has}")
        return said


def packed_models(
    function: FunctionFacts, *, python: str, named: Iterable[str] = (), under: str = CODE
) -> PackedModels:
    """The models of models.json, and those at the paths ``named``, checked against their files.

    ``python`` is the image's minor version. ``named`` are what a graph names and no manifest:
    files or folders in the function's folder; they get an entry in the image's manifest. A file
    that has not changed since the last time is not read.

    Raises:
        LoadError: a file is missing, is another than the manifest says, or is a pickle of another
            Python.
        FuncsError: a file cannot be read, or lies outside the function's folder.
    """
    known = KnownFiles(function.folder / MEMORY)
    manifest = Manifest.read(function.folder)
    mounts = {PurePosixPath(path): name for path, name in function.mounts.items()}
    try:
        packer = _Packer(function.folder, under, mounts, function.models, python, known)
        for path in named:
            for artifact in packer.found(path, manifest):
                manifest = manifest.with_artifact(artifact)
        ordered = [manifest.artifacts[path] for path in sorted(manifest.artifacts)]
        return PackedModels(tuple(packer.packed(artifact) for artifact in ordered), manifest)
    except OSError as error:
        what = f"cannot read a model: {error.strerror}"
        fix = "let your user read it (chmod u+r)"
        raise FuncsError(what, where=str(error.filename), fix=fix) from None
    finally:
        known.write()


class _Packer(Record):
    folder: Path
    under: str
    mounts: Mapping[PurePosixPath, str]
    files_folder: str
    python: str
    known: KnownFiles

    def packed(self, artifact: Artifact) -> PackedModel:
        file = self.folder / artifact.path
        _refuse_outside(artifact.path, self.folder)
        elsewhere = self._elsewhere(artifact.path)
        artifact.refuse_python(self.python, "the image's")
        if file.is_file():
            artifact.refuse_bytes(file, self.known.sha256)
        elif not elsewhere:
            raise self._missing(artifact.path)
        if elsewhere:
            return PackedModel(artifact, None, elsewhere)
        content = FileContent(file, artifact.size_bytes)
        return PackedModel(artifact, Entry(f"{self.under}/{artifact.path}", content))

    def found(self, path: str, manifest: Manifest) -> Iterator[Artifact]:
        """What the manifest lacks of the file or folder at ``path``."""
        place = self.folder / path
        _refuse_outside(path, self.folder)
        if not place.exists():
            if not (manifest.find(path) or manifest.beneath(path) or self._elsewhere(path)):
                raise self._missing(path)
            return
        for file in [place] if place.is_file() else sorted(place.rglob("*")):
            name = file.relative_to(self.folder).as_posix()
            is_hidden = any(part.startswith(".") for part in file.relative_to(place).parts)
            if file.is_file() and not is_hidden and manifest.find(name) is None:
                _refuse_outside(name, self.folder)
                format = SUFFIXES.get(file.suffix, file.suffix.removeprefix("."))
                yield Artifact(name, self.known.sha256(file), file.stat().st_size, format)

    def _missing(self, path: str) -> LoadError:
        is_trained = (self.folder / "train.py").is_file()
        fix = "run: python train.py" if is_trained else f"put it there, or take it out of {FILE}"
        return LoadError(f"there is no model {path!r}", where=str(self.folder / path), fix=fix)

    def _elsewhere(self, path: str) -> str:
        """The volume that is mounted over the model's place, or the folder of all models."""
        place = PurePosixPath("/", self.under, path)
        over = (name for mount, name in self.mounts.items() if place.is_relative_to(mount))
        return next((f"volume {name}" for name in over), self.files_folder)


def _refuse_outside(path: str, folder: Path) -> None:
    if PurePosixPath(path).as_posix() != path:
        fix = f"write {PurePosixPath(path).as_posix()!r}"
        raise FuncsError(f"{path!r} is no plain path", where=str(folder / FILE), fix=fix)
    if not (folder / path).resolve().is_relative_to(folder.resolve()):
        what = f"the model {path!r} lies outside the function's folder"
        raise FuncsError(what, where=str(folder), fix="copy the file into the folder")
