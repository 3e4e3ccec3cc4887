"""The file that a worker writes and a processor reads, whatever lies in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funcs.metrics.declaration import declare
from funcs.metrics.memory import SIZE_BYTES, Memory, MemoryReader, new_file

COUNTER = declare("counter", "c", labels=("l",))
HISTOGRAM = declare("histogram", "h", buckets=(1,))


@pytest.fixture
def fd() -> Iterator[int]:
    made = new_file()
    yield made
    os.close(made)


def test_a_reader_sees_each_value_as_soon_as_it_is_written(fd: int) -> None:
    memory, reader = Memory(fd), MemoryReader.of_file(fd)
    assert {} == reader.families()

    at = memory.place(memory.declare(COUNTER), ("é\ud800",), 1)
    seen = []
    for value in (1.0, 2.5):
        memory.values[at] = value
        seen.append(reader.families()["c"].samples)

    assert [{("é\ud800",): [1.0]}, {("é\ud800",): [2.5]}] == seen


def test_where_there_are_no_files_in_memory_one_without_a_name_will_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    fd = new_file()
    memory = Memory(fd)
    memory.values[memory.place(memory.declare(COUNTER), ("a",), 1)] = 5.0
    try:
        assert {("a",): [5.0]} == MemoryReader.of_file(fd).families()["c"].samples
        assert 0 == os.fstat(fd).st_nlink
    finally:
        os.close(fd)


def test_entries_that_come_later_are_found(fd: int) -> None:
    memory, reader = Memory(fd), MemoryReader.of_file(fd)
    memory.place(memory.declare(COUNTER), ("a",), 1)
    reader.families()
    at = memory.place(memory.declare(HISTOGRAM), (), 3)
    memory.place(0, ("b",), 1)
    memory.values[at + 2] = 7.0

    families = reader.families()

    assert {("a",): [0.0], ("b",): [0.0]} == families["c"].samples
    assert {(): [0.0, 0.0, 7.0]} == families["h"].samples


def test_only_what_is_used_takes_up_memory(fd: int) -> None:
    Memory(fd).declare(COUNTER)

    assert os.fstat(fd).st_blocks * 512 < 64 * 1024


def test_what_is_full_takes_no_more_and_stays_readable(fd: int) -> None:
    memory = Memory(fd)
    number = memory.declare(COUNTER)
    long = "x" * 100_000
    while memory.place(number, (long,), 1):
        pass
    while memory.place(number, ("",), 1):
        pass

    assert -1 == memory.declare(HISTOGRAM)
    assert {(long,), ("",)} == set(MemoryReader.of_file(fd).families()["c"].samples)


def test_no_file_of_another_kind_is_read() -> None:
    reader, writer = os.pipe()
    try:
        with pytest.raises(OSError, match="metrics lie in a file"):
            MemoryReader.of_file(reader)
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize("size", [0, 3, 8, 20, 60])
def test_a_file_that_was_cut_shows_what_is_left(fd: int, size: int) -> None:
    memory, reader = Memory(fd), MemoryReader.of_file(fd)
    memory.place(memory.declare(COUNTER), ("a",), 1)
    reader.families()
    os.truncate(fd, size)

    assert {} == reader.families()["c"].samples


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), used=st.integers(0, 2**64 - 1) | st.integers(0, 400))
def test_no_bytes_harm_a_reader(fd: int, data: bytes, used: int) -> None:
    os.truncate(fd, 0)
    os.pwrite(fd, used.to_bytes(8, "little") + data, 0)

    assert {} == MemoryReader.of_file(fd).families()


BROKEN = """{"metric": []} | {} | [] | [0] | [0, "a"] | [-1, "a"] | [9, "a"] | ["x"] | [1] | null |
{"metric": ["counter", "a b", "", [], []]} | [1, {"a": [1]}]"""
ENTRIES = st.one_of(
    st.just('{"metric": ["counter", "c", "", ["l"], []]}'),
    st.just('{"metric": ["histogram", "h", "", [], [1, 2]]}'),
    st.just("[" * 5000),
    st.sampled_from(BROKEN.split(" | ")),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ENTRIES, st.integers(0, 5)), max_size=8))
def test_no_entries_harm_a_reader(fd: int, entries: list[tuple[str, int]]) -> None:
    data = b""
    for text, count in entries:
        head = (len(text) << 32 | count).to_bytes(8, "little")
        data += head + text.encode().ljust(-(-len(text) // 8) * 8) + bytes(8 * count)
    os.pwrite(fd, (8 + len(data)).to_bytes(8, "little") + data, 0)

    for family in MemoryReader.of_file(fd).families().values():
        assert list(family.lines())


def test_the_size_is_what_a_file_has(fd: int) -> None:
    assert SIZE_BYTES == os.fstat(fd).st_size
