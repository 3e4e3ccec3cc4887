"""RECORD: which files a wheel put where, each with its hash."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Recorded", "digest_of", "digest_text", "read_record", "record_text"]


@dataclass(frozen=True, slots=True, order=True)
class Recorded:
    """A line of RECORD: ``digest`` as ``sha256=`` and base64, ``path`` from the image's root."""

    path: str
    digest: str
    size_bytes: int


def digest_text(data: bytes) -> str:
    """The digest of ``data`` as RECORD has it."""
    return digest_of(hashlib.sha256(data).digest())


def digest_of(sha256: bytes) -> str:
    """A sha256 as RECORD has it."""
    return "sha256=" + base64.urlsafe_b64encode(sha256).rstrip(b"=").decode()


def read_record(text: str) -> dict[str, str]:
    """The digest of each file that RECORD gives one, by its path in the wheel."""
    rows = csv.reader(io.StringIO(text))
    return {row[0]: row[1] for row in rows if len(row) == 3 and row[1]}


def record_text(records: Iterable[Recorded], site: str, own: str) -> str:
    """RECORD as it is installed below ``site``: sorted, itself (at ``own``) without a digest."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = [(item.path, item.digest, str(item.size_bytes)) for item in records]
    for path, digest, size in sorted([*rows, (own, "", "")]):
        writer.writerow([posixpath.relpath(path, site), digest, size])
    return text.getvalue()
