"""Writes images into an OCI layout folder (OCI image-spec, image-layout.md)."""

from __future__ import annotations

import contextlib
import errno
import fcntl
from collections.abc import Iterable, Iterator
from pathlib import Path

from funcs_builder.cache import PART_PREFIX, atomic_file
from funcs_builder.digest import canonical_json
from funcs_builder.document import Document
from funcs_builder.errors import BuildError
from funcs_builder.image import Blob, Product
from funcs_builder.manifest import Descriptor, Index
from funcs_builder.progress import Observer, Quiet
from funcs_builder.publish.publisher import Published, image_id
from funcs_builder.reference import Reference

__all__ = ["LAYOUT_JSON", "REF_NAME", "LayoutPublisher", "named", "writing"]

LAYOUT_JSON = canonical_json({"imageLayoutVersion": "1.0.0"})
REF_NAME = "org.opencontainers.image.ref.name"
_CONTAINERD_NAME = "io.containerd.image.name"


class LayoutPublisher:
    """An OCI layout at ``folder``; other images in it stay, one of the same name is replaced."""

    def __init__(
        self, folder: Path, reference: Reference | None = None, *, observer: Observer | None = None
    ) -> None:
        self._folder = folder
        self._reference = reference
        self._observer = observer or Quiet()

    def publish(self, product: Product) -> Published:
        """Write it; it is seen once the index is replaced, which comes last.

        Raises:
            BuildError: the folder holds something else, or cannot be written.
        """
        with writing(self._folder), self._locked():
            sent = sum(map(self._write_blob, product.blobs()))
            for descriptor, document in product.documents():
                self._place(self._blob_path(descriptor.digest), [document])
            index = self._index_with(named(product.descriptor, self._reference))
            self._place(self._folder / "index.json", [index.to_json()])
        place = str(self._folder)
        return Published(place, product.digest, image_id(product), sent)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """The layout, made if it is not there, held against another writer."""
        marker = self._folder / "oci-layout"
        if not marker.exists() and any(self._others()):
            fix = "name an empty folder, one that does not exist, or an OCI layout"
            raise BuildError("the folder holds something else", where=str(self._folder), fix=fix)
        self._blob_path("").mkdir(parents=True, exist_ok=True)
        if not marker.exists():
            self._place(marker, [LAYOUT_JSON])
        with marker.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for stray in self._folder.glob(f"{PART_PREFIX}*"):  # of a writer that was killed
                stray.unlink()
            yield

    def _others(self) -> Iterator[Path]:
        """What lies in the folder and is no temporary file of ours."""
        if self._folder.exists():
            yield from (
                path for path in self._folder.iterdir() if not path.name.startswith(PART_PREFIX)
            )

    def _write_blob(self, blob: Blob) -> int:
        """Write the blob unless it is there; the bytes written."""
        path = self._blob_path(blob.digest)
        self._observer.started("write", blob.name, blob.size_bytes)
        if path.exists() and path.stat().st_size == blob.size_bytes:
            self._observer.finished("write", blob.name, "present")
            return 0
        self._place(path, self._watched(blob))
        self._observer.finished("write", blob.name, "done")
        return blob.size_bytes

    def _watched(self, blob: Blob) -> Iterator[bytes]:
        for chunk in blob.chunks():
            yield chunk
            self._observer.advanced("write", blob.name, len(chunk))

    def _index_with(self, added: Descriptor) -> Index:
        path = self._folder / "index.json"
        if not path.exists():
            return Index((added,))
        found = Index.of(Document.of(path.read_bytes(), str(path)))
        name = added.annotations.get(_CONTAINERD_NAME)
        kept = (
            each
            for each in found.manifests
            if each.annotations.get(_CONTAINERD_NAME) != name and each.digest != added.digest
        )
        return Index((*kept, added), found.annotations)

    def _blob_path(self, digest: str) -> Path:
        return self._folder / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def _place(self, path: Path, chunks: Iterable[bytes]) -> None:
        with atomic_file(self._folder) as (stream, place):
            stream.writelines(chunks)
            place(path)


def named(descriptor: Descriptor, reference: Reference | None) -> Descriptor:
    """The root of a layout under the name that skopeo (the tag) and containerd (all) look for."""
    platform = descriptor.platform
    if reference is None:
        return descriptor
    annotations = {_CONTAINERD_NAME: str(reference)}
    if reference.tag:
        annotations[REF_NAME] = reference.tag
    return Descriptor(
        descriptor.media_type, descriptor.digest, descriptor.size_bytes, annotations, platform
    )


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of writing to ``path`` as sentences.

    Raises:
        BuildError: the disk is full, or the place may not be written to.
    """
    try:
        yield
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        fix = "make room on the disk" if is_full else "name a place that you may write to"
        what = f"could not write the image: {error.strerror or error}"
        raise BuildError(what, where=str(path), fix=fix) from error
