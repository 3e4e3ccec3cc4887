"""A layer of an image: what it is named by is known at once, its bytes are made when asked for."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import BinaryIO, NamedTuple, Protocol, cast

from funcs_builder.cache import Cache
from funcs_builder.codec import Codec
from funcs_builder.digest import CHUNK_BYTES, canonical_json, sha256_of
from funcs_builder.errors import LayerError
from funcs_builder.progress import Observer, Quiet
from funcs_builder.reference import Reference
from funcs_builder.source import EntrySource
from funcs_builder.tar import Piece, TarStream, pieces_of, size_of

__all__ = ["Layer", "LayerFacts", "PackedLayer"]

#: Part of every layer's key: raised when the same entries would give other bytes.
FORMAT = 1


class LayerFacts(NamedTuple):
    """What names a layer unpacked (``diff_id``) and packed (``digest``), and its length packed."""

    diff_id: str
    digest: str
    size_bytes: int


class Layer(Protocol):
    """One layer; its ``name`` is for people, ``origin`` a registry's place that has its blob."""

    @property
    def name(self) -> str:
        """What it is to a person: ``packages``, ``model digits``, ``code``."""

    @property
    def media_type(self) -> str:
        """How it is packed, in OCI's words."""

    @property
    def facts(self) -> LayerFacts:
        """What names it."""

    @property
    def origin(self) -> Reference | None:
        """Where a registry has it already, to be mounted from; None if it is ours."""

    def open(self, start: int = 0) -> BinaryIO:
        """Its packed bytes from ``start`` on; the caller closes the stream.

        Raises:
            LayerError: they cannot be made, or are not what they were.
        """

    def forget(self) -> None:
        """Drop a copy of its bytes that was found damaged, so that the next build makes another."""


class PackedLayer:
    """A layer of our own: a source's entries, packed by ``codec``, of time ``epoch``.

    What names it comes from the cache if its inputs have not changed. A gzip layer's bytes lie in
    the cache; a plain one's are never copied: they are read from the files themselves.
    """

    origin: Reference | None = None

    def __init__(
        self,
        name: str,
        source: EntrySource,
        *,
        codec: Codec,
        epoch: int,
        cache: Cache,
        observer: Observer | None = None,
    ) -> None:
        self.name = name
        self.media_type = codec.media_type
        self._source = source
        self._codec = codec
        self._epoch = epoch
        self._cache = cache
        self._observer = observer or Quiet()
        self._is_stopped = False
        self._facts: LayerFacts | None = None

    def stop(self) -> None:
        """Let another thread that makes the layer end with an error."""
        self._is_stopped = True

    @cached_property
    def key(self) -> str:
        """Names everything that goes into the layer's bytes."""
        inputs = [FORMAT, self._codec.id, self._epoch, self._source_key]
        return sha256_of(canonical_json(inputs))

    @property
    def is_known(self) -> bool:
        """Whether the cache knows it, so that nothing has to be made."""
        return self._known is not None

    @cached_property
    def _known(self) -> LayerFacts | None:
        found = self._cache.recall("layer", self.key, *LayerFacts._fields)
        if found is None:
            return None
        return LayerFacts(
            str(found["diff_id"]), str(found["digest"]), int(str(found["size_bytes"]))
        )

    @cached_property
    def _source_key(self) -> str:
        return self._source.key(self._cache)

    @property
    def facts(self) -> LayerFacts:
        """What names it; the layer is made if the cache does not know.

        Raises:
            LayerError: it cannot be made.
        """
        # no cached_property: before Python 3.12 one layer's would wait for every other's
        if self._facts is None:
            self._facts = self._known or self._made()
        return self._facts

    def _made(self) -> LayerFacts:
        facts = self._make()
        if self._source.key(self._cache) != self._source_key:
            fix = "let whatever writes the files finish, then build again"
            raise LayerError(f"files of layer {self.name!r} changed while it was made", fix=fix)
        value = {
            "diff_id": facts.diff_id,
            "digest": facts.digest,
            "size_bytes": facts.size_bytes,
            "codec": self._codec.id,
        }
        self._cache.remember("layer", self.key, value)
        return facts

    def open(self, start: int = 0) -> BinaryIO:
        """Its packed bytes from ``start`` on.

        Raises:
            LayerError: a file changed since the layer was named.
        """
        if self._codec.is_plain:
            return self._tar(start)
        stream = self._cache.open(self.facts.digest)
        if stream is None:  # collected since, or made on another machine's cache
            self._cache.add(self._codec.packed(_chunks(self._tar())), self.facts.digest)
            stream = self._cache.path(self.facts.digest).open("rb")
        stream.seek(start)
        return stream

    def forget(self) -> None:
        """Drop the copy in the cache."""
        if not self._codec.is_plain:
            self._cache.remove(self.facts.digest)

    def _make(self) -> LayerFacts:
        sha = hashlib.sha256()
        pieces = list(pieces_of(self._source.entries(), self._epoch))
        size = size_of(pieces)
        self._observer.started("pack", self.name, size)
        chunks = self._watched(_chunks(_opened(pieces)), sha)
        if self._codec.is_plain:
            for _ in chunks:
                pass
            digest = f"sha256:{sha.hexdigest()}"
        else:
            digest, size = self._cache.add(self._codec.packed(chunks))
        self._observer.finished("pack", self.name, "done")
        return LayerFacts(f"sha256:{sha.hexdigest()}", digest, size)

    def _watched(self, chunks: Iterable[bytes], sha: hashlib._Hash) -> Iterator[bytes]:
        for chunk in chunks:
            if self._is_stopped:
                raise LayerError(f"layer {self.name!r} was not finished", fix="build again")
            sha.update(chunk)
            yield chunk
            self._observer.advanced("pack", self.name, len(chunk))

    def _tar(self, start: int = 0) -> BinaryIO:
        return _opened(pieces_of(self._source.entries(), self._epoch), start)


def _opened(pieces: Iterable[Piece], start: int = 0) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(TarStream(pieces, start), CHUNK_BYTES))


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
