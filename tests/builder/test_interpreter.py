from __future__ import annotations

import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from funcs_builder.interpreter import Interpreter

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def script(folder: Path, text: str) -> dict[str, str]:
    """The environment of a machine whose python3.98 is a shell script."""
    path = folder / "python3.98"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return {"PATH": str(folder)}


def test_the_running_python_serves_its_own_version() -> None:
    found = Interpreter.find(HERE, {})

    assert Interpreter(sys.executable, sys.implementation.cache_tag or "", MAGIC_NUMBER.hex()) == (
        found
    )


def test_another_version_is_looked_for_on_path(tmp_path: Path) -> None:
    environ = script(tmp_path, "echo cpython-398 a0b1 final")

    assert Interpreter(str(tmp_path / "python3.98"), "cpython-398", "a0b1") == (
        Interpreter.find("3.98", environ)
    )


@pytest.mark.parametrize(
    "text",
    [
        "echo cpython-397 a0b1 final",
        "echo cpython-398 a0b1 beta",
        "echo pypy-398 a0b1 final",
        "echo 'pyenv: python3.98: command not found' >&2; exit 127",
        "exit 0",
    ],
)
def test_one_that_is_not_what_its_name_says_is_not_taken(tmp_path: Path, text: str) -> None:
    assert Interpreter.find("3.98", script(tmp_path, text)) is None


def test_where_there_is_none_there_is_none(tmp_path: Path) -> None:
    assert Interpreter.find("3.98", {"PATH": str(tmp_path)}) is None
