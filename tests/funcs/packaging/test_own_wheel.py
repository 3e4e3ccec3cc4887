from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import funcs
from funcs.packaging.own_wheel import RUNTIME, own_wheel, runtime_requirements
from funcs_builder.entry import Entry
from funcs_builder.scheme import Scheme
from funcs_builder.wheels import Wheel

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_wheel(tmp_path_factory.mktemp("own"))


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def installed(wheel: Path, folder: Path) -> Path:
    """The folder with the wheel in it, as an image has it."""
    for entry in Wheel(wheel).entries(Scheme.under("site", python=sys.executable)):
        place = folder / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(read(entry))
    return folder / "site"


def read(entry: Entry) -> bytes:
    assert entry.content
    with entry.content.open() as stream:
        return stream.read()


def tracked() -> Iterator[str]:
    """The wheel's names by git's list, as scripts/wheel has them."""
    places = {
        "funcs/": "funcs/",
        "builder/funcs_builder/": "funcs_builder/",
        "handlers/": "funcs/_data/handlers/",
        "templates/": "funcs/_data/templates/",
    }
    line = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run([*line, *places], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"git does not list the checkout: {done.stderr}")
    for name in done.stdout.split("\n"):
        for folder, place in places.items():
            if name.startswith(folder) and (ROOT / name).exists():
                yield place + name.removeprefix(folder)


def test_it_holds_what_the_published_wheel_holds(wheel: Path) -> None:
    assert set(tracked()) == names(wheel)


def test_two_builds_are_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        again = own_wheel(tmp_path)
    finally:
        os.umask(before)

    assert wheel != again
    assert wheel.read_bytes() == again.read_bytes()


def test_it_is_not_made_again_while_nothing_changed(wheel: Path) -> None:
    before = wheel.stat().st_mtime_ns

    assert wheel == own_wheel(wheel.parents[1])
    assert before == wheel.stat().st_mtime_ns


def test_an_installed_funcs_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    site = installed(wheel, tmp_path)
    # the packages of this environment, without the checkout that it has by a .pth file
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import funcs, pathlib;"
        "from funcs.packaging.own_wheel import own_wheel;"
        "assert funcs.__file__.startswith(sys.argv[1]);"
        "print(own_wheel(pathlib.Path(sys.argv[2])))"
    )
    line = [sys.executable, "-P", "-c", program, str(site), str(tmp_path / "made")]
    done = subprocess.run(line, capture_output=True, text=True, check=True, cwd=tmp_path)
    made = Path(done.stdout.strip())

    with zipfile.ZipFile(wheel) as ours, zipfile.ZipFile(made) as theirs:
        assert set(ours.namelist()) == set(theirs.namelist())
    assert wheel.read_bytes() == made.read_bytes()


def test_it_asks_for_what_an_image_needs_and_no_more() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        text = stream.read().decode()
    first = tomllib.loads(text)["project"]["dependencies"][: len(RUNTIME)]
    group = text[text.index("dependencies = [") :].partition("\n\n")[0]

    assert list(RUNTIME) == [line.partition(">")[0] for line in first]
    assert len(RUNTIME) == group.count('"') // 2
    assert list(RUNTIME) == [line.rstrip("<>=.,0123456789") for line in runtime_requirements()]


def test_its_metadata_names_the_runtime_alone(wheel: Path) -> None:
    lines = Wheel(wheel).metadata.splitlines()

    assert f"Version: {funcs.__version__}" in lines
    asked = [f"Requires-Dist: {line}" for line in runtime_requirements()]
    assert asked == [line for line in lines if line.startswith("Requires-Dist")]


def test_its_command_starts(wheel: Path, tmp_path: Path) -> None:
    site = installed(wheel, tmp_path)
    line = [sys.executable, str(site / "bin/funcs"), "--version"]
    environ = {"PYTHONPATH": str(site)}
    done = subprocess.run(line, capture_output=True, text=True, env=environ, check=True)

    assert funcs.__version__ in done.stdout
