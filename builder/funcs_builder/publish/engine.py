"""Loads images into a Docker engine, without the layers it has where that is safe."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from funcs_builder.engine import Engine
from funcs_builder.errors import EngineError
from funcs_builder.image import Image, Product
from funcs_builder.progress import Observer, Quiet
from funcs_builder.publish.archive import archive_pieces, piece_chunks
from funcs_builder.publish.publisher import Published, checked_target
from funcs_builder.reference import Reference

__all__ = ["EnginePublisher"]


class EnginePublisher:
    """A Docker engine's own images, under ``reference``.

    Of an image for several platforms the engine gets its own.
    """

    def __init__(
        self, engine: Engine, reference: Reference, *, observer: Observer | None = None
    ) -> None:
        self._engine = engine
        self._reference = checked_target(reference)
        self._observer = observer or Quiet()

    def publish(self, product: Product) -> Published:
        """Load it; the name means it once it is whole.

        Raises:
            EngineError: the engine refuses, does not answer, or is for another platform.
            LayerError: a layer's bytes cannot be had.
        """
        image = self._chosen(product)
        name = self._reference.familiar
        sent = 0
        if self._engine.image_id(image.id) != image.id:
            sent = self._load(image)
        elif self._engine.image_id(name) != image.id:
            repository = name.rpartition(":")[0]
            self._engine.tag(image.id, repository, self._reference.tag)
        if self._engine.image_id(name) != image.id:
            what = f"the Docker engine took the image, but {name} is another one there"
            raise EngineError(what, where=self._engine.where, fix="build again")
        if not sent:
            self._tell_present(image, {blob.digest for blob in image.blobs()})
        return Published(name, image.digest, image.id, sent)

    def _chosen(self, product: Product) -> Image:
        if len(product.images) == 1:
            return product.images[0]
        platform = self._engine.platform
        for image in product.images:
            if platform.accepts(image.config.platform):
                return image
        fix = f"build for {platform} too"
        raise EngineError(f"the image is not for {platform}", where=self._engine.where, fix=fix)

    def _load(self, image: Image) -> int:
        """Load what the engine lacks, all where it does not take less; the bytes sent."""
        omitted = self._omitted(image)
        if omitted:
            try:
                return self._send(image, omitted)
            except EngineError:  # a layer was removed meanwhile: it refuses before it keeps any
                pass
        return self._send(image, set())

    def _omitted(self, image: Image) -> set[str]:
        """The digests of layers that the engine has below all others."""
        if not self._engine.takes_thin_archives():
            return set()
        name = self._reference.familiar
        count = self._engine.known_layers(image.config.diff_ids, name)
        digests = [layer.digest for layer in image.manifest.layers]
        return set(digests[:count]) - set(digests[count:])

    def _send(self, image: Image, omitted: Collection[str]) -> int:
        self._tell_present(image, omitted)
        self._engine.load(self._chunks(image, omitted))
        return sum(blob.size_bytes for blob in image.blobs() if blob.digest not in omitted)

    def _chunks(self, image: Image, omitted: Collection[str]) -> Iterator[bytes]:
        for piece in archive_pieces(image, self._reference, omitted):
            yield from piece_chunks(piece, "load", self._observer)

    def _tell_present(self, image: Image, digests: Collection[str]) -> None:
        for blob in image.blobs():
            if blob.digest in digests:
                self._observer.started("load", blob.name, blob.size_bytes)
                self._observer.finished("load", blob.name, "present")
