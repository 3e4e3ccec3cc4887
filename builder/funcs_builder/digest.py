"""Digests: ``sha256:`` and 64 hex digits, the name of a blob by its bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from funcs_builder.errors import LayerError

__all__ = ["canonical_json", "chunks_of", "is_digest", "sha256_of", "sha256_of_stream", "verified"]

CHUNK_BYTES = 1 << 18
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def is_digest(text: str) -> bool:
    """Whether it is a digest as we use them: sha256, small letters."""
    return _DIGEST.fullmatch(text) is not None


def sha256_of(data: bytes) -> str:
    """The digest of bytes at hand.

    >>> sha256_of(b"")[:19]
    'sha256:e3b0c44298fc'
    """
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def sha256_of_stream(stream: BinaryIO) -> str:
    """The digest of all that is left in ``stream``, read piece by piece."""
    sha = hashlib.sha256()
    for chunk in chunks_of(stream):
        sha.update(chunk)
    return f"sha256:{sha.hexdigest()}"


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces of 256 KiB at most."""
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def verified(chunks: Iterable[bytes], digest: str, name: str) -> Iterator[bytes]:
    """The same ``chunks``, refused at their end where they are not what ``digest`` names.

    Raises:
        LayerError: the bytes have another digest.
    """
    sha = hashlib.sha256()
    for chunk in chunks:
        sha.update(chunk)
        yield chunk
    actual = f"sha256:{sha.hexdigest()}"
    if actual != digest:
        fix = "a file changed while it was read, or the copy is damaged: build again"
        raise LayerError(f"{name} has digest {actual}, not {digest}", fix=fix)


def canonical_json(value: object) -> bytes:
    """JSON that is the same for equal values: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
