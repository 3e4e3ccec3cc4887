"""The fixtures that come with funcs, in a pytest run of a user's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("asyncio", "numpy", "pydantic", "yaml", "funcs.testing", "funcs.emulator", "http.client")

MAIN = """
print("loaded", __name__)


def handler(context, event):
    context.logger.info_with("asked", path=event.path)
    return {{"name": {name!r}, "length": len(event.body or b"")}}
"""
TESTS = """
def test_without_sockets(funcs_client):
    answer = funcs_client.post("/a", body=b"four")
    assert answer.json() == {{"name": {name!r}, "length": 4}}
    assert answer.logs == [{{"level": "info", "message": "asked", "path": "/a"}}]


def test_over_http(emulator):
    assert emulator.url.startswith("http://127.0.0.1:")
    answer = emulator.post("/a", body=b"four")
    assert answer.json() == {{"name": {name!r}, "length": 4}}
    assert answer.logs == [{{"level": "info", "message": "asked", "path": "/a"}}]
    assert emulator.get().status == 200
"""


def function(folder: Path, name: str) -> Path:
    (folder / "tests").mkdir(parents=True)
    (folder / "main.py").write_text(MAIN.format(name=name))
    (folder / "tests" / f"test_{name}.py").write_text(TESTS.format(name=name))
    return folder


def run_pytest(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    return subprocess.run([*line, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_the_fixtures_serve_the_function_that_the_test_belongs_to(tmp_path: Path) -> None:
    done = run_pytest("tests", cwd=function(tmp_path / "shop", "shop"))

    assert 0 == done.returncode, done.stdout
    assert "2 passed" in done.stdout


def test_each_function_of_a_run_has_its_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        function(tmp_path / name, name)

    done = run_pytest(cwd=tmp_path)

    assert 0 == done.returncode, done.stdout
    assert "4 passed" in done.stdout


def test_a_test_that_belongs_to_no_function_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "test_lost.py").write_text("def test_lost(funcs_client): ...\n")

    done = run_pytest(cwd=tmp_path)

    assert 1 == done.returncode
    assert "no function found: neither function.yaml nor main.py above" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_function_that_does_not_start_fails_the_test_with_its_line(tmp_path: Path) -> None:
    folder = function(tmp_path / "shop", "shop")
    (folder / "main.py").write_text("\n1 / 0\ndef handler(context, event): ...\n")

    done = run_pytest("tests", cwd=folder)

    assert 1 == done.returncode
    assert "ZeroDivisionError" in done.stdout
    assert "at:  main.py:2" in done.stdout


@pytest.mark.parametrize("module", HEAVY)
def test_nothing_heavy_is_imported_with_the_plugin(module: str) -> None:
    code = "import sys, pytest; before = set(sys.modules); import funcs.pytest_plugin\n"
    code += f"print({module!r} in set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False" == done.stdout.strip()
