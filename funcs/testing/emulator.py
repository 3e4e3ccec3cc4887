"""A real emulator in a process of its own, asked over HTTP."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from funcs.emulator.answer import LEVEL_HEADER, Answer
from funcs.emulator.background import Background
from funcs.emulator.call import call
from funcs.testing.requester import Requester


class Emulator(Requester):
    """`funcs run` of a function's folder on a free port, until `close`; a context manager.

    Each request asks for the handler's log lines too: they are the answer's ``logs``.

    Raises:
        FuncsError: the function does not start.
    """

    def __init__(
        self, folder: Path | str = ".", *, environ: Mapping[str, str] | None = None
    ) -> None:
        given = os.environ if environ is None else environ
        # The settings of whoever runs the tests are not the function's.
        clean = {name: value for name, value in given.items() if not name.startswith("FUNCS_")}
        self._background = Background(Path(folder), environ=clean)
        ready = next(each for each in self._background.records if each["kind"] == "ready")
        self.models = tuple(ready["models"])

    @property
    def url(self) -> str:
        """Where it listens, as in ``http://127.0.0.1:40123``."""
        return self._background.url

    @property
    def records(self) -> list[dict[str, Any]]:
        """What `funcs run --json` has printed so far: requests, log lines, errors."""
        return list(self._background.records)

    def close(self) -> None:
        """Stop it; its workers too."""
        self._background.stop()

    def _send(
        self, method: str, path: str, body: bytes | None, headers: list[tuple[str, str]]
    ) -> Answer:
        if all(name.lower() != LEVEL_HEADER.lower() for name, _ in headers):
            headers = [*headers, (LEVEL_HEADER, "debug")]
        return call(self.url, method, path, body=body, headers=headers)
