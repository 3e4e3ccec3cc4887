"""What the dashboard tells its own web page: the recorded answer, which never changes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_EXCHANGES = Path(__file__).parents[1] / "conformance" / "dashboard" / "data" / "exchanges.jsonl"


@cache
def recorded_frontend() -> dict[str, Any]:
    """The body of the recorded `GET /api/frontend_spec`."""
    found = map(json.loads, _EXCHANGES.read_text().splitlines())
    text = next(each["response_body"] for each in found if each["path"] == "/api/frontend_spec")
    document: dict[str, Any] = json.loads(text)
    return document
