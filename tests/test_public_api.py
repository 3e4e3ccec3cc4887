"""What `funcs` exports is sorted, exists, and is what the reference lists."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import funcs

ROOT = Path(__file__).parent.parent
HEAVY = ("numpy", "pydantic", "yaml", "rich", "requests", "docker", "watchfiles", "sklearn")


def imported(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter imports to run ``code``."""
    line = [sys.executable, "-X", "importtime", "-c", code]
    traces = subprocess.run(line, capture_output=True, text=True, check=True).stderr
    names = [trace.rpartition("|")[2].strip() for trace in traces.splitlines()]
    return {name.partition(".")[0] for name in names}


def test_all_is_sorted_and_every_name_is_there() -> None:
    assert sorted(funcs.__all__) == funcs.__all__
    for name in funcs.__all__:
        assert getattr(funcs, name).__name__ == name


def test_the_reference_lists_every_public_name() -> None:
    text = (ROOT / "docs" / "reference" / "api.md").read_text()
    missing = [name for name in funcs.__all__ if f"`funcs.{name}`" not in text]

    assert [] == missing


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Grpah'"):
        funcs.Grpah  # noqa: B018


@pytest.mark.parametrize(
    "code",
    [
        "import funcs",
        "import funcs.worker.worker",
        "import funcs.processor.processor",
        "import funcs; funcs.Graph; funcs.Model; funcs.Router; funcs.Request; funcs.Tensor",
        "import funcs.host",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_used(code: str) -> None:
    allowed = {"yaml"} if "processor" in code else set()  # processor.yaml is its configuration

    assert set() == imported(code) & (set(HEAVY) - allowed)


def test_importing_funcs_imports_nothing_else_of_it() -> None:
    code = "import sys, funcs; print([n for n in sys.modules if n.startswith('funcs.')])"
    line = [sys.executable, "-c", code]
    answer = subprocess.run(line, capture_output=True, text=True, check=True)

    assert "[]" == answer.stdout.strip()
