"""The time of day as text, without formatting the same second twice."""

from __future__ import annotations

import time


class Clock:
    """Formats the current time for envelopes that carry one."""

    __slots__ = ("_second",)

    def __init__(self) -> None:
        self._second = (-1, "")

    def timestamp(self) -> str:
        """Now in UTC, ``2026-01-31 23:59:59.000001+00:00``."""
        seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
        known, text = self._second
        if seconds != known:
            text = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
            self._second = (seconds, text)
        return f"{text}.{nanos // 1000:06d}+00:00"
