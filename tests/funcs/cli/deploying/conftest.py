"""`funcs` in a function's folder, with an emulated dashboard as its target."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from funcs.cli.main import main
from tests.dashboard.server import EmulatedDashboard, emulated_dashboard

YAML = "metadata: {name: shop}\nspec: {handler: 'main:handler', runtime: 'python:3.11'}\n"
IMAGE = ("-i", "demo/fn:1", "--trust-image")
Run = Callable[..., "Said"]


class Said:
    """How a command ended, and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def dashboard() -> Iterator[EmulatedDashboard]:
    with emulated_dashboard() as dashboard:
        dashboard.deploys.looks = 1
        yield dashboard


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("FUNCS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    place = tmp_path / "shop"
    place.mkdir()
    (place / "main.py").write_text("def handler(context, event):\n    return 'hello'\n")
    (place / "function.yaml").write_text(YAML)
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def run(
    folder: Path,
    dashboard: EmulatedDashboard,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    monkeypatch.setenv("FUNCS_URL", dashboard.url)

    def run(*words: str) -> Said:
        code = main(words)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run
