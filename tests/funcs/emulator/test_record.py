"""`funcs run --record`: what reaches the tape, and what a reload says on it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from funcs.emulator.call import call
from tests.funcs.emulator.terminal import RunProcess, write_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

MAIN = """
def handler(context, event):
    context.logger.info("asked")
    return "one"
"""

Start = Callable[..., RunProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `funcs run` on a folder with these files; ended with the test."""
    processes: list[RunProcess] = []

    def begin(files: dict[str, str], *arguments: str, **options: Any) -> RunProcess:
        folder = write_files(tmp_path / "shop", files)
        processes.append(RunProcess(folder, *arguments, **options))
        return processes[-1]

    yield begin
    for process in processes:
        process.end()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_the_screen_names_the_tape_and_only_what_clients_ask_is_on_it(
    start: Start, tmp_path: Path
) -> None:
    run = start({"main.py": MAIN}, "--record", "t.jsonl", cwd=tmp_path)
    run.wait_for("recorded to .*/t.jsonl")
    call(run.url, "POST", "/x", body=b"hi")
    first, *events = lines(tmp_path / "t.jsonl")

    assert "shop" == first["function"]
    assert ["/x"] == [each["event"]["path"] for each in events]
    assert ["asked"] == [each["message"] for each in events[0]["logs"]]


def test_a_tape_in_the_folder_brings_about_no_reload_and_a_reload_a_new_run(
    start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    run = start({"main.py": MAIN}, "--watch", "--record", str(folder / "t.jsonl"))
    for _ in range(3):
        call(run.url)
    (folder / "main.py").write_text(MAIN.replace("one", "two"))
    run.wait_for("^reloaded ")
    call(run.url)
    found = lines(folder / "t.jsonl")
    runs = [each for each in found if "tape" in each]

    assert 1 == run.printed.count("\nreloaded "), run.printed
    assert ["one", "one", "one", "two"] == [
        each["answer"]["text"] for each in found if "id" in each
    ]
    assert 2 == len({each["digest"] for each in runs}) == len(runs)


def test_the_setting_records_and_the_command_line_wins(start: Start, tmp_path: Path) -> None:
    yaml = (
        "metadata: {name: shop}\nspec:\n  handler: main:handler\n  runtime: python:3.11\n"
        "  runtimeAttributes: {funcs: {record: own.jsonl, record_mask: [x-tenant]}}\n"
    )
    run = start({"main.py": MAIN, "function.yaml": yaml})
    call(run.url, headers=[("X-Tenant", "s3cret")])
    run.end()
    tape = tmp_path / "shop" / "own.jsonl"
    assert "***" == lines(tape)[1]["event"]["headers"]["X-Tenant"]

    run = start({"main.py": MAIN, "function.yaml": yaml}, "--record", "")
    call(run.url)
    assert 2 == len(lines(tape))
