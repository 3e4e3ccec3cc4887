from __future__ import annotations

import gzip
import io
import os

import pytest

from funcs_builder.codec import GZIP, PLAIN, Codec, fast_gzip, unpacked


@pytest.mark.parametrize("codec", [GZIP, fast_gzip()])
def test_what_is_packed_unpacks_to_the_same(codec: Codec) -> None:
    chunks = [b"x" * 1000, os.urandom(1000), b""]
    packed = b"".join(codec.packed(chunks))

    assert b"".join(chunks) == gzip.decompress(packed)
    assert b"".join(chunks) == b"".join(unpacked(io.BytesIO(packed)))
    assert packed == b"".join(codec.packed(chunks))


def test_plain_changes_nothing() -> None:
    assert [b"a", b"b"] == list(PLAIN.packed([b"a", b"b"]))
    assert PLAIN.is_plain


def test_a_gzip_says_nothing_of_this_machine() -> None:
    assert b"\x1f\x8b\x08\0\0\0\0\0\0\xff" == b"".join(GZIP.packed([b"x"]))[:10]


def test_the_fast_gzip_names_its_library_and_version() -> None:
    pytest.importorskip("isal")

    assert fast_gzip().id.startswith("gzip/isal-")
    assert fast_gzip().id != GZIP.id
