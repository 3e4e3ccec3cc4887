"""Quantities as Go's library of Kubernetes writes them, whichever way they were said."""

from __future__ import annotations

from collections.abc import Mapping

_THOUSANDS = ("m", "", "k", "M", "G", "T", "P", "E")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def canonical(quantities: Mapping[str, object]) -> dict[str, str]:
    """Each of them with the largest unit that leaves a whole number.

    >>> canonical({"cpu": "0.5", "memory": "1024Mi", "disk": "1000M"})
    {'cpu': '500m', 'memory': '1Gi', 'disk': '1G'}
    """
    return {name: _canonical(str(text)) for name, text in quantities.items()}


def _canonical(text: str) -> str:
    units, step = (_BINARY, 1024) if text.endswith("i") else (_THOUSANDS, 1000)
    unit = text.lstrip("0123456789.")
    number, at = float(text.removesuffix(unit)), units.index(unit)
    while number != int(number) and at:
        number, at = number * step, at - 1
    while number and number % step == 0 and at + 1 < len(units):
        number, at = number / step, at + 1
    return f"{int(number)}{units[at]}"
