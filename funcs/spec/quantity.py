"""Kubernetes' quantities: ``25m`` of a CPU, ``512Mi`` of memory."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Strict, WithJsonSchema

from funcs.spec.part import wrong
from funcs.spec.problem import shown

_FORM = re.compile(
    r"[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?", re.ASCII
)
_SMALL = {"n": -9, "u": -6, "m": -3}
_POWERS = {letter: power for power, letter in enumerate(" kMGTPE")}
_UNITS = {"mb": "M", "gb": "G", "kb": "k", "mib": "Mi", "gib": "Gi", "kib": "Ki"}


def amount(text: str) -> Decimal:
    """The number that a quantity means.

    >>> amount("500m") == amount("0.5"), amount("2Ki"), amount("1.5M")
    (True, Decimal('2048'), Decimal('1500000.0'))

    Raises:
        ValueError: it is none.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no quantity")
    unit = found[2] or ""
    if unit[:1] in ("e", "E") and len(unit) > 1 and unit != "Ei":
        return Decimal(text)
    number = Decimal(text.removesuffix(unit))
    if unit in _SMALL:
        return number.scaleb(_SMALL[unit])
    power = _POWERS[unit[0].replace("K", "k")] if unit else 0
    return number * Decimal(1024 if unit.endswith("i") else 1000) ** power


def _check(value: Any) -> Any:
    """A quantity as text; a bare number is one too, as Kubernetes reads it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return value
    if not _FORM.fullmatch(value):
        raise wrong(f"{shown(value)} is not a quantity", _fix(value))
    return value


def _fix(value: str) -> str:
    number = re.match(r"[0-9.]+", value.strip())
    unit = _UNITS.get(value.strip()[number.end() :].strip().lower()) if number else None
    if number and unit:
        return f"write {number.group() + unit!r}"
    return "write e.g. '500m' of a CPU, '512Mi' of memory"


#: A quantity, kept as text.
Quantity = Annotated[
    str,
    Strict(),
    BeforeValidator(_check),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]
