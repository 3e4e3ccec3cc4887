"""Writes an image as one tar that is both an OCI layout and what ``docker load`` takes.

An OCI layout alone is refused by Docker before 25; ``manifest.json`` beside it is what it reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from funcs_builder.cache import atomic_file
from funcs_builder.digest import canonical_json
from funcs_builder.entry import BytesContent, Entry
from funcs_builder.image import Blob, Image, Product
from funcs_builder.manifest import Index
from funcs_builder.progress import Observer, Quiet
from funcs_builder.publish.layout import LAYOUT_JSON, named, writing
from funcs_builder.publish.publisher import Published, image_id
from funcs_builder.reference import Reference
from funcs_builder.tar import Piece, arranged, pieces_of

__all__ = ["ArchivePublisher", "archive_pieces", "piece_chunks"]


class ArchivePublisher:
    """A tar at ``path``, for ``docker load``, ``podman load``, ``skopeo`` and whoever reads OCI.

    Where there are several platforms, all are in the OCI layout and Docker takes the first.
    """

    def __init__(
        self, path: Path, reference: Reference | None = None, *, observer: Observer | None = None
    ) -> None:
        self._path = path
        self._reference = reference
        self._observer = observer or Quiet()

    def publish(self, product: Product) -> Published:
        """Write it; the file is there when it is whole.

        Raises:
            BuildError: it cannot be written.
        """
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(self._path.parent) as (stream, place):
                for piece in archive_pieces(product, self._reference):
                    stream.writelines(piece_chunks(piece, "write", self._observer))
                place(self._path)
        sent = sum(blob.size_bytes for blob in product.blobs())
        return Published(str(self._path), product.digest, image_id(product), sent)


def archive_pieces(
    product: Product, reference: Reference | None, omitted: Collection[str] = ()
) -> Iterator[Piece]:
    """The archive; the blobs of digests ``omitted`` are named in it but not there."""
    index = Index((named(product.descriptor, reference),))
    loads = [_docker_manifest(product.images[0], reference)]
    entries = [
        Entry("oci-layout", BytesContent(LAYOUT_JSON)),
        Entry("index.json", BytesContent(index.to_json())),
        Entry("manifest.json", BytesContent(canonical_json(loads))),
    ]
    for descriptor, document in product.documents():
        entries.append(Entry(_blob_path(descriptor.digest), BytesContent(document)))
    for blob in product.blobs():
        if blob.digest not in omitted:
            entries.append(Entry(_blob_path(blob.digest), blob))
    return pieces_of(arranged(entries), 0)


def piece_chunks(piece: Piece, act: str, observer: Observer) -> Iterator[bytes]:
    """The bytes of one piece of an archive, a blob's checked and told to the ``observer``.

    Raises:
        BuildError: a blob cannot be had, or is not what its digest names.
    """
    blob = piece.content
    if not isinstance(blob, Blob):
        yield from piece.read_from(0)
        return
    observer.started(act, blob.name, blob.size_bytes)
    for chunk in blob.chunks():
        yield chunk
        observer.advanced(act, blob.name, len(chunk))
    observer.finished(act, blob.name, "done")


def _docker_manifest(image: Image, reference: Reference | None) -> dict[str, object]:
    tags = [reference.familiar] if reference and reference.tag and not reference.digest else []
    return {
        "Config": _blob_path(image.id),
        "RepoTags": tags,
        "Layers": [_blob_path(layer.digest) for layer in image.manifest.layers],
    }


def _blob_path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")
