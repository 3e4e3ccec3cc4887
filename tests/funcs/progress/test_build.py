from __future__ import annotations

import io
import re

import pytest

from funcs.emulator.text import Paint
from funcs.progress.build import Bars, Lines


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def pack(watcher: Lines, name: str, outcome: str = "done", size: int = 2_000_000) -> None:
    watcher.started("pack", name, size)
    watcher.advanced("pack", name, size)
    watcher.finished("pack", name, outcome)


def test_a_pipe_gets_a_line_for_what_moved_alone(stream: io.StringIO) -> None:
    watcher = Lines(stream, Paint(colour=False))
    pack(watcher, "code")
    pack(watcher, "model", "present")
    watcher.started("push", "base", 5000)
    watcher.finished("push", "base", "mounted")
    watcher.close()
    first, second = stream.getvalue().splitlines()

    assert re.fullmatch(r"packed  code, 2\.0 MB, [\d.]+ m?s", first)
    assert "pushed  base, from another repository" == second
    assert "\x1b" not in stream.getvalue()
    assert 2_000_000 == watcher.packed_bytes


def test_a_terminal_gets_bars_that_are_gone_at_the_end(stream: io.StringIO) -> None:
    watcher = Bars(stream, Paint(colour=False))
    watcher.started("pull", "base", 10)
    watcher.close()
    shown, _, cleared = stream.getvalue().partition("\n")

    assert shown.startswith("pulling  base")
    assert shown.endswith("0 B of 10 B")
    assert "\x1b[1F\x1b[J" == cleared


def test_what_a_name_would_do_to_a_terminal_it_does_not(stream: io.StringIO) -> None:
    watcher = Lines(stream, Paint(colour=False))
    pack(watcher, "model \x1b[2J")
    watcher.say("Step 1 \x1b[2J")

    assert "\x1b" not in stream.getvalue()
    assert "model \\x1b[2J" in stream.getvalue()


def test_a_line_stands_above_the_bars(stream: io.StringIO) -> None:
    watcher = Bars(stream, Paint(colour=False))
    watcher.started("push", "model", 10)
    pack(watcher, "code")
    watcher.close()

    assert "\x1b[1F\x1b[Jpacked  code" in stream.getvalue()
