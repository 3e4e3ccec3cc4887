from __future__ import annotations

from typing import Any

from rates import RATE  # type: ignore[import-not-found]


def handler(context: Any, event: Any) -> float:
    return float(RATE)
