"""Looks into an image that exists: what its layers are, and a few of its files.

Of a registry only the layers are pulled that are asked for; of an engine no layer is read at all.
"""

from __future__ import annotations

import contextlib
import posixpath
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from funcs_builder.config import ImageConfig
from funcs_builder.container import files_of
from funcs_builder.engine import Engine
from funcs_builder.errors import BuildError, LayerError
from funcs_builder.image import Base, Image
from funcs_builder.layer import Layer

__all__ = ["Contents", "EngineContents", "LayerFound", "StoredContents", "by_layer"]

#: What `assemble` writes before a layer's name in the history.
_OURS = "funcs build: "
_FILE_LIMIT = 64 << 20
_HIDDEN = ".wh."
_OPAQUE = ".wh..wh..opq"


@dataclass(frozen=True, slots=True)
class LayerFound:
    """One layer: by which ``step`` it was made, and its size as it is kept.

    ``digest`` and ``media_type`` are empty in an engine, which keeps layers unpacked.
    """

    step: str
    size_bytes: int
    diff_id: str
    digest: str = ""
    media_type: str = ""

    @property
    def name(self) -> str:
        """What our builder called it; empty for other builders' layers."""
        return self.step.removeprefix(_OURS) if self.step.startswith(_OURS) else ""


class Contents(Protocol):
    """An image to be looked into."""

    @property
    def place(self) -> str:
        """Where it was found, in a few words."""

    @property
    def digest(self) -> str:
        """Its manifest's digest; empty in an engine."""

    @property
    def image_id(self) -> str:
        """Its config's digest."""

    @property
    def config(self) -> ImageConfig:
        """Its config."""

    @property
    def layers(self) -> Sequence[LayerFound]:
        """Its layers, lowest first."""

    def file(self, path: str, *, layer: str = "") -> bytes | None:
        """A small file's bytes (``opt/funcs/build.json``); None where there is none.

        Only the ``layer`` that our builder called so is read, where one is named.

        Raises:
            BuildError: a layer cannot be had or read.
        """

    def paths(self) -> Iterator[str]:
        """Every path in it; reads all layers.

        Raises:
            BuildError: a layer cannot be had or read.
        """


@dataclass(frozen=True)
class StoredContents:
    """An image of a registry, a layout folder or an archive."""

    base: Base
    place: str

    @property
    def _image(self) -> Image:
        return self.base.image

    @property
    def digest(self) -> str:
        """What a registry calls it."""
        return self.base.digest

    @property
    def image_id(self) -> str:
        """What engines call it."""
        return self._image.id

    @property
    def config(self) -> ImageConfig:
        """Its config."""
        return self._image.config

    @property
    def layers(self) -> Sequence[LayerFound]:
        """Its layers, lowest first."""
        steps = by_layer(self.config)
        return [
            LayerFound(step, facts.size_bytes, facts.diff_id, facts.digest, layer.media_type)
            for step, layer in zip(steps, self._image.layers, strict=True)
            for facts in (layer.facts,)
        ]

    def file(self, path: str, *, layer: str = "") -> bytes | None:
        """The file in the topmost layer that has it, or in the one that is named."""
        pairs = list(zip(self.layers, self._image.layers, strict=True))
        for found, stored in reversed(pairs):
            if layer and found.name != layer:
                continue
            for name, content in _members(stored):
                if name == path and content is not None:
                    return content()
        return None

    def paths(self) -> Iterator[str]:
        """Every path that no layer above has taken away."""
        there: dict[str, None] = {}
        for layer in self._image.layers:
            new = [name for name, _ in _members(layer)]
            for gone in filter(_is_whiteout, new):
                _take_away(gone, there)
            there.update(dict.fromkeys(name for name in new if not _is_whiteout(name)))
        yield from there


@dataclass(frozen=True)
class EngineContents:
    """An image of a Docker engine.

    Raises when it is asked for anything:
        EngineError: the engine has none of that name, or does not answer.
    """

    engine: Engine
    name: str

    @property
    def place(self) -> str:
        """The engine's address."""
        return f"the Docker engine at {self.engine.where}"

    @property
    def digest(self) -> str:
        """Empty: an engine need not know it."""
        return ""

    @property
    def image_id(self) -> str:
        """The id."""
        return self.engine.image_id(self.name)

    @property
    def config(self) -> ImageConfig:
        """Its config, as the engine tells it."""
        return self.engine.image_config(self.name)

    @property
    def layers(self) -> Sequence[LayerFound]:
        """Its layers, with their unpacked sizes."""
        config, sizes = self.config, self.engine.layer_sizes(self.name)
        rows = zip(by_layer(config), config.diff_ids, strict=True)
        if len(sizes) != len(config.diff_ids):
            sizes = [0] * len(config.diff_ids)
        return [
            LayerFound(step, size, diff_id)
            for (step, diff_id), size in zip(rows, sizes, strict=True)
        ]

    def file(self, path: str, *, layer: str = "") -> bytes | None:
        """The file, whichever layer it is in."""
        del layer
        with files_of(self.engine, self.name, path) as stream:
            if stream is None:
                return None
            for _, content in _tar_members(stream, path):
                if content is not None:
                    return content()
        return None

    def paths(self) -> Iterator[str]:
        """Every path, of a container that is made for that and never started."""
        with files_of(self.engine, self.name, "/") as stream:
            if stream is not None:
                yield from (name for name, _ in _tar_members(stream, self.name))


def by_layer(config: ImageConfig) -> list[str]:
    """What made each layer; empty words where the history does not tell of each."""
    steps = [step.created_by for step in config.history if not step.is_empty]
    return steps if len(steps) == len(config.diff_ids) else ["" for _ in config.diff_ids]


def _members(layer: Layer) -> Iterator[tuple[str, Callable[[], bytes] | None]]:
    with contextlib.closing(layer.open()) as stream:
        yield from _tar_members(stream, layer.name)


def _tar_members(stream: BinaryIO, what: str) -> Iterator[tuple[str, Callable[[], bytes] | None]]:
    """The paths in a tar, packed or not, with a reader of each that is a file.

    Raises:
        LayerError: it is no tar that Python can read.
    """
    try:
        with tarfile.open(fileobj=stream, mode="r|*") as archive:
            for member in archive:
                name = posixpath.normpath(member.name).lstrip("/")
                yield name, _reader(archive, member) if member.isfile() else None
    except (tarfile.TarError, EOFError, OSError) as error:
        fix = "copy the image again; layers packed with zstd need Python 3.14"
        raise LayerError(f"could not read {what}: {error}", fix=fix) from error


def _reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if member.size > _FILE_LIMIT:
            raise BuildError(f"{member.name} has {member.size} bytes: more than we look at")
        stream = archive.extractfile(member)
        return stream.read() if stream is not None else b""

    return read


def _is_whiteout(path: str) -> bool:
    return posixpath.basename(path).startswith(_HIDDEN)


def _take_away(whiteout: str, there: dict[str, None]) -> None:
    """Forget what a whiteout hides: a file or folder, or all that a folder had."""
    folder, name = posixpath.split(whiteout)
    hidden = folder if name == _OPAQUE else posixpath.join(folder, name.removeprefix(_HIDDEN))
    for path in [each for each in there if each == hidden or each.startswith(f"{hidden}/")]:
        if path != folder:
            del there[path]
