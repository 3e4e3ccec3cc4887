"""What an expected value may say instead of a value: ``{"$type": "number"}`` and its like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from funcs.compare.difference import Difference, Said
from funcs.compare.paths import Place
from funcs.compare.values import Matcher, Rules, differences, is_number
from funcs.errors import FuncsError
from funcs.suggest import did_you_mean

#: JSON Schema's names of types.
TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": lambda value: is_number(value) and (isinstance(value, int) or value.is_integer()),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class MatcherError(FuncsError):
    """A matcher cannot be read."""


@dataclass(frozen=True, slots=True)
class Anything(Matcher):
    """``{"$any": true}``: takes whatever is there."""

    def differences(self, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
        """None."""
        yield from ()

    def __str__(self) -> str:
        return "anything"


@dataclass(frozen=True, slots=True)
class OfType(Matcher):
    """``{"$type": "number"}``: takes values of one of JSON Schema's types."""

    name: str

    def differences(self, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
        """One, if it is of another."""
        if not TYPES[self.name](actual):
            yield Difference(place, Said(self), actual)

    def __str__(self) -> str:
        return f"any {self.name}"


@dataclass(frozen=True, slots=True)
class Contains(Matcher):
    """``{"$contains": part}``: takes text that holds a text, or a list that holds an item."""

    part: Any

    def differences(self, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
        """One, if the part is not there."""
        if isinstance(actual, str):
            is_there = isinstance(self.part, str) and self.part in actual
        elif isinstance(actual, list):
            is_there = any(not any(differences(self.part, each, (), rules)) for each in actual)
        else:
            is_there = False
        if not is_there:
            yield Difference(place, Said(self), actual)

    def __str__(self) -> str:
        return f"something that contains {self.part!r}"


@dataclass(frozen=True, slots=True)
class Matches(Matcher):
    """``{"$matches": "^v[0-9]+$"}``: takes text in which the regular expression is found."""

    expression: re.Pattern[str]

    def differences(self, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
        """One, if it is not found."""
        if not isinstance(actual, str) or not self.expression.search(actual):
            yield Difference(place, Said(self), actual)

    def __str__(self) -> str:
        return f"text that matches {self.expression.pattern!r}"


@dataclass(frozen=True, slots=True)
class Near(Matcher):
    """``{"$near": 0.93, "$tolerance": 0.01}``: takes numbers so near, measured as `Rules` does."""

    number: float
    tolerance: float

    def differences(self, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
        """One, if it is farther, or no number."""
        near = Rules(self.tolerance)
        if not is_number(actual) or not near.same_number(self.number, actual):
            yield Difference(place, Said(self), actual)

    def __str__(self) -> str:
        return f"{self.number!r} within {self.tolerance:g}"


@dataclass(frozen=True, slots=True)
class Equals(Matcher):
    """``{"$equals": value}``: takes that value alone, with no more keys, ``$`` being a letter."""

    value: Any

    def differences(self, actual: Any, place: Place, rules: Rules) -> Iterator[Difference]:
        """As those of two plain values."""
        exact = Rules(rules.tolerance, rules.ignored, is_exact=True)
        return differences(self.value, actual, place, exact)

    def __str__(self) -> str:
        return repr(self.value)


def with_matchers(value: Any, *, where: str) -> Any:
    """``value`` with a `Matcher` for each map whose keys begin with ``$``.

    Raises:
        MatcherError: there is no such matcher, or it cannot take its argument.
    """
    if isinstance(value, list):
        return [with_matchers(each, where=f"{where}[{at}]") for at, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if any(key.startswith("$") for key in value):
        return _matcher(value, where)
    return {key: with_matchers(each, where=f"{where}.{key}") for key, each in value.items()}


def _matcher(value: dict[str, Any], where: str) -> Matcher:
    tolerance = value.get("$tolerance")
    names = [key for key in value if key != "$tolerance"]
    if len(names) != 1 or (tolerance is not None and names != ["$near"]):
        what = f"a matcher is one of {', '.join(_MAKERS)}, got {', '.join(value)}"
        fix = 'write a map of data that has such keys as {"$equals": …}'
        raise MatcherError(what, where=where, fix=fix)
    name = names[0]
    if name not in _MAKERS:
        fix = did_you_mean(name, _MAKERS, noun="matchers")
        raise MatcherError(f"there is no matcher {name!r}", where=where, fix=fix)
    return _MAKERS[name](value[name], tolerance, where)


def _any(argument: Any, _: Any, where: str) -> Matcher:
    if argument is not True:
        raise MatcherError("$any takes true alone", where=where, fix='write {"$any": true}')
    return Anything()


def _type(argument: Any, _: Any, where: str) -> Matcher:
    if not isinstance(argument, str) or argument not in TYPES:
        fix = did_you_mean(str(argument), TYPES, noun="types")
        raise MatcherError(f"there is no type {argument!r}", where=where, fix=fix)
    return OfType(argument)


def _contains(argument: Any, _: Any, where: str) -> Matcher:
    return Contains(with_matchers(argument, where=f"{where}.$contains"))


def _matches(argument: Any, _: Any, where: str) -> Matcher:
    try:
        return Matches(re.compile(argument))
    except (re.error, TypeError) as error:
        what = f"$matches takes a regular expression, got {argument!r}: {error}"
        raise MatcherError(what, where=where) from None


def _near(argument: Any, tolerance: Any, where: str) -> Matcher:
    within = 1e-6 if tolerance is None else tolerance
    if not is_number(argument) or not is_number(within) or not within >= 0:
        fix = 'write {"$near": 0.93, "$tolerance": 0.01}'
        raise MatcherError("$near takes a number, $tolerance one from 0", where=where, fix=fix)
    return Near(argument, within)


def _equals(argument: Any, _: Any, where: str) -> Matcher:
    return Equals(argument)


_MAKERS: dict[str, Callable[[Any, Any, str], Matcher]] = {
    "$any": _any,
    "$type": _type,
    "$contains": _contains,
    "$matches": _matches,
    "$near": _near,
    "$equals": _equals,
}
