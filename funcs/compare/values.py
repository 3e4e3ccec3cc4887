"""Compares decoded values: JSON, and arrays of numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from funcs.compare.difference import ABSENT, Difference, Said
from funcs.compare.paths import Pattern, Place, is_covered

if TYPE_CHECKING:
    from funcs.arrays import Array

_MOST_OF_ARRAY = 10
#: A tolerance up to this is for how fractions are rounded: whole numbers are not.
ROUNDING = 1e-6


class Matcher:
    """Stands in an expected value for all that it takes."""

    def differences(self, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
        """What is wrong with ``actual``; nothing if it is taken."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Rules:
    """How strictly values are compared.

    Numbers are the same within ``tolerance`` × the larger of both and 1: relative above 1,
    absolute below; two whole ones only if it is more than `ROUNDING`. ``ignored`` places are
    passed over. With ``is_exact`` a map must not hold keys that are not expected.
    """

    tolerance: float = 0.0
    ignored: tuple[Pattern, ...] = ()
    is_exact: bool = True

    def ignores(self, place: Place) -> bool:
        """Whether what stands there does not count."""
        return bool(self.ignored) and is_covered(place, self.ignored)

    def same_number(self, expected: float, actual: float) -> bool:
        """Whether two numbers are the same.

        >>> Rules(1e-6).same_number(1000000.0, 1000000.5)
        True
        """
        if expected == actual:
            return True
        if isinstance(expected, int) and isinstance(actual, int) and self.tolerance <= ROUNDING:
            return False
        try:
            if math.isfinite(expected) and math.isfinite(actual):
                bound = self.tolerance * max(1, abs(expected), abs(actual))
                return abs(expected - actual) <= bound
        except OverflowError:  # a whole number beyond all floats
            return False
        return math.isnan(expected) and math.isnan(actual)


def differences(expected: Any, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
    """Every difference, in the order of what was expected; one for each number that is off."""
    if rules.ignores(place):
        return
    if isinstance(expected, Matcher):
        yield from expected.differences(actual, place, rules)
    elif isinstance(expected, Mapping) and isinstance(actual, Mapping):
        yield from _of_maps(expected, actual, place, rules)
    elif isinstance(expected, list) and isinstance(actual, list):
        yield from _of_lists(expected, actual, place, rules)
    elif hasattr(expected, "dtype") and hasattr(actual, "dtype"):
        yield from _of_arrays(expected, actual, place, rules)
    elif not _are_same(expected, actual, rules):
        yield Difference(place, expected, actual)


def _are_same(expected: Any, actual: Any, rules: Rules) -> bool:
    """Whether two single values are the same; of others, that they are of one kind and equal."""
    if is_number(expected) and is_number(actual):
        return rules.same_number(expected, actual)
    is_told = hasattr(expected, "dtype") or hasattr(actual, "dtype")
    return not is_told and type(expected) is type(actual) and bool(expected == actual)


def is_number(value: object) -> bool:
    """Whether it is one of JSON's numbers."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _of_maps(
    expected: Mapping[str, Any], actual: Mapping[str, Any], place: Place, rules: Rules
) -> Iterator[Difference]:
    for key, value in expected.items():
        if key in actual:
            yield from differences(value, actual[key], (*place, key), rules)
        elif not rules.ignores((*place, key)):
            yield Difference((*place, key), _told(value), ABSENT)
    if rules.is_exact:
        for key, value in actual.items():
            if key not in expected and not rules.ignores((*place, key)):
                yield Difference((*place, key), ABSENT, value)


def _of_lists(
    expected: list[Any], actual: list[Any], place: Place, rules: Rules
) -> Iterator[Difference]:
    if len(expected) != len(actual):
        yield Difference(place, Said(_count(expected)), Said(_count(actual)))
    for at, (one, other) in enumerate(zip(expected, actual, strict=False)):
        yield from differences(one, other, (*place, at), rules)


def _of_arrays(expected: Array, actual: Array, place: Place, rules: Rules) -> Iterator[Difference]:
    """Arrays of one dtype and shape; of many numbers that are off, the first few and the count."""
    import numpy

    if expected.dtype != actual.dtype or expected.shape != actual.shape:
        told = [Said(f"{each.dtype} {list(each.shape)}") for each in (expected, actual)]
        yield Difference(place, *told)
        return
    wanted, came = expected.ravel(), actual.ravel()
    off = wanted != came
    is_whole = expected.dtype.kind in "iu"
    if expected.dtype.kind == "f" or (is_whole and rules.tolerance > ROUNDING):
        one, other = wanted.astype(float), came.astype(float)
        with numpy.errstate(all="ignore"):
            bound = rules.tolerance * numpy.maximum(1, numpy.maximum(abs(one), abs(other)))
            is_finite = numpy.isfinite(one) & numpy.isfinite(other)
            is_near = is_finite & (abs(one - other) <= bound)
        off &= ~is_near & ~(numpy.isnan(one) & numpy.isnan(other))
    indices = numpy.flatnonzero(off).tolist()
    if rules.ignored:
        indices = [at for at in indices if not rules.ignores((*place, at))]
    for at in indices[:_MOST_OF_ARRAY]:
        yield Difference((*place, at), wanted[at].item(), came[at].item())
    if len(indices) > _MOST_OF_ARRAY:
        same = Said(f"{len(wanted)} numbers")
        yield Difference(place, same, Said(f"{len(indices)} of them others"))


def _told(value: Any) -> Any:
    return Said(str(value)) if isinstance(value, Matcher) else value


def _count(items: list[Any]) -> str:
    return "1 item" if len(items) == 1 else f"{len(items)} items"
