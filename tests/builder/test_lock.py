from __future__ import annotations

from pathlib import Path

import pytest

from funcs_builder.errors import BuildError
from funcs_builder.lock import Lock
from funcs_builder.target import Target
from tests.builder.made_wheel import made_wheel

TARGET = Target("3.11")


def test_a_lock_is_the_same_whatever_the_order_of_its_wheels(tmp_path: Path) -> None:
    first, second = made_wheel(tmp_path, "Big_Shop"), made_wheel(tmp_path, "apple")

    lock = Lock.of(TARGET, [first, second])

    assert Lock.of(TARGET, [second, first]) == lock
    assert ["apple", "big-shop"] == [wheel.name for wheel in lock.wheels]
    assert str(tmp_path) not in lock.to_json()


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    lock = Lock.of(TARGET, [made_wheel(tmp_path)])

    assert lock == Lock.from_json(lock.to_json())


def test_the_platform_is_part_of_the_digest(tmp_path: Path) -> None:
    wheel = made_wheel(tmp_path)

    assert Lock.of(TARGET, [wheel]).digest != Lock.of(Target("3.12"), [wheel]).digest


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"target":{"python":"2"},"wheels":[]}'])
def test_what_is_no_lock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"lock|Expecting"):
        Lock.from_json(text)


def test_two_versions_of_one_package_are_refused(tmp_path: Path) -> None:
    wheels = [made_wheel(tmp_path, version="1.0"), made_wheel(tmp_path, version="2.0")]

    with pytest.raises(BuildError, match="two wheels are there for 'shop'"):
        Lock.of(TARGET, wheels)
