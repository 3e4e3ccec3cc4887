from __future__ import annotations

from typing import Any


def handle(context: Any, event: Any) -> str:
    return "hello"
