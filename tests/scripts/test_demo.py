"""The demonstration runs as the README says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.turn import take_turn

DEMO = Path(__file__).parent.parent.parent / "scripts" / "demo.py"


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")
def test_the_demo_reads_the_held_out_digits(tmp_path: Path) -> None:
    done = _run_demo(tmp_path)

    assert 0 == done.returncode, done.stdout + done.stderr
    table = dict(re.findall(r"^  (\w+) +([\d.]+)(?: ms)?$", done.stdout, re.MULTILINE))
    assert ("450", "450") == (table["sent"], table["answered"])
    assert float(table["accuracy"]) >= 0.93
    assert "the model says 3" in done.stdout
    assert "Build its image: funcs build --base scratch" in done.stdout
    assert "" == done.stderr


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")
def test_where_an_engine_is_up_it_deploys_and_loses_nothing(
    tmp_path: Path, engine_address: str
) -> None:
    done = _run_demo(tmp_path, DOCKER_HOST=engine_address)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert 2 == done.stdout.count(" requests meanwhile, 0 of them lost")
    assert "" == done.stderr


def _run_demo(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    with take_turn(ports=()):  # it takes 8080, or the next free one
        return subprocess.run(
            [sys.executable, str(DEMO)],
            cwd=folder,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
