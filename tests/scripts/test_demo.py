"""The demonstration runs as the README says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parent.parent.parent / "scripts" / "demo.py"


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")
def test_the_demo_reads_the_held_out_digits(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO)], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    table = dict(re.findall(r"^  (\w+) +([\d.]+)(?: ms)?$", done.stdout, re.MULTILINE))
    assert ("450", "450") == (table["sent"], table["answered"])
    assert float(table["accuracy"]) >= 0.93
    assert "the model says 3" in done.stdout
    assert "Build its image: funcs build --base scratch" in done.stdout
    assert "" == done.stderr
