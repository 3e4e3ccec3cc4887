from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.funcs.processor.serving import Gate, Serving

Serve = Callable[..., Serving]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts processors; they end with the test."""
    running: list[Serving] = []

    def start(*, is_started: bool = True, **options: Any) -> Serving:
        serving = Serving(**options)
        running.append(serving)
        if is_started:
            serving.start()
        return serving

    yield start
    for serving in running:
        serving.close()


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A gate at which handlers are held."""
    made = Gate()
    yield made
    made.close()
