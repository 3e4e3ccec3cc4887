"""Finds the image to build on: in a registry, an OCI layout folder, or an archive.

What a registry said is kept by digest, so that a base is looked up once and its layers are pulled
only if somebody needs their bytes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from funcs_builder.cache import Cache
from funcs_builder.config import ImageConfig
from funcs_builder.digest import is_digest
from funcs_builder.document import Document
from funcs_builder.errors import BaseError, BuildError, LayerError, RegistryError
from funcs_builder.image import Base, Image
from funcs_builder.manifest import Descriptor, Index, Manifest
from funcs_builder.plan import SCRATCH
from funcs_builder.platforms import Platform
from funcs_builder.progress import Observer, Quiet
from funcs_builder.reference import Reference
from funcs_builder.stored import LayoutStore, Opener, Store, stored_layers

if TYPE_CHECKING:
    from funcs_builder.access import Access
    from funcs_builder.registry import Repository

__all__ = ["BaseFinder", "is_path"]


def is_path(base: str) -> bool:
    """Whether ``base`` names a file or folder: it says so by a dot or slash in front.

    >>> is_path("./base.tar"), is_path("python:3.11-slim")
    (True, False)
    """
    return base in (".", "..") or base.startswith(("./", "../", "/", "~/", "oci:"))


class BaseFinder(NamedTuple):
    """Resolves what a plan calls its base.

    ``refresh`` asks the registry what a tag means today; else the digest that it meant when it was
    last asked is kept, so that builds agree and need no network.
    """

    cache: Cache
    access: Access
    observer: Observer | None = None
    refresh: bool = False

    def find(self, base: str, platform: Platform) -> Base:
        """The image for ``platform`` that ``base`` means.

        ``base`` is an image's name, ``scratch``, or a path that begins with ``./``, ``../``, ``/``,
        ``~/`` or ``oci:``: an OCI layout folder (``./layout:tag`` if it has several images) or a
        tar of ``docker save``, ``skopeo`` or ours.

        Raises:
            BaseError: it cannot be had, or is not for that platform.
            ImageReferenceError: the name is none.
        """
        if base == SCRATCH:
            return Base(Image.scratch(platform))
        if is_path(base):
            return self._stored(base, platform)
        reference = Reference.parse(base)
        try:
            return self._pulled(reference, platform, self._root)
        except RegistryError as error:
            fix = "; ".join(
                filter(None, [error.fix, "or use --base scratch, which needs no registry"])
            )
            what = f"could not get the base {reference.familiar}: {error.what}"
            raise BaseError(what, where=error.where, fix=fix) from error

    def look(self, name: str, platform: Platform) -> Base:
        """The same for an image to be looked at: what its name means now, not to be remembered.

        Raises:
            BaseError: there is none, or it is not for that platform.
            RegistryError: its registry refuses, or cannot be reached.
            ImageReferenceError: the name is none.
        """
        if is_path(name):
            return self._stored(name, platform)
        reference = Reference.parse(name)
        return self._pulled(reference, platform, lambda asked, pull: pull.document(asked.target))

    def _stored(self, base: str, platform: Platform) -> Base:
        path, tag = _path_and_tag(base.removeprefix("oci:"))
        if not path.exists():
            fix = "name an OCI layout folder, an archive, or an image without ./ in front"
            raise BaseError(f"{base!r} does not exist", where=str(path), fix=fix)
        digest, image = _store_at(path).image(tag, platform)
        return Base(image, "", digest)

    def _pulled(self, reference: Reference, platform: Platform, root: _Root) -> Base:
        with contextlib.closing(_Pull(reference, self.cache, self.access)) as pull:
            digest, document = root(reference, pull)
            pinned = reference.pinned(digest)
            if "manifests" in document.fields:
                chosen = Index.of(document).choose(platform, reference.familiar)
                _, document = pull.document(chosen.digest)
            manifest = Manifest.of(document)
            config = ImageConfig.from_json(
                pull.small_blob(manifest.config.digest, "the config"), reference.familiar
            )
        layers = stored_layers(
            manifest,
            config,
            self._opener(pinned),
            what=reference.familiar,
            origin=pinned,
            forgetter=self.cache.remove,
        )
        name = str(Reference(reference.registry, reference.repository, reference.tag))
        return Base(Image(config, layers), name, digest)

    def _root(self, reference: Reference, pull: _Pull) -> tuple[str, Document]:
        """The manifest or index that the reference means, and its digest."""
        if reference.digest:
            return pull.document(reference.digest)
        known = self.cache.recall("base", str(reference), "digest")
        if known and not self.refresh:
            try:
                return pull.document(str(known["digest"]))
            except RegistryError as error:
                if error.status != 404:  # the registry has forgotten it: the tag has moved on
                    raise
        digest, document = pull.document(reference.tag)
        self.cache.remember("base", str(reference), {"digest": digest})
        return digest, document

    def _opener(self, reference: Reference) -> Opener:
        """Opens a layer in the cache, pulled when it is first asked for."""

        def opened(name: str, descriptor: Descriptor) -> BinaryIO:
            stream = self.cache.open(descriptor.digest)
            if stream is not None:
                return stream
            with contextlib.closing(_Pull(reference, self.cache, self.access)) as pull:
                observer = self.observer or Quiet()
                pull.blob(descriptor.digest, descriptor.size_bytes, name, observer)
            return self.cache.path(descriptor.digest).open("rb")

        return opened


def _store_at(path: Path) -> Store:
    if path.is_dir():
        return LayoutStore(path)
    from funcs_builder.saved import ArchiveStore

    return ArchiveStore(path)


class _Pull:
    """Reads from one repository, the cache before it; a connection is made only if needed."""

    def __init__(self, reference: Reference, cache: Cache, access: Access) -> None:
        self._reference = reference
        self._access = access
        self._cache = cache
        self._name = reference.familiar
        self._opened: Repository | None = None

    def close(self) -> None:
        """Give the connections back."""
        if self._opened:
            self._opened.close()

    @property
    def _repository(self) -> Repository:
        if self._opened is None:
            from funcs_builder.registry import Repository  # 70 ms, for requests

            name = self._reference.repository
            self._opened = Repository(self._reference.registry, name, self._access)
        return self._opened

    def document(self, target: str) -> tuple[str, Document]:
        """The manifest or index that a tag or digest means, and its digest."""
        data = self._cache.read(target) if is_digest(target) else None
        digest = target
        if data is None:
            digest, data = self._repository.manifest(target)
            self._cache.add([data], digest)
        return digest, Document.of(data, f"the manifest of {self._name}")

    def small_blob(self, digest: str, name: str) -> bytes:
        """A config's bytes."""
        data = self._cache.read(digest)
        if data is None:
            self.blob(digest, 0, name, Quiet())
            data = self._cache.read(digest)
        if data is None:
            raise BuildError(f"{name} of {self._name} is no longer in the cache", fix="try again")
        return data

    def blob(self, digest: str, size_bytes: int, name: str, observer: Observer) -> None:
        """Bring a blob into the cache, checked; a cut line is tried again from its start."""
        observer.started("pull", name, size_bytes)
        attempts = self._access.retry.attempts
        for attempt in range(attempts):
            chunks = _Watched(self._repository.blob(digest, name), name, observer)
            try:
                self._cache.add(chunks, digest)
                break
            except (RegistryError, LayerError) as error:
                is_refusal = isinstance(error, RegistryError) and error.status
                if is_refusal or attempt == attempts - 1:
                    raise
            observer.advanced("pull", name, -chunks.told)
        observer.finished("pull", name, "done")


#: Finds the manifest or index that a reference means, and its digest.
_Root = Callable[[Reference, _Pull], tuple[str, Document]]


class _Watched:
    """Chunks that an observer is told of; ``told`` is how many bytes that was."""

    def __init__(self, chunks: Iterator[bytes], name: str, observer: Observer) -> None:
        self._chunks = chunks
        self._name = name
        self._observer = observer
        self.told = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            yield chunk
            self.told += len(chunk)
            self._observer.advanced("pull", self._name, len(chunk))


def _path_and_tag(text: str) -> tuple[Path, str]:
    """A path and the tag behind its last colon, if the whole is no path itself."""
    path = Path(text).expanduser()
    front, colon, tag = text.rpartition(":")
    if path.exists() or not colon or "/" in tag:
        return path, ""
    return Path(front).expanduser(), tag
