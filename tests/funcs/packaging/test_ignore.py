from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from funcs.packaging.ignore import BY_DEFAULT, Ignore


def reason(folder: Path, path: str) -> str | None:
    ignore = Ignore.of(folder)
    ignore.enter(PurePosixPath())
    return ignore.left_out_by(PurePosixPath(path))


@pytest.mark.parametrize("path", ["main.pyc", "lib/x.pyo", "conftest.py", ".DS_Store"])
def test_some_files_stay_behind_by_default(tmp_path: Path, path: str) -> None:
    assert BY_DEFAULT == reason(tmp_path, path)


def test_what_stays_behind_by_default_is_not_put_down_to_gitignore(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.pyc\n.DS_Store\n")

    assert BY_DEFAULT == reason(tmp_path, "main.pyc")


def test_a_later_pattern_wins(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.bin\n!keep.bin\n")

    assert ".gitignore" == reason(tmp_path, "lib/a.bin")
    assert reason(tmp_path, "lib/keep.bin") is None


@pytest.mark.parametrize("line", ["lib/a.bin", "/lib/a.bin", "./lib/a.bin", "lib", "**/a.bin"])
def test_dockerignore_names_paths_from_the_top(tmp_path: Path, line: str) -> None:
    (tmp_path / ".dockerignore").write_text(f"# all\n{line}\n")

    assert ".dockerignore" == reason(tmp_path, "lib/a.bin")


@pytest.mark.parametrize("line", ["a.bin", "", "!", "bin"])
def test_dockerignore_does_not_look_into_folders(tmp_path: Path, line: str) -> None:
    (tmp_path / ".dockerignore").write_text(f"{line}\n")

    assert reason(tmp_path, "lib/a.bin") is None


def test_what_dockerignore_excepts_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*\n!main.py\n")
    ignore = Ignore.of(tmp_path)

    assert ignore.is_asked_for(PurePosixPath("main.py"))
    assert not ignore.is_asked_for(PurePosixPath("other.py"))
