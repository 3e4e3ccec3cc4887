from __future__ import annotations

import json
import struct
import tracemalloc
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.worker import WRAPPER_PATH, wire
from funcs.worker.wire import LineSplitter, pack_event, parse_control, parse_duration, parse_log


def test_the_wrapper_is_alone_in_its_folder() -> None:
    assert [WRAPPER_PATH] == [path for path in WRAPPER_PATH.parent.iterdir() if path.is_file()]


def test_an_event_goes_as_length_and_msgpack() -> None:
    event = {"path": "/a", "body": b"\x00", "headers": {"X": "y"}}

    frame = pack_event(event)

    assert len(frame) - 4 == wire.frame_length(frame[:4])
    assert event == msgpack.unpackb(frame[4:])


def test_a_batch_goes_as_a_list() -> None:
    assert [{"id": "1"}, {"id": "2"}] == msgpack.unpackb(pack_event([{"id": "1"}, {"id": "2"}])[4:])


def test_a_header_that_is_not_utf8_keeps_its_bytes() -> None:
    value = b"caf\xe9".decode("utf-8", "surrogateescape")

    frame = pack_event({"headers": {"X": value}})

    assert {b"headers": {b"X": b"caf\xe9"}} == msgpack.unpackb(frame[4:], raw=True)


@given(st.binary(max_size=200), st.lists(st.integers(1, 30), max_size=20))
def test_lines_are_the_same_however_they_are_cut(data: bytes, cuts: list[int]) -> None:
    splitter, seen, at = LineSplitter(), [], 0
    for size in [*cuts, len(data)]:
        seen += splitter.feed(data[at : at + size])
        at += size

    assert data.split(b"\n")[:-1] == seen
    assert len(data.rpartition(b"\n")[2]) == splitter.held


def test_a_line_that_comes_byte_by_byte_costs_no_more_than_its_bytes() -> None:
    splitter = LineSplitter()
    tracemalloc.start()
    for _ in range(100_000):
        splitter.feed(b"xy")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 200_000 == splitter.held
    assert held < 300_000
    assert [b"xy" * 100_000] == splitter.feed(b"\n")
    assert 0 == splitter.held


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        (b'm{"duration": 6.341934204101562e-05}', 6.341934204101562e-05),
        (b'm{"duration": 63419e-9}', 63419e-9),
        (b'm{"duration":1}', 1.0),
        (b'm{"other": 1, "duration": 2.5}', 2.5),
        (b"m{}", 0.0),
        (b"mnonsense", 0.0),
        (b"m", 0.0),
    ],
)
def test_a_duration_is_read(line: bytes, seconds: float) -> None:
    assert seconds == parse_duration(line)


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("debug", "debug"),
        ("info", "info"),
        ("warning", "warn"),
        ("error", "error"),
        ("critical", "error"),
        ("fatal", "error"),
        ("trace", "debug"),
    ],
)
def test_log_levels_are_nuclios(written: str, level: str) -> None:
    text = {
        "datetime": "2026-11-23 13:44:33,522",
        "level": written,
        "message": "m",
        "with": {"a": 1},
    }

    record = parse_log(b"l" + json.dumps(text).encode())

    assert record is not None
    assert (level, "m", {"a": 1}) == (record.level, record.message, record.fields)
    assert "2026-11-23 13:44:33,522" == record.datetime


@pytest.mark.parametrize(
    "line", [b"l", b"l{}", b"l[]", b"lx", b'l{"level": 5}', b'l{"with": []}', b"l" + b"[" * 9000]
)
def test_what_is_no_log_record_is_none(line: bytes) -> None:
    assert parse_log(line) is None


def test_a_control_message_is_read() -> None:
    message = parse_control(b'{"kind": "wrapperInitialized", "attributes": {"ready": "true"}}')

    assert message is not None
    assert ("wrapperInitialized", {"ready": "true"}) == (message.kind, message.attributes)


@pytest.mark.parametrize("line", [b"", b"x", b"[]", b'{"kind": 1}', b'{"kind": "a"}'])
def test_what_is_no_control_message_is_none(line: bytes) -> None:
    assert parse_control(line) is None


@given(st.binary(max_size=300))
def test_no_line_makes_a_reader_fail(line: bytes) -> None:
    parse_log(line)
    parse_control(line)
    parse_duration(line)
    wire.ResultReader().read(b"r" + line)
    wire.read_results(b"r" + line)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_packed_is_unpacked_again(value: Any) -> None:
    frame = pack_event({"body": value})

    assert struct.unpack(">I", frame[:4]) == (len(frame) - 4,)
    assert {"body": value} == msgpack.unpackb(frame[4:])
