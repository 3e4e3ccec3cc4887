from __future__ import annotations

import io
import json
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from funcs_builder.cache import Cache
from funcs_builder.digest import sha256_of
from funcs_builder.entry import Entry, FileContent
from funcs_builder.errors import LayerError
from funcs_builder.fingerprint import content_key, entries_key, file_digest

LARGE = 100_000
LONG_AGO_NS = 1_600_000_000_123_456_789


def large_file(path: Path, fill: bytes) -> Path:
    path.write_bytes(fill * LARGE)
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    return path


def test_a_file_is_named_by_its_bytes(tmp_path: Path, cache: Cache) -> None:
    path = large_file(tmp_path / "model", b"a")

    assert sha256_of(b"a" * LARGE) == file_digest(path, cache)


def test_a_file_that_stays_as_it_is_is_not_read_again(tmp_path: Path, cache: Cache) -> None:
    path = large_file(tmp_path / "model", b"a")
    file_digest(path, cache)
    (memo,) = (cache.root / "memo" / "file").iterdir()
    known = json.loads(memo.read_text())
    cache.remember("file", str(path), {**known, "digest": "sha256:known"})

    assert "sha256:known" == file_digest(path, cache)


def test_a_change_that_keeps_size_time_and_inode_is_seen(tmp_path: Path, cache: Cache) -> None:
    path = large_file(tmp_path / "model", b"a")
    first = file_digest(path, cache)
    with path.open("r+b") as stream:
        stream.write(b"b")
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))

    assert first != file_digest(path, cache)


@pytest.mark.parametrize("change", ["size", "time", "inode"])
def test_a_file_that_may_have_changed_is_read_again(
    tmp_path: Path, cache: Cache, change: str
) -> None:
    path = large_file(tmp_path / "model", b"a")
    first = file_digest(path, cache)
    if change == "inode":
        large_file(tmp_path / "other", b"b").replace(path)
    else:
        path.write_bytes(b"b" * (LARGE + (change == "size")))
    if change != "time":
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))

    assert first != file_digest(path, cache)


def test_the_digest_of_a_file_written_just_now_is_not_trusted(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"a" * LARGE)
    soon = time.time_ns() + 10**9
    os.utime(path, ns=(soon, soon))
    first = file_digest(path, cache)
    with path.open("r+b") as stream:  # within the clock's step: the same time
        stream.write(b"b")
    os.utime(path, ns=(soon, soon))

    assert first != file_digest(path, cache)


def test_a_missing_file_is_named(tmp_path: Path, cache: Cache) -> None:
    with pytest.raises(LayerError, match=r"could not read .*model: No such file"):
        file_digest(tmp_path / "model", cache)


def test_a_folder_in_a_files_place_is_named(tmp_path: Path, cache: Cache) -> None:
    with pytest.raises(LayerError, match=r"could not read .*: Is a directory"):
        file_digest(tmp_path, cache)


@dataclass
class Member:
    """A member of an archive whose digest is known: it says its key, and is never opened."""

    key: str
    size_bytes: int = 5

    def open(self) -> BinaryIO:
        raise AssertionError("it was read")


class Unkeyed:
    size_bytes = 1

    def open(self) -> BinaryIO:
        return io.BytesIO(b"x")


def test_a_content_that_has_a_key_is_not_read(cache: Cache) -> None:
    assert "wheel:a" == content_key(Member("wheel:a"), cache)
    assert sha256_of(b"x") == content_key(Unkeyed(), cache)


def test_equal_entries_have_one_key_and_every_difference_another(
    tmp_path: Path, cache: Cache
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1")
    variants = [
        [Entry("a", FileContent.of(path))],
        [Entry("b", FileContent.of(path))],
        [Entry("a", FileContent.of(path), stat.S_IRWXU)],
        [Entry("a", FileContent.of(path), uid=1)],
        [Entry("a", FileContent.of(path), gid=1)],
        [Entry.text("a", "2")],
        [Entry.link("a", "b")],
        [Entry.folder("a")],
        [],
    ]
    keys = [entries_key(entries, cache) for entries in variants]

    assert len(variants) == len(set(keys))
    assert keys[0] == entries_key([Entry.text("a", "1")], cache)
