"""Each template works as it comes: made, trained, checked, its own tests run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FUNCS = str(Path(sys.executable).parent / "funcs")


def run(folder: Path, *words: str) -> str:
    """What a command prints; it must end well."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        words, cwd=folder, env=environ, capture_output=True, text=True, timeout=100, check=False
    )
    assert 0 == done.returncode, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run_tests(folder: Path) -> str:
    return run(folder, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_the_plain_template_passes_its_own_tests(tmp_path: Path) -> None:
    run(tmp_path, FUNCS, "new", "greeter")

    assert "3 passed" in run_tests(tmp_path / "greeter")


def test_the_sklearn_template_is_trained_checked_and_passes_its_own_tests(tmp_path: Path) -> None:
    pytest.importorskip("skops")
    run(tmp_path, FUNCS, "new", "digits", "--template", "sklearn")
    said = run(tmp_path / "digits", sys.executable, "train.py")
    found = re.fullmatch(
        r"saved models/digits/digits.skops, accuracy (0\.\d+) on 450 images held out\n", said
    )

    assert found is not None, said
    assert float(found[1]) > 0.97
    assert "ok   models         digits loaded" in run(tmp_path / "digits", FUNCS, "check")
    assert "3 events answered as expected" in run(tmp_path / "digits", FUNCS, "test")
    assert "4 passed" in run_tests(tmp_path / "digits")


def test_a_model_not_yet_trained_is_named_with_what_to_run(tmp_path: Path) -> None:
    run(tmp_path, FUNCS, "new", "digits", "--template", "sklearn")
    done = subprocess.run(
        [FUNCS, "check"], cwd=tmp_path / "digits", capture_output=True, text=True, check=False
    )

    assert 1 == done.returncode
    assert "fix: run: python train.py" in done.stdout
