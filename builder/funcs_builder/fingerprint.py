"""What a file is known by: its sha256, remembered while its size, times and inode stay the same.

As git's index does it; so a model of 10 GB is read once, not at each build. The time of its change
of state counts too, which nobody can put back.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, runtime_checkable

from funcs_builder.cache import Cache
from funcs_builder.digest import canonical_json, sha256_of, sha256_of_stream
from funcs_builder.entry import BytesContent, Content, Entry, FileContent
from funcs_builder.errors import LayerError

__all__ = ["KeyedContent", "content_key", "entries_key", "file_digest"]

#: Below this, reading a file is no slower than looking up what it was.
SMALL_BYTES = 64 * 1024
# A file written again within the clock's step has the same time: such an answer is not kept.
_STEP_NS, _COARSE_STEP_NS, _SECOND_NS = 50_000_000, 2_000_000_000, 1_000_000_000


@runtime_checkable
class KeyedContent(Content, Protocol):
    """A content that can say what it is unread, as a member of a wheel whose sha256 is known."""

    @property
    def key(self) -> str:
        """Names the bytes: equal keys, equal bytes, on any machine."""


def file_digest(path: Path, cache: Cache) -> str:
    """The file's ``sha256:…``, read only if it may have changed since it was last asked for.

    Raises:
        LayerError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            if status.st_size < SMALL_BYTES:
                return sha256_of_stream(stream)
            stamp = _stamp(status)
            place = str(path.absolute())
            known = cache.recall("file", place, "stamp", "digest")
            if known and known["stamp"] == stamp:
                return str(known["digest"])
            seen_ns = time.time_ns()
            digest = sha256_of_stream(stream)
            after = os.fstat(stream.fileno())
    except OSError as error:
        fix = "make it readable, or leave it out of the image"
        raise LayerError(f"could not read {path}: {error.strerror or error}", fix=fix) from error
    if stamp == _stamp(after) and not _is_fresh(status.st_mtime_ns, seen_ns):
        cache.remember("file", place, {"stamp": stamp, "digest": digest})
    return digest


def content_key(content: Content, cache: Cache) -> str:
    """What names the content's bytes: its own key, or their digest.

    Raises:
        LayerError: it cannot be read.
    """
    if isinstance(content, FileContent):
        return file_digest(content.path, cache)
    if isinstance(content, BytesContent):  # asked before a Protocol, which is slow to answer
        return sha256_of(content.data)
    if isinstance(content, KeyedContent):
        return content.key
    with content.open() as stream:
        return sha256_of_stream(stream)


def entries_key(entries: Iterable[Entry], cache: Cache) -> str:
    """What names these entries: equal keys give equal archives.

    Raises:
        LayerError: a file cannot be read.
    """
    rows = [
        [
            entry.path,
            oct(entry.mode),
            entry.uid,
            entry.gid,
            entry.target,
            None if entry.content is None else content_key(entry.content, cache),
        ]
        for entry in entries
    ]
    return sha256_of(canonical_json(rows))


def _stamp(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _is_fresh(changed_ns: int, seen_ns: int) -> bool:
    step = _STEP_NS if changed_ns % _SECOND_NS else _COARSE_STEP_NS
    return seen_ns - changed_ns < step
