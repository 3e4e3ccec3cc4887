from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.funcs.worker.process import WorkerProcess

Start = Callable[..., WorkerProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts workers of some code; they are stopped with the test."""
    workers: list[WorkerProcess] = []

    def begin(
        code: str, *, ready: bool = True, folder: Path | None = None, **options: Any
    ) -> WorkerProcess:
        folder = folder or tmp_path / str(len(workers))
        folder.mkdir(exist_ok=True)
        workers.append(WorkerProcess(folder, code, **options))
        if ready:
            workers[-1].until_ready()
        return workers[-1]

    yield begin
    for worker in workers:
        worker.stop()
