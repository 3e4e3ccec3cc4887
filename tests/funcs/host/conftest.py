from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture
def clean_imports() -> Iterator[None]:
    """What a test imports from its folder is forgotten after it."""
    path, modules = list(sys.path), dict(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]
