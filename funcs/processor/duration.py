"""Go's durations, which Nuclio's configuration is written in."""

from __future__ import annotations

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_UNITS["h"] = 3600.0
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")


def parse_duration(text: str) -> float:
    """The seconds in a duration as Go writes it.

    Raises:
        ValueError: it is none; the message is Go's (time.ParseDuration).

    >>> parse_duration("1m30s"), parse_duration("500ms")
    (90.0, 0.5)
    """
    sign = -1.0 if text.startswith("-") else 1.0
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0.0
    seconds, at = 0.0, 0
    while match := _PART.match(rest, at):
        seconds += float(match[1]) * _UNITS[match[2]]
        at = match.end()
    if not rest or at < len(rest):
        raise ValueError(f'time: invalid duration "{text}"')
    return sign * seconds
