"""What a container prints, taken apart: records, lines, requests, its end."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator

from funcs.emulator.console import JsonConsole
from funcs.emulator.container_output import ContainerOutput
from funcs.emulator.reporter import Reporter

HANDLER = "processor.http.w0.python.logger.event connection"


def record(message: str, name: str = HANDLER, level: str = "info", **fields: object) -> str:
    value = {"level": level, "name": name, "message": message, "time": 1.0, "with": fields}
    return json.dumps(value, separators=(",", ":"))


STARTED = record("Processor started", "processor", "debug")
REQUEST = record(
    "Request answered", "processor.http.requests",
    method="GET", path="/", status=200, duration_s=0.1, size_bytes=2,
)  # fmt: skip


def heard(*pieces: str) -> tuple[bool, list[dict[str, object]]]:
    """Whether it started, and what was said on the console of a container that prints these."""
    out = io.StringIO()

    def said() -> Iterator[bytes]:
        yield from (piece.encode() for piece in pieces)

    async def listen() -> bool:
        console = JsonConsole(out)
        reporter = Reporter(console, workers=1)
        reporter.is_open = True
        output = ContainerOutput(reporter, console)
        output.follow(said())
        is_up = await output.wait_started()
        output.settle()
        await output.close()
        return is_up

    is_up = asyncio.run(listen())
    return is_up, [json.loads(line) for line in out.getvalue().splitlines()]


def test_records_lines_and_requests_are_told_apart() -> None:
    is_up, said = heard(f"{STARTED}\n{record('asked', rows=3)}\nprinted\n{REQUEST}\n")

    assert is_up
    assert ["log", "output", "request"] == [each["kind"] for each in said]
    assert {"rows": 3} == said[0]["variables"]
    assert "printed" == said[1]["text"]
    assert ("GET", 200) == (said[2]["method"], said[2]["status"])


def test_pieces_may_end_anywhere() -> None:
    text = f"{STARTED}\n{record('äöü')}\n"

    is_up, said = heard(*text)

    assert is_up
    assert ["äöü"] == [each["message"] for each in said]


def test_a_record_within_a_printed_line_is_found() -> None:
    is_up, said = heard(f"half{STARTED}\n\nnext\n\n")

    assert is_up
    assert ["half", "next", ""] == [each["text"] for each in said]


def test_what_only_looks_like_a_record_is_a_line() -> None:
    lines = [
        '{"level":"info"}',
        '{"level":"loud","name":"a","message":"b"}',
        '{"level":"info","name":1,"message":"b"}',
        '{"level":"info","name":"a","message":"b","with":[]}',
        record("Request answered", "processor.http.requests", method="GET"),
        '{"level":' + "[" * 5000,
    ]

    is_up, said = heard("\n".join([STARTED, *lines, ""]))

    assert is_up
    assert lines == [each["text"] for each in said]


def test_a_container_that_ends_first_has_not_started() -> None:
    is_up, said = heard("Traceback (most recent call last):\n  oh\n")

    assert not is_up
    assert 2 == len(said)
