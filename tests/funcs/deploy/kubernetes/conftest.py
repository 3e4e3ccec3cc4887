"""One cluster for all tests that need a real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.funcs.deploy.kubernetes.control_plane import ControlPlane, control_plane, install_nuclio
from tests.funcs.deploy.kubernetes.lab import Lab


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    with control_plane() as plane:
        yield plane


@pytest.fixture
def lab(plane: ControlPlane, folder: Path) -> Lab:
    return Lab(plane, folder)


@pytest.fixture(scope="session")
def nuclio(plane: ControlPlane) -> None:
    install_nuclio(plane)
