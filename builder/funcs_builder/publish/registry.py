"""Pushes images to a registry: what it has is not sent, what another repository has is mounted."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from funcs_builder.access import Access
from funcs_builder.cache import Cache
from funcs_builder.image import Blob, Product
from funcs_builder.progress import Observer, Quiet
from funcs_builder.publish.publisher import Published, checked_target, image_id
from funcs_builder.reference import Reference
from funcs_builder.registry import Repository
from funcs_builder.transport import PARALLEL
from funcs_builder.upload import Upload, UploadSizes

__all__ = ["RegistryPublisher"]


class RegistryPublisher:
    """A registry's ``reference``, by name and tag; its manifest is put last, so that it is whole.

    ``cache`` remembers which repository of a registry has which blob, to mount it from there.
    """

    def __init__(
        self,
        reference: Reference,
        access: Access,
        *,
        cache: Cache | None = None,
        observer: Observer | None = None,
        sizes: UploadSizes | None = None,
    ) -> None:
        self._reference = checked_target(reference)
        self._access = access
        self._cache = cache
        self._observer = observer or Quiet()
        self._sizes = sizes or UploadSizes()

    def publish(self, product: Product) -> Published:
        """Push it.

        Raises:
            RegistryError: the registry refuses, or cannot be reached.
            LayerError: a layer's bytes cannot be had.
        """
        blobs = product.blobs()
        origins = {blob.digest: self._origin(blob) for blob in blobs}
        repository = Repository(
            self._reference.registry,
            self._reference.repository,
            self._access,
            is_pushed=True,
            others=tuple(filter(None, origins.values())),
        )
        try:
            sent = 0
            if repository.manifest_digest(self._reference.tag) != product.digest:
                sent = self._push(repository, product, blobs, origins)
            else:
                self._tell_present(blobs)
        finally:
            repository.close()
        place = str(self._reference.pinned(product.digest))
        return Published(place, product.digest, image_id(product), sent)

    def _push(
        self, repository: Repository, product: Product, blobs: list[Blob], origins: dict[str, str]
    ) -> int:
        """The blobs, a few at once, then the manifests; the bytes that had to be sent."""
        stop = threading.Event()
        with ThreadPoolExecutor(PARALLEL, "push") as pool:
            jobs = [
                pool.submit(self._push_blob, repository, blob, origins[blob.digest], stop)
                for blob in blobs
            ]
            try:
                sent = sum(_results(jobs))
            except BaseException:  # an interrupt too: no thread may go on for minutes
                stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        *below, (root, document) = product.documents()
        for descriptor, data in below:
            repository.put_manifest(descriptor.digest, descriptor.media_type, data)
        repository.put_manifest(self._reference.tag, root.media_type, document)
        for blob in blobs:
            self._remember(blob)
        return sent

    def _push_blob(
        self, repository: Repository, blob: Blob, origin: str, stop: threading.Event
    ) -> int:
        """One blob, unless it is there; the bytes sent."""
        if stop.is_set():
            return 0
        self._observer.started("push", blob.name, blob.size_bytes)
        if repository.has_blob(blob.digest):
            self._observer.finished("push", blob.name, "present")
            return 0
        upload = Upload(
            repository,
            blob,
            sizes=self._sizes,
            advance=lambda count: self._observer.advanced("push", blob.name, count),
            stop=stop,
        )
        is_sent = upload.send(origin)
        self._observer.finished("push", blob.name, "done" if is_sent else "mounted")
        return blob.size_bytes if is_sent else 0

    def _tell_present(self, blobs: list[Blob]) -> None:
        for blob in blobs:
            self._observer.started("push", blob.name, blob.size_bytes)
            self._observer.finished("push", blob.name, "present")

    def _origin(self, blob: Blob) -> str:
        """Another repository of the same registry that has the blob; empty if none is known."""
        if blob.origin and blob.origin.registry == self._reference.registry:
            return blob.origin.repository
        if self._cache is None:
            return ""
        known = self._cache.recall("pushed", self._key(blob), "repository")
        return str(known["repository"]) if known else ""

    def _remember(self, blob: Blob) -> None:
        if self._cache and blob.layer:
            value = {"repository": self._reference.repository}
            self._cache.remember("pushed", self._key(blob), value)

    def _key(self, blob: Blob) -> str:
        return f"{self._reference.registry} {blob.digest}"


def _results(jobs: list[Future[int]]) -> list[int]:
    """What the jobs gave; the first error among them at once, not when all are done."""
    done, _ = wait(jobs, return_when=FIRST_EXCEPTION)
    for job in done:
        if error := job.exception():
            raise error
    return [job.result() for job in jobs]
