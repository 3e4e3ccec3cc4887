from __future__ import annotations

from typing import Any


def handler(context: Any, event: Any) -> str:
    return "hello"
