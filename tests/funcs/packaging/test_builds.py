from __future__ import annotations

from pathlib import Path

import pytest

from funcs.errors import FuncsError
from funcs.packaging.builds import FILE, Build, remember, remembered


def build(reference: str = "shop:v1", place: str = "shop:v1", **other: str) -> Build:
    given = {"platform": "linux/amd64", "inputs": "i", "time": "t", "funcs": "1"} | other
    return Build(reference, place, "sha256:d", "sha256:i", **given)


def test_the_last_of_a_name_at_a_place_is_kept(tmp_path: Path) -> None:
    remember(tmp_path, (build(inputs="old"),), {})
    remember(tmp_path, (build(place="shop.tar"),), {})
    remember(tmp_path, (build(inputs="new", platform="linux/arm64"),), {})

    found = [(each.place, each.platform, each.inputs) for each in remembered(tmp_path)]
    assert [("shop.tar", "linux/amd64", "i"), ("shop:v1", "linux/arm64", "new")] == found


def test_platforms_that_are_one_image_are_all_kept(tmp_path: Path) -> None:
    both = (build(), build(platform="linux/arm64"))
    remember(tmp_path, both, {})
    remember(tmp_path, both, {})

    assert both == remembered(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 9}', '{"version": 2, "builds": [1]}'])
def test_a_damaged_memory_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / ".funcs").mkdir()
    (tmp_path / FILE).write_text(text)

    assert () == remembered(tmp_path)
    remember(tmp_path, (build(),), {})
    assert 1 == len(remembered(tmp_path))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / ".funcs").write_text("a file")

    with pytest.raises(FuncsError, match="is built, but cannot be remembered"):
        remember(tmp_path, (build(),), {})
