from __future__ import annotations

import os
from pathlib import Path

from funcs_builder.grouping import grouped
from funcs_builder.wheels import Wheel
from tests.builder.made_wheel import made_wheel


def wheels(folder: Path, **sizes: int) -> list[Wheel]:
    files = {name: {f"{name}.bin": os.urandom(size)} for name, size in sizes.items()}
    return [Wheel(made_wheel(folder, name, files=item)) for name, item in files.items()]


def test_large_wheels_are_alone_and_small_ones_together(tmp_path: Path) -> None:
    found = grouped(wheels(tmp_path, a=10, b=9000, c=20, d=5000), alone_bytes=4000)

    assert ["b 1.0", "d 1.0", "2 packages"] == [group.title for group in found]


def test_there_are_never_more_groups_than_allowed(tmp_path: Path) -> None:
    sizes = {f"p{index}": 5000 + 900 * index for index in range(6)}
    found = grouped(wheels(tmp_path, **sizes), most=3, alone_bytes=4000)

    assert ["p4 1.0", "p5 1.0", "4 packages"] == [group.title for group in found]


def test_as_many_large_wheels_as_allowed_are_all_alone(tmp_path: Path) -> None:
    found = grouped(wheels(tmp_path, a=5000, b=5000, c=5000), most=3, alone_bytes=4000)

    assert 3 == len(found)


def test_no_wheels_are_no_groups() -> None:
    assert [] == grouped([])
