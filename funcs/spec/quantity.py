"""Kubernetes' quantities: ``25m`` of a CPU, ``512Mi`` of memory."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Strict, WithJsonSchema

from funcs.spec.part import wrong
from funcs.spec.problem import shown

_FORM = re.compile(
    r"[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?", re.ASCII
)
_UNITS = {"mb": "M", "gb": "G", "kb": "k", "mib": "Mi", "gib": "Gi", "kib": "Ki"}


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
