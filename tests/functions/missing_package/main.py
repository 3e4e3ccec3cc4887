from __future__ import annotations

from typing import Any

import helper  # type: ignore[import-not-found]


def handler(context: Any, event: Any) -> object:
    return helper.read(event.body)
