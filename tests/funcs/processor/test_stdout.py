"""Log lines, and who should read them."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from funcs.processor.stdout import Stdout
from tests.funcs.processor.flood import until
from tests.funcs.processor.program import fetch, program, serving_port
from tests.funcs.processor.serving import PROBE

LINE = b"x" * 999 + b"\n"


class Pipe:
    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.stdout = Stdout(self.writer)

    def is_full(self) -> bool:
        return not select.select([], [self.writer], [], 0)[1]

    def read(self, size: int) -> bytes:
        """So many bytes, or what comes before the end."""
        found = b""
        while len(found) < size and (part := os.read(self.reader, size - len(found))):
            found += part
        return found

    def end_reading(self) -> None:
        os.close(self.reader)
        self.reader = -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    for fd in (made.reader, made.writer):
        if fd >= 0:
            os.close(fd)


def test_a_line_is_there_at_once(pipe: Pipe) -> None:
    pipe.stdout.write(b"one\n")

    assert b"one\n" == os.read(pipe.reader, 100)


def test_lines_wait_for_a_slow_reader_and_come_in_order(pipe: Pipe) -> None:
    lines = [b"%d %s" % (number, LINE) for number in range(1000)]
    for line in lines:
        pipe.stdout.write(line)

    expected = b"".join(lines)
    assert expected == pipe.read(len(expected))
    pipe.stdout.close()
    pipe.stdout.write(b"at once again\n")
    assert b"at once again\n" == os.read(pipe.reader, 100)


def test_a_line_longer_than_a_pipe_is_whole(pipe: Pipe) -> None:
    pipe.stdout.write(b"y" * (1 << 20) + b"\n")

    assert b"y" * (1 << 20) + b"\n" == pipe.read((1 << 20) + 1)


def test_what_nobody_reads_is_dropped_and_counted_at_last(pipe: Pipe) -> None:
    for _ in range(20_000):
        pipe.stdout.write(LINE)
    assert pipe.is_full()

    seen = b""
    while b"Log lines were dropped" not in seen:
        seen = seen[-200:] + os.read(pipe.reader, 65536)

    number = int(seen.partition(b'"lines": ')[2].partition(b"}")[0])
    assert 10_000 < number < 12_000


def test_a_reader_that_is_gone_is_no_error(pipe: Pipe) -> None:
    pipe.end_reading()

    pipe.stdout.write(b"into the void\n")
    pipe.stdout.close()


def test_a_reader_that_goes_while_lines_wait_ends_the_waiting(pipe: Pipe) -> None:
    for _ in range(200):
        pipe.stdout.write(LINE)

    pipe.end_reading()

    pipe.stdout.close()
    pipe.stdout.write(b"into the void\n")


def test_the_flags_of_who_inherited_the_pipe_stay(pipe: Pipe) -> None:
    assert os.get_blocking(pipe.writer)


def test_a_file_takes_lines_where_others_left_off(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb", buffering=0) as file:
        file.write(b"first\n")
        Stdout(file.fileno()).write(b"second\n")

    assert b"first\nsecond\n" == (tmp_path / "log").read_bytes()


def test_a_handler_that_prints_without_end_to_nobody_costs_its_own_event(tmp_path: Path) -> None:
    folder = PROBE.parent / "hostile"
    process = program(tmp_path, folder=folder, workers=2, event_timeout="1s")
    port = serving_port(process)
    before = {fetch(port, "/pid") for _ in range(2)}

    answer = fetch(port, "/print-on")  # from here on nobody reads what it prints

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"hello" == fetch(port, "/hello")[-5:]
    until(lambda: len({fetch(port, "/pid") for _ in range(2)} - before) == 1)
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert (0, "") == (process.returncode, errors)
