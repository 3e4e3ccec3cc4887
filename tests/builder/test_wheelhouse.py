from __future__ import annotations

import threading
from pathlib import Path

import pytest

from funcs_builder.errors import BuildError
from funcs_builder.lock import Lock
from funcs_builder.requirements import Requirements
from funcs_builder.resolver import Resolver
from funcs_builder.target import Target
from funcs_builder.wheelhouse import Wheelhouse
from tests.builder.made_wheel import made_wheel

TARGET = Target("3.11")


class Counted:
    """Makes resolvers of this machine's pip, and counts them."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> Resolver:
        self.made += 1
        return Resolver.from_environ({})


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def house(tmp_path: Path, counted: Counted) -> Wheelhouse:
    return Wheelhouse(tmp_path / "cache", counted)


@pytest.fixture
def asked(tmp_path: Path) -> Requirements:
    made_wheel(tmp_path / "links")
    return Requirements(lines=("shop",), find_links=(tmp_path / "links",), no_index=True)


def test_the_same_requirements_run_no_tool_again(
    house: Wheelhouse, counted: Counted, asked: Requirements
) -> None:
    first = house.lock(asked, TARGET)
    second = house.lock(asked, TARGET)

    assert first == second
    assert 1 == counted.made
    assert ["shop-1.0-py3-none-any.whl"] == [path.name for path in house.paths(first)]
    assert all(path.is_file() for path in house.paths(first))


def test_refresh_takes_what_is_new(house: Wheelhouse, asked: Requirements) -> None:
    house.lock(asked, TARGET)
    made_wheel(asked.find_links[0], version="2.0")

    assert ["2.0"] == [wheel.version for wheel in house.lock(asked, TARGET, refresh=True).wheels]


def test_another_python_is_resolved_anew(
    house: Wheelhouse, counted: Counted, asked: Requirements
) -> None:
    house.lock(asked, TARGET)
    house.lock(asked, Target("3.12"))

    assert 2 == counted.made


def test_a_wheel_that_was_deleted_is_fetched_again(house: Wheelhouse, asked: Requirements) -> None:
    lock = house.lock(asked, TARGET)
    house.paths(lock)[0].unlink()
    again = house.lock(asked, TARGET)

    assert lock == again
    assert house.paths(lock)[0].is_file()


def test_a_damaged_memory_is_made_anew(house: Wheelhouse, asked: Requirements) -> None:
    lock = house.lock(asked, TARGET)
    for memo in (house.folder / "locks").iterdir():
        memo.write_text("{")

    assert lock == house.lock(asked, TARGET)


def test_no_requirements_are_no_wheels(house: Wheelhouse, counted: Counted) -> None:
    assert Lock(TARGET) == house.lock(Requirements(), TARGET)
    assert 0 == counted.made


def test_a_failure_leaves_nothing_behind(house: Wheelhouse, asked: Requirements) -> None:
    missing = Requirements(lines=("tea",), find_links=asked.find_links, no_index=True)

    with pytest.raises(BuildError):
        house.lock(missing, TARGET)
    assert [] == list(house.folder.iterdir())


def test_two_builds_at_once_share_a_cache(house: Wheelhouse, asked: Requirements) -> None:
    found: list[Lock] = []
    builds = [
        threading.Thread(target=lambda: found.append(house.lock(asked, TARGET))) for _ in range(2)
    ]
    for build in builds:
        build.start()
    for build in builds:
        build.join()

    assert 2 == len(found)
    assert found[0] == found[1]
    assert ["locks", "wheels"] == sorted(path.name for path in house.folder.iterdir())


def test_a_cache_that_cannot_be_written_is_told(
    tmp_path: Path, counted: Counted, asked: Requirements
) -> None:
    (tmp_path / "cache").write_text("a file")

    with pytest.raises(BuildError, match="cannot write to the cache"):
        Wheelhouse(tmp_path / "cache", counted).lock(asked, TARGET)
