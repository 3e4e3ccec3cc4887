from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from funcs_builder.cache import PART_PREFIX, Cache
from funcs_builder.digest import sha256_of
from funcs_builder.errors import BuildError, LayerError


def files_in(cache: Cache) -> list[Path]:
    return [path for path in cache.root.rglob("*") if path.is_file()]


def test_a_blob_is_found_by_its_digest(cache: Cache) -> None:
    digest, size = cache.add([b"ab", b"c"])

    assert (sha256_of(b"abc"), 3) == (digest, size)
    assert cache.has(digest)
    assert b"abc" == cache.read(digest)
    assert not cache.has(sha256_of(b"else"))
    assert cache.open(sha256_of(b"else")) is None


def test_a_blob_that_is_not_what_was_expected_is_not_kept(cache: Cache) -> None:
    with pytest.raises(LayerError, match="came with digest"):
        cache.add([b"abc"], sha256_of(b"abd"))

    assert [] == files_in(cache)


def test_an_interrupted_blob_leaves_nothing(cache: Cache) -> None:
    def interrupted() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.add(interrupted())

    assert [] == files_in(cache)


def test_a_damaged_blob_counts_as_none(cache: Cache) -> None:
    digest, _ = cache.add([b"abc"])
    cache.path(digest).write_bytes(b"abd")

    assert cache.read(digest) is None


def test_an_answer_that_lacks_a_field_is_none(cache: Cache) -> None:
    cache.remember("layer", "key", {"digest": "a"})

    assert {"digest": "a"} == cache.recall("layer", "key", "digest")
    assert cache.recall("layer", "key", "digest", "diff_id") is None


def test_an_answer_keeps_its_order(cache: Cache) -> None:
    cache.remember("function", "key", {"z": 1, "a": {"y": 2, "b": 3}})
    found = cache.recall("function", "key")

    assert '{"z": 1, "a": {"y": 2, "b": 3}}' == json.dumps(found)


def test_an_answer_is_recalled_until_another_is_remembered(cache: Cache) -> None:
    assert cache.recall("layer", "key") is None
    cache.remember("layer", "key", {"digest": "a"})
    cache.remember("layer", "key", {"digest": "b"})

    assert {"digest": "b"} == cache.recall("layer", "key")
    assert cache.recall("layer", "../key") is None
    assert cache.recall("file", "key") is None


def test_a_torn_memo_counts_as_none(cache: Cache) -> None:
    cache.remember("layer", "key", {"digest": "a"})
    (memo,) = files_in(cache)
    memo.write_bytes(b'{"dig')

    assert cache.recall("layer", "key") is None


def test_two_writers_of_one_blob_meet_in_it(cache: Cache) -> None:
    both = threading.Barrier(2)
    found: list[tuple[str, int]] = []

    def slow() -> Iterator[bytes]:
        yield b"first"
        both.wait()
        yield b"second"

    threads = [threading.Thread(target=lambda: found.append(cache.add(slow()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [(sha256_of(b"firstsecond"), 11)] * 2 == found
    assert 1 == len(files_in(cache))


def test_what_was_used_longest_ago_is_collected_first(cache: Cache) -> None:
    digests = [cache.add([bytes([n]) * 1000])[0] for n in range(3)]
    for age, digest in enumerate(digests):
        os.utime(cache.path(digest), (1000 + age, 1000 + age))
    assert cache.has(digests[0])  # used now

    assert 2000 == cache.collect(max_bytes=1500)
    assert [True, False, False] == [cache.has(digest) for digest in digests]


def test_nothing_is_collected_while_a_build_goes_on(cache: Cache) -> None:
    digest, _ = cache.add([b"abc"])
    with cache.in_use(), cache.in_use():
        assert 0 == cache.collect(max_bytes=0)
    assert cache.has(digest)

    assert 3 == cache.collect(max_bytes=0)
    assert not cache.has(digest)


def test_what_a_killed_build_left_is_collected_a_day_later(cache: Cache) -> None:
    cache.add([b"abc"])
    old, new = (cache.root / "part" / f"{PART_PREFIX}{name}" for name in ("old", "new"))
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (1000, 1000))
    cache.collect()

    assert [False, True] == [old.exists(), new.exists()]


def test_collecting_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert 0 == Cache(tmp_path / "none").collect()
    assert not (tmp_path / "none").exists()


def test_a_cache_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "cache")

    with pytest.raises(BuildError, match="could not write the build cache: Not a directory") as got:
        cache.add([b"x"])
    assert "XDG_CACHE_HOME" in got.value.fix


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_a_sentence_and_leaves_nothing(cache: Cache) -> None:
    def full() -> Iterator[bytes]:
        with Path("/dev/full").open("wb", buffering=0) as stream:
            stream.write(b"x")  # the error that a full disk gives
        yield b""

    with pytest.raises(BuildError, match="No space left on device") as caught:
        cache.add(full())

    assert "make room" in caught.value.fix
    assert [] == files_in(cache)


def test_the_cache_lies_where_xdg_says() -> None:
    assert Path("/x/funcs") == Cache.of({"XDG_CACHE_HOME": "/x"}).root
    assert Path("/home/a/.cache/funcs") == Cache.of({"HOME": "/home/a"}).root
