"""Every example in a docstring runs and prints what it says."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = [
    ".".join(path.relative_to(room.parent).with_suffix("").parts)
    for room in (ROOT / "funcs", ROOT / "builder" / "funcs_builder")
    for path in sorted(room.rglob("*.py"))
    if ">>> " in path.read_text()
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name.removesuffix(".__init__")))

    assert 0 == failed
    assert tried
