from __future__ import annotations

import hashlib
import io

import pytest

from funcs_builder.digest import canonical_json, is_digest, sha256_of, sha256_of_stream, verified
from funcs_builder.errors import LayerError


def test_a_stream_has_the_digest_of_its_bytes() -> None:
    data = b"x" * 1_000_000

    assert "sha256:" + hashlib.sha256(data).hexdigest() == sha256_of(data)
    assert sha256_of(data) == sha256_of_stream(io.BytesIO(data))


@pytest.mark.parametrize("text", ["", "sha256:", "sha512:" + "0" * 64, "sha256:" + "G" * 64])
def test_what_cannot_be_checked_is_no_digest(text: str) -> None:
    assert not is_digest(text)
    assert not is_digest("sha256:" + "0" * 64 + "\n")


def test_other_bytes_than_named_are_refused_at_their_end() -> None:
    chunks = verified([b"a", b"b"], sha256_of(b"ac"), "layer code")

    with pytest.raises(LayerError, match="layer code has digest"):
        list(chunks)
    assert [b"a", b"c"] == list(verified([b"a", b"c"], sha256_of(b"ac"), "layer code"))


def test_equal_values_have_one_json() -> None:
    assert b'{"a":"\xc3\xa9","b":1}' == canonical_json({"b": 1, "a": "é"})
