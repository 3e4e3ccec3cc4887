"""Fixtures for the tests of a function: `funcs_client` and `emulator`.

pytest loads this in every run of whoever has funcs installed: nothing is imported before a
fixture is used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from funcs.testing import Client, Emulator


@pytest.fixture(scope="module")
def funcs_client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of the function that the test file belongs to, without sockets.

    The function is the nearest folder above the test file that has a function.yaml or a main.py;
    it is loaded once a module.

    >>> def test_rows(funcs_client):
    ...     assert funcs_client.post("/", json={"rows": 1}).status == 200
    """
    from funcs.testing import Client

    with Client(_function_folder(request)) as client:
        yield client


@pytest.fixture(scope="module")
def emulator(request: pytest.FixtureRequest, _funcs_emulators: _Emulators) -> Emulator:
    """The same function served by a real emulator on a free port, over HTTP.

    It is started once for all the tests of a run, and has ``url``, ``get``, ``post``, ``request``.
    """
    if sys.platform == "win32":
        pytest.skip("funcs run needs a POSIX system: use WSL")
    return _funcs_emulators.of(_function_folder(request))


@pytest.fixture(scope="session")
def _funcs_emulators() -> Iterator[_Emulators]:
    emulators = _Emulators()
    yield emulators
    emulators.stop()


class _Emulators:
    """One emulator for each function that the tests of a run ask for."""

    def __init__(self) -> None:
        self._running: dict[Path, Emulator] = {}

    def of(self, folder: Path) -> Emulator:
        """The folder's emulator, started when it is first asked for."""
        from funcs.testing import Emulator

        if folder not in self._running:
            self._running[folder] = Emulator(folder)
        return self._running[folder]

    def stop(self) -> None:
        """End them all."""
        for each in self._running.values():
            each.close()


def _function_folder(request: pytest.FixtureRequest) -> Path:
    """The nearest folder above the test file that is a function's."""
    for folder in request.path.parents:
        if (folder / "function.yaml").is_file() or (folder / "main.py").is_file():
            return folder
    pytest.fail(
        f"no function found: neither function.yaml nor main.py above {request.path}", pytrace=False
    )
