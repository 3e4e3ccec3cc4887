"""Go's durations, as Nuclio writes them: ``10s``, ``1m30s``, ``250ms``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from funcs.processor.duration import parse_duration
from funcs.spec.part import Text, wrong
from funcs.spec.problem import shown

#: Nobody writes a longer one, and looking through it would take its time.
_MOST_CHARACTERS = 100
#: What fits into Go's 64-bit nanoseconds, about 292 years.
_LONGEST_S = 2**63 / 1e9


def _check(text: str) -> str:
    if not text:
        return text
    fix = "write it as Go does, e.g. '10s', '1m30s' or '250ms'"
    try:
        seconds = parse_duration(text if len(text) <= _MOST_CHARACTERS else "")
    except ValueError:
        raise wrong(f"{shown(text)} is not a duration", fix) from None
    if not 0 < seconds < _LONGEST_S:
        raise wrong(f"{shown(text)} is not between nothing and 292 years", fix)
    return text


#: A duration above zero, kept as written; empty = not set.
Duration = Annotated[Text, AfterValidator(_check)]
