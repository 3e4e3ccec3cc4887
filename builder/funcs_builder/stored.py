"""Images that exist already: layers opened where they lie, and OCI layout folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from funcs_builder.config import ImageConfig
from funcs_builder.digest import sha256_of
from funcs_builder.document import Document
from funcs_builder.errors import BaseError, LayerError
from funcs_builder.image import Image
from funcs_builder.layer import Layer, LayerFacts
from funcs_builder.manifest import Descriptor, Index, Manifest
from funcs_builder.platforms import Platform
from funcs_builder.reference import Reference

__all__ = [
    "DOCUMENT_LIMIT",
    "LayoutStore",
    "Opener",
    "Store",
    "StoredLayer",
    "image_in",
    "stored_layers",
]

_REF_NAMES = ("org.opencontainers.image.ref.name", "io.containerd.image.name")
DOCUMENT_LIMIT = 4 << 20

#: Opens a layer, called by its name and descriptor.
Opener = Callable[[str, Descriptor], BinaryIO]


class StoredLayer(NamedTuple):
    """A layer that exists already; ``origin`` is the repository of a registry that has it."""

    name: str
    descriptor: Descriptor
    diff_id: str
    opener: Opener
    origin: Reference | None = None
    forgetter: Callable[[str], None] = lambda digest: None

    @property
    def media_type(self) -> str:
        """How it is packed."""
        return self.descriptor.media_type

    @property
    def facts(self) -> LayerFacts:
        """What names it."""
        return LayerFacts(self.diff_id, self.descriptor.digest, self.descriptor.size_bytes)

    def open(self, start: int = 0) -> BinaryIO:
        """Its packed bytes from ``start`` on.

        Raises:
            BuildError: they cannot be had.
        """
        try:
            stream = self.opener(self.name, self.descriptor)
            stream.seek(start)
        except OSError as error:
            raise LayerError(f"could not read {self.name}: {error.strerror or error}") from error
        return stream

    def forget(self) -> None:
        """Drop the copy in a cache, if it is one."""
        self.forgetter(self.descriptor.digest)


class Store(Protocol):
    """A folder or file that images lie in."""

    def image(self, tag: str, platform: Platform) -> tuple[str, Image]:
        """The digest and the image of ``tag`` (empty: the only one) for ``platform``.

        Raises:
            BaseError: there is none, or it is damaged.
        """


class LayoutStore:
    """An OCI layout folder.

    Raises on construction:
        BaseError: the folder is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not (folder / "index.json").is_file():
            fix = "name a folder that holds index.json and blobs/"
            raise BaseError("the folder is no OCI layout", where=str(folder), fix=fix)

    def image(self, tag: str, platform: Platform) -> tuple[str, Image]:
        """The digest and the image of ``tag`` for ``platform``.

        Raises:
            BaseError: there is none, or it is damaged.
        """
        index = Document.of((self._folder / "index.json").read_bytes(), "index.json")
        return image_in(index, self._read, self._open, tag, platform, str(self._folder))

    def _read(self, digest: str) -> bytes:
        with self._path(digest).open("rb") as stream:
            return stream.read(DOCUMENT_LIMIT)

    def _open(self, name: str, descriptor: Descriptor) -> BinaryIO:
        del name
        return self._path(descriptor.digest).open("rb")

    def _path(self, digest: str) -> Path:
        return self._folder / "blobs" / "sha256" / digest.removeprefix("sha256:")


def image_in(
    index: Document,
    read: Callable[[str], bytes],
    opener: Opener,
    tag: str,
    platform: Platform,
    where: str,
) -> tuple[str, Image]:
    """The image in an OCI layout whose blobs ``read`` and ``opener`` give.

    Raises:
        BaseError: there is none of that tag or for that platform, or it is damaged.
    """

    def checked(descriptor: Descriptor) -> Document:
        try:
            data = read(descriptor.digest)
        except (OSError, KeyError) as error:
            raise BaseError(f"the image lacks blob {descriptor.digest}", where=where) from error
        if sha256_of(data) != descriptor.digest:
            fix = "copy it again"
            raise BaseError(f"blob {descriptor.digest} is damaged", where=where, fix=fix)
        return Document.of(data, where)

    root = _root(Index.of(index), tag, platform, where)
    descriptor, document = root, checked(root)
    while "manifests" in document.fields:
        descriptor = Index.of(document).choose(platform, where)
        document = checked(descriptor)
    manifest = Manifest.of(document)
    config = ImageConfig.from_document(checked(manifest.config))
    return root.digest, Image(config, stored_layers(manifest, config, opener, what=where))


def stored_layers(
    manifest: Manifest,
    config: ImageConfig,
    opener: Opener,
    *,
    what: str,
    origin: Reference | None = None,
    forgetter: Callable[[str], None] = lambda digest: None,
) -> tuple[Layer, ...]:
    """The layers of an image that exists already, called ``base 1/5`` and so on.

    Raises:
        BaseError: its manifest and its config do not agree on how many there are.
    """
    total = len(manifest.layers)
    if len(config.diff_ids) != total:
        raise BaseError(f"{what} has {total} layers, but its config names {len(config.diff_ids)}")
    return tuple(
        StoredLayer(f"base {number}/{total}", descriptor, diff_id, opener, origin, forgetter)
        for number, (descriptor, diff_id) in enumerate(
            zip(manifest.layers, config.diff_ids, strict=True), 1
        )
    )


def _root(index: Index, tag: str, platform: Platform, where: str) -> Descriptor:
    """The entry of a layout's index that is meant."""
    names = [
        tuple(each.annotations[key] for key in _REF_NAMES if key in each.annotations)
        for each in index.manifests
    ]
    if tag:
        found = [each for each, known in zip(index.manifests, names, strict=True) if tag in known]
    else:
        found = list(index.manifests)
    if len(found) == 1:
        return found[0]
    are_one = len(set(names)) == 1  # the platforms of one image, without an index of their own
    if found and are_one and all(each.platform for each in found):
        return Index(tuple(found)).choose(platform, where)
    known = ", ".join(sorted({name for group in names for name in group[:1]}))
    what = f"there are {len(found)} images{f' of tag {tag!r}' if tag else ''}"
    fix = f"name one of them behind a colon: {known or 'they have no names'}"
    raise BaseError(what, where=where, fix=fix)
