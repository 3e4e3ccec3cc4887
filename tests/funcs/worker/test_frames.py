from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.worker.frames import FrameError, FrameReader


class Pieces:
    """A socket whose bytes come in pieces of given sizes, the last one again and again."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self.data = data
        self.sizes = sizes

    def recv_into(self, buffer: memoryview, /) -> int:
        size = self.sizes.pop(0) if len(self.sizes) > 1 else self.sizes[0]
        part = self.data[: min(size, len(buffer))]
        self.data = self.data[len(part) :]
        buffer[: len(part)] = part
        return len(part)


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload


def frames_of(data: bytes, sizes: list[int]) -> list[bytes]:
    reader, seen = FrameReader(Pieces(data, sizes)), []
    while (payload := reader.read()) is not None:
        seen.append(bytes(payload))
    return seen


SIZE = st.integers(1, 50) | st.integers(60_000, 140_000)


@given(st.lists(SIZE, max_size=6), st.lists(st.integers(1, 70_000), min_size=1, max_size=20))
def test_frames_are_the_same_however_they_are_cut(sizes: list[int], cuts: list[int]) -> None:
    payloads = [bytes([number % 251]) * size for number, size in enumerate(sizes)]

    assert payloads == frames_of(b"".join(map(frame, payloads)), cuts)


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=5), st.data())
def test_a_stream_cut_short_is_an_error_unless_cut_between_frames(
    payloads: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(map(frame, payloads))
    ends = [len(b"".join(map(frame, payloads[:count]))) for count in range(len(payloads) + 1)]
    end = data.draw(st.integers(0, len(whole)))
    cuts = data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=5))

    if end in ends:
        assert payloads[: ends.index(end)] == frames_of(whole[:end], cuts)
    else:
        with pytest.raises(FrameError, match="closed the socket within a frame"):
            frames_of(whole[:end], cuts)


def test_an_empty_frame_is_an_error() -> None:
    with pytest.raises(FrameError, match="Illegal message size: 0"):
        frames_of(bytes(4), [100])


def test_a_length_that_is_a_lie_costs_no_memory() -> None:
    with pytest.raises(FrameError):
        frames_of(b"\xff\xff\xff\xffabc", [100])


def test_bytes_of_the_next_frame_are_known() -> None:
    reader = FrameReader(Pieces(frame(b"a") + frame(b"b"), [100]))
    reader.read()

    assert reader.has_bytes
    reader.read()
    assert not reader.has_bytes


def test_a_connection_that_is_reset_is_an_end() -> None:
    class Reset:
        def recv_into(self, buffer: memoryview, /) -> int:
            raise ConnectionResetError

    assert FrameReader(Reset()).read() is None
