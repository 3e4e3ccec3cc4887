"""How a layer's tar is packed: plain, or gzip by the fastest library at hand.

A codec's ``id`` names library, version and level: equal ids give equal bytes, so it is part of a
layer's cache key and of the build record. An image's id does not depend on it.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple, Protocol

__all__ = ["GZIP", "PLAIN", "Codec", "Inflation", "fast_gzip", "fast_inflation", "unpacked"]

LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
_RAW_DEFLATE = -15  # no zlib frame: the gzip one is written by hand
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # no time, no name, no system


class Deflater(Protocol):
    """What zlib and isal both give."""

    def compress(self, data: bytes, /) -> bytes:
        """Some of the packed bytes."""

    def flush(self) -> bytes:
        """The rest of them."""


class Inflater(Protocol):
    """What zlib and isal both give, the other way."""

    unconsumed_tail: bytes
    eof: bool

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Some of the bytes that were packed, as many as asked for at the most."""


class Inflation(NamedTuple):
    """A way to unpack a bare deflate stream; ``error`` is what it raises where that is none."""

    inflater: Callable[[], Inflater]
    crc32: Callable[[bytes, int], int]
    error: type[Exception]


class Codec(NamedTuple):
    """A way to pack: its ``id``, the media type of what comes out, and a maker of deflaters."""

    id: str
    media_type: str
    deflater: Callable[[], Deflater] | None = None
    crc32: Callable[[bytes, int], int] = zlib.crc32

    @property
    def is_plain(self) -> bool:
        """Whether bytes pass unchanged, so that a layer's digest is its diff id."""
        return self.deflater is None

    def packed(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """``chunks`` packed; the same ones where the codec is plain."""
        if self.deflater is None:
            yield from chunks
            return
        deflater = self.deflater()
        checksum, size = 0, 0
        yield _GZIP_HEADER
        for chunk in chunks:
            checksum, size = self.crc32(chunk, checksum), size + len(chunk)
            if out := deflater.compress(chunk):
                yield out
        yield deflater.flush() + struct.pack("<II", checksum, size & 0xFFFFFFFF)


def _zlib_deflater() -> Deflater:
    return zlib.compressobj(1, zlib.DEFLATED, _RAW_DEFLATE)


#: For what compression does not help: model weights.
PLAIN = Codec("tar", LAYER_TAR)
#: The standard library's, at the level whose time per byte saved is least.
GZIP = Codec(f"gzip/zlib-{zlib.ZLIB_RUNTIME_VERSION}/1", f"{LAYER_TAR}+gzip", _zlib_deflater)


def fast_gzip() -> Codec:
    """Gzip by isal (the extra ``fast``), five times as fast; zlib's where it is not installed."""
    try:
        from isal import __version__, isal_zlib
    except ImportError:
        return GZIP

    def deflater() -> Deflater:
        made: Deflater = isal_zlib.compressobj(1, isal_zlib.DEFLATED, _RAW_DEFLATE)
        return made

    id = f"gzip/isal-{__version__}/1"
    return Codec(id, f"{LAYER_TAR}+gzip", deflater, isal_zlib.crc32)


@cache
def fast_inflation() -> Inflation:
    """By isal, which takes half the time; by zlib where it is not installed."""
    try:
        from isal import isal_zlib
    except ImportError:
        made: Any = partial(zlib.decompressobj, _RAW_DEFLATE)
        return Inflation(made, zlib.crc32, zlib.error)
    made = partial(isal_zlib.decompressobj, _RAW_DEFLATE)
    error: Any = isal_zlib.error  # a class, whatever its types say
    return Inflation(made, isal_zlib.crc32, error)


def unpacked(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """What a gzip stream holds, piece by piece.

    Raises:
        OSError: it is no gzip, or is cut short.
    """
    import gzip

    with gzip.open(stream) as plain:
        while chunk := plain.read(1 << 18):
            yield chunk
