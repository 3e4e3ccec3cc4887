"""Greets whoever asks."""

from __future__ import annotations

import os
from typing import Any

from nuclio_sdk import Context, Event


def init_context(context: Context) -> None:
    """Runs once in each worker, before its first event."""
    context.user_data.greeting = os.environ.get("GREETING", "Hello")


def handler(context: Context, event: Event) -> Any:
    """Answers `{"name": …}` with a greeting."""
    if not isinstance(event.body, dict) or not isinstance(event.body.get("name"), str):
        return context.Response(body='send {"name": "…"}', status_code=400)
    who = event.body["name"]
    context.logger.info_with("greeting", who=who)
    return {"greeting": f"{context.user_data.greeting}, {who}!"}
