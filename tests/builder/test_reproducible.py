"""The same inputs give the same image id: on any machine, umask, time zone and Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BUILDER = Path(__file__).parents[2] / "builder"

# What these are follows from the inputs alone. Another value here means that every image of every
# user changes: raise funcs_builder.layer.FORMAT then, and say so in the changelog.
GOLDEN = {
    "id": "sha256:50724520a66f672e9966c453f1a841e0526895c6bc00b0fe1563c144896c72c5",
    "diff_ids": [
        "sha256:511341cba2d1fba940e9c77133236cb79dffd7f313b24b685debbf9959f4a50b",
        "sha256:8a349dc7a875155168736ab1b5d277e9bc8780b7b4d7e3d4d5e9b7f7ad74a650",
    ],
}

_BUILD = """
import json, os, sys
from pathlib import Path
os.umask(int(sys.argv[2], 8))
from funcs_builder.cache import Cache
from funcs_builder.config import Healthcheck, RunConfig
from funcs_builder.entry import Entry, FileContent
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64
from funcs_builder.source import Listed

root = Path(sys.argv[1])
(root / "src").mkdir()
entries = [Entry.link("usr/bin/python3", "python3.11"), Entry.folder("home/nonroot", 0o775)]
for number, name in enumerate(["main.py", "pkg/mod.py", "d" * 120 + ".txt", "größe.txt"]):
    path = root / "src" / str(number)
    path.write_text(name * 1000)
    os.utime(path, (int(sys.argv[3]), int(sys.argv[3])))
    entries.append(Entry("opt/nuclio/" + name, FileContent.of(path)))
model = root / "src" / "model"
model.write_bytes(bytes(range(256)) * 1000)
plan = BuildPlan(
    SCRATCH,
    (
        LayerPlan("code", Listed(entries)),
        LayerPlan("model", Listed([Entry("m/x", FileContent.of(model), uid=65532)]), False),
    ),
    RunConfig(
        env={"PATH": "/bin"},
        entrypoint=("python3",),
        labels={"b": "1", "a": "2"},
        healthcheck=Healthcheck(("python3",)),
    ),
    created=1_700_000_000,
)
image = assemble(plan, Base(Image.scratch(LINUX_AMD64)), Cache(root / "cache"))
print(json.dumps({"id": image.id, "diff_ids": list(image.config.diff_ids)}))
"""


def build(folder: Path, *, python: str, umask: str, zone: str, seed: str, mtime: int) -> object:
    folder.mkdir()
    done = subprocess.run(
        [python, "-c", _BUILD, str(folder), umask, str(mtime)],
        env={"PYTHONPATH": str(BUILDER), "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("umask", "zone", "seed", "mtime"),
    [("022", "UTC", "0", 0), ("077", "Asia/Tokyo", "1", 1_600_000_000), ("000", "", "7", 2**31)],
)
def test_the_digests_are_the_golden_ones(
    tmp_path: Path, umask: str, zone: str, seed: str, mtime: int
) -> None:
    found = build(
        tmp_path / "x", python=sys.executable, umask=umask, zone=zone, seed=seed, mtime=mtime
    )

    assert GOLDEN == found


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_other_pythons_make_the_same_image(tmp_path: Path, minor: int) -> None:
    python = shutil.which(f"python3.{minor}")
    if python is None or subprocess.run([python, "-c", ""], check=False).returncode:
        pytest.skip(f"there is no python3.{minor} here")
    found = build(tmp_path / "x", python=python, umask="022", zone="UTC", seed="0", mtime=0)

    assert GOLDEN == found


def test_the_builder_reads_no_environment() -> None:
    for path in sorted((BUILDER / "funcs_builder").rglob("*.py")):
        assert "os.environ" not in path.read_text(), f"{path.name}: pass it in"
