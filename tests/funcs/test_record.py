"""A Record is what a frozen dataclass would be, to code and to the dataclasses module."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from funcs.record import Record

NOTHING: Mapping[str, int] = {}


class Point(Record):
    """Where something is."""

    x: int
    y: int = 0
    marks: Mapping[str, int] = NOTHING


class Other(Record):
    x: int
    y: int = 0
    marks: Mapping[str, int] = NOTHING


class Named(Record):
    """Equal whatever its last field is."""

    name: str
    where: str = ""

    def _compared(self) -> tuple[Any, ...]:
        return self._values()[:-1]


def test_fields_are_given_in_order_or_by_name() -> None:
    point = Point(1, y=2)

    assert (1, 2, {}) == (point.x, point.y, point.marks)
    assert "Point(x=1, y=2, marks={})" == repr(point)


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((), {"y": 1}), ((1,), {"x": 2}), ((1,), {"z": 2}), ((1, 2, {}, 4), {})],
)
def test_what_is_not_its_fields_makes_none(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Point is made of x, y, marks"):
        Point(*values, **named)


def test_a_copy_may_have_other_values_as_a_named_tuples() -> None:
    point = Point(1, marks={"a": 1})

    assert Point(2, 0, {"a": 1}) == point._replace(x=2)
    assert {"x": 1, "y": 0, "marks": {"a": 1}} == point._asdict()
    with pytest.raises(TypeError, match="Point is made of x, y, marks"):
        point._replace(z=1)


def test_a_record_never_changes() -> None:
    point = Point(1)

    with pytest.raises(AttributeError, match="'x' cannot be set: a Point never changes"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="'x' cannot be deleted"):
        del point.x
    with pytest.raises(AttributeError):
        point.z = 2
    assert not hasattr(point, "__dict__")


def test_records_of_one_class_are_equal_where_their_fields_are() -> None:
    assert Named("a") == Named("a", "main.py:3")
    assert hash(Named("a")) == hash(Named("a", "main.py:3"))
    assert Point(1) != Point(2)
    assert Point(1) != Other(1)
    assert Point(1) != (1, 0, {})


def test_a_record_is_copied_pickled_and_matched() -> None:
    point = Point(1, 2, {"a": 3})

    assert point == copy.deepcopy(point)
    assert point == pickle.loads(pickle.dumps(point))
    match point:
        case Point(x, y):
            assert (1, 2) == (x, y)


def test_the_dataclasses_module_takes_it_for_one_of_its_own() -> None:
    point = Point(1)

    assert dataclasses.is_dataclass(point)
    assert ["x", "y", "marks"] == [field.name for field in dataclasses.fields(point)]
    assert Point(1, 5) == dataclasses.replace(point, y=5)
    assert {"x": 1, "y": 0, "marks": {}} == dataclasses.asdict(point)
