from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.processor.http_chunks import ChunkReader
from funcs.processor.http_head import BadRequestError

pieces = st.lists(st.binary(min_size=1, max_size=40), max_size=5)


def encoded(chunks: list[bytes], trailers: bytes = b"") -> bytes:
    lines = [b"%X;n=v\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"".join([*lines, b"0\r\n", trailers, b"\r\n"])


@given(pieces, st.sampled_from([b"", b"X-A: 1\r\nX-B: 2\r\n"]), st.lists(st.integers(0, 300)))
def test_a_body_is_what_its_chunks_hold_however_they_come(
    chunks: list[bytes], trailers: bytes, cuts: list[int]
) -> None:
    data, reader = encoded(chunks, trailers) + b"NEXT", ChunkReader(1000)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    rest = b""
    is_whole = False
    for start, end in pairwise(edges):
        if is_whole:
            rest += data[start:end]
        else:
            is_whole = reader.feed(data[start:end])

    assert is_whole
    assert (b"".join(chunks), trailers, b"NEXT") == (
        bytes(reader.body),
        reader.trailers,
        reader.rest + rest,
    )


@pytest.mark.parametrize(
    "data",
    [b"-1\r\na", b"+1\r\na", b"0x1\r\na", b"\r\n", b"g\r\n", b"1\na", b"1\r\nab\r\n", b"1 1\r\na",
     b"1\r\na\n", b"F" * 16 + b"\r\n", b"1" * 5000],
)  # fmt: skip
def test_malformed_chunks_are_refused(data: bytes) -> None:
    with pytest.raises(BadRequestError):
        ChunkReader(10_000).feed(data)


def test_a_body_that_grows_too_large_is_refused_before_it_came() -> None:
    with pytest.raises(BadRequestError, match="too large"):
        ChunkReader(4).feed(b"3\r\nabc\r\n2\r\n")


def test_trailers_without_end_are_refused() -> None:
    with pytest.raises(BadRequestError, match="trailers"):
        ChunkReader(4).feed(b"0\r\n" + b"X: " + b"v" * 10_000)
