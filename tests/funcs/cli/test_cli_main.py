"""The command line's front: cheap to start, honest in its exit codes."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from funcs.cli.main import COMMANDS, main

FUNCS = [str(Path(sys.executable).parent / "funcs")]
HEAVY = {"numpy", "pydantic", "yaml", "rich", "requests", "docker", "watchfiles", "asyncio"}


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["check", "--help"]])
def test_nothing_heavy_is_imported_for_help(words: list[str]) -> None:
    line = [sys.executable, "-X", "importtime", "-m", "funcs", *words]
    traced = subprocess.run(line, capture_output=True, text=True, check=True).stderr
    names = {entry.rpartition("|")[2].strip().partition(".")[0] for entry in traced.splitlines()}

    assert "argparse" in names
    assert set() == HEAVY & names


@pytest.mark.parametrize(
    ("words", "chosen"), [("'--help'", ""), ("'check', '--help'", "funcs.cli.check")]
)
def test_only_the_chosen_command_is_imported(words: str, chosen: str) -> None:
    code = (
        "import sys, atexit; from funcs.cli.main import main\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"main([{words}])"
    )
    line = [sys.executable, "-c", code]
    imported = subprocess.run(line, capture_output=True, text=True, check=True).stderr.split()

    assert {chosen} - {""} == {module for module, _ in COMMANDS.values()} & set(imported)


def cpu_s(line: list[str]) -> float:
    """The CPU seconds of a process, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(line, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_costs_at_most_twice_argparse() -> None:
    plain, ours = [], []
    for _ in range(15):  # in turns, so that a busy machine slows both
        plain.append(cpu_s([sys.executable, "-c", "import argparse"]))
        ours.append(cpu_s([*FUNCS, "--help"]))

    assert statistics.median(ours) <= 2 * statistics.median(plain)


def test_every_command_has_its_two_functions_and_a_line_of_help() -> None:
    for name, (module, summary) in COMMANDS.items():
        imported = pytest.importorskip(module)

        assert callable(imported.add_arguments), name
        assert callable(imported.run), name
        assert summary


def test_wrong_usage_is_2_and_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["chek"])

    assert 2 == code
    printed = capsys.readouterr()
    assert "" == printed.out
    assert "did you mean 'check'?" in printed.err


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    line = "import sys; from funcs.cli.main import main; sys.exit(main(['schema']))"
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", line], stdout=stream, stderr=subprocess.PIPE, check=False
        )

    assert (141, b"") == (done.returncode, done.stderr)


def test_an_error_is_red_on_a_terminal_and_plain_where_no_color_is_set() -> None:
    pty = pytest.importorskip("pty")

    def printed(environ: dict[str, str]) -> bytes:
        ours, theirs = pty.openpty()
        line = [*FUNCS, "check", "nowhere"]
        subprocess.run(line, stderr=theirs, env={**os.environ, **environ}, check=False)
        os.close(theirs)
        with os.fdopen(ours, "rb") as stream:
            return bytes(stream.read1())

    assert printed({"TERM": "xterm", "NO_COLOR": ""}).startswith(b"\x1b[1;31merror:\x1b[0m there")
    assert printed({"TERM": "xterm", "NO_COLOR": "1"}).startswith(b"error: there")
    assert printed({"TERM": "dumb", "NO_COLOR": ""}).startswith(b"error: there")


def test_text_that_a_stream_cannot_show_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "function.yaml").write_text("spec: {handler: 'é→:x y'}", encoding="utf-8")
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    line = [*FUNCS, "check", str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, env=environ, check=False)

    assert 1 == done.returncode
    assert r"\u2192" in done.stdout


def test_a_closed_output_ends_nothing() -> None:
    line = f"exec {FUNCS[0]} schema >&-"

    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
