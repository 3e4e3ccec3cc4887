from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from funcs_builder.draft import appear, draft_in
from funcs_builder.errors import BuildError


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_draft_is_gone_afterwards_and_what_was_moved_out_stays(tmp_path: Path) -> None:
    with draft_in(tmp_path / "cache") as draft:
        (draft / "made").mkdir()
        appear(draft / "made", tmp_path / "cache/final/place")

    assert ["final"] == names(tmp_path / "cache")
    assert (tmp_path / "cache/final/place").is_dir()


def test_the_first_of_two_builds_stays(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
        appear(tmp_path / name, tmp_path / "place")

    assert ["first"] == names(tmp_path / "place")


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    told = pytest.raises(BuildError, match="cannot write to the cache: No space left")
    with told as caught, draft_in(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert "free space" in caught.value.fix
    assert [] == names(tmp_path)
