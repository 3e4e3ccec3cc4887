"""A function to deploy, and somebody who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from funcs.deploy.target import Target
from funcs.spec import FunctionSpec
from tests.dashboard.server import EmulatedDashboard, emulated_dashboard
from tests.funcs.deploy.listening import Listener


@pytest.fixture
def dashboard() -> Iterator[EmulatedDashboard]:
    with emulated_dashboard() as dashboard:
        yield dashboard


@pytest.fixture
def target(dashboard: EmulatedDashboard) -> Target:
    return Target(platform="nuclio", url=dashboard.url)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plain function called shop."""
    place = tmp_path / "shop"
    place.mkdir()
    (place / "main.py").write_text("def handler(context, event):\n    return 'hello'\n")
    (place / "function.yaml").write_text(
        "metadata: {name: shop}\n"
        "spec:\n"
        "  handler: main:handler\n"
        "  runtime: python:3.11\n"
        "  env: [{name: GREETING, value: Hello}]\n"
        "  triggers: {http: {kind: http, numWorkers: 2}}\n"
    )
    return place


@pytest.fixture
def spec(folder: Path) -> FunctionSpec:
    return FunctionSpec.of(folder)
