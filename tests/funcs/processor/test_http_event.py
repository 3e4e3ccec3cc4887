from __future__ import annotations

import re

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.processor.http_event import EventIds, FrameMaker, pack_map, pack_str
from funcs.processor.http_head import parse_head

UUID4 = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.mark.parametrize("size", [0, 1, 31, 32, 127, 128, 255, 256, 65535, 65536, 70000])
def test_a_frame_is_the_packed_map_of_the_same_event(size: int) -> None:
    maker, body = FrameMaker("http", "web"), b"x" * size
    head = parse_head(
        b"POST /p?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: text/a\r\nX-L: \xff\xe9\r\n"
        b"Content-Length: %d\r\n\r\n" % size
    )

    frame = maker.frame(*maker.compile(head, size), body)
    expected = maker.event_of(head, body)

    seen = msgpack.unpackb(frame[4:], unicode_errors="surrogateescape")
    same = {"id": seen["id"], "timestamp": seen["timestamp"]}
    assert {**expected, **same} == seen
    assert len(frame) == 4 + int.from_bytes(frame[:4], "big")


def test_no_body_may_be_none() -> None:
    maker = FrameMaker("http", "web")
    frame = maker.frame(*maker.compile(parse_head(b"GET / HTTP/1.1\r\n\r\n"), 0, is_nil=True), b"")

    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    assert msgpack.unpackb(frame[4:])["body"] is None


def test_ids_are_uuids_and_differ() -> None:
    ids = EventIds()

    made = {ids.next().decode() for _ in range(1000)}

    assert 1000 == len(made)
    assert all(map(UUID4.fullmatch, made))


def test_ids_begin_anew_where_the_count_ends() -> None:
    ids = EventIds()
    first = ids.next()
    ids._count = (1 << 48) - 1

    last, following = ids.next(), ids.next()

    assert first[:24] == last[:24] != following[:24]
    assert UUID4.fullmatch(following.decode())


@given(st.dictionaries(st.text(max_size=300), st.text(max_size=300), max_size=20))
def test_maps_are_packed_as_msgpack_packs_them(items: dict[str, str]) -> None:
    packed = pack_map({key.encode(): value.encode() for key, value in items.items()})

    assert msgpack.packb(items) == packed


@pytest.mark.parametrize("size", [0, 31, 32, 255, 256, 65535, 65536])
def test_strings_are_packed_as_msgpack_packs_them(size: int) -> None:
    assert msgpack.packb("x" * size) == pack_str(b"x" * size)
