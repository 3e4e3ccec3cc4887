"""Writes events in the forms of others: Nuclio's saved events, CloudEvents, a case of ours."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

from funcs.cases.cloudevents import to_cloud_event
from funcs.cases.event import HttpEvent, by_name
from funcs.cases.nuclio import to_saved
from funcs.compare.paths import text_of
from funcs.errors import FuncsError
from funcs.replay.comparing import new_in_each
from funcs.replay.source import Item
from funcs.tape.form import MASK


def to_nuclio(items: Sequence[Item], function: str) -> Any:
    """As the dashboard lists saved events: a map by their names.

    Raises:
        CaseError: a body is no text.
    """
    return {
        name: to_saved(name, item.event, function=function)
        for name, item in by_name((each.id, each) for each in items).items()
    }


def to_cloud_events(items: Sequence[Item], function: str) -> Any:
    """As a batch of CloudEvents."""
    return [
        to_cloud_event(name, item.event, function=function, received_at=item.at or None)
        for name, item in by_name((each.id, each) for each in items).items()
    ]


def to_case(items: Sequence[Item], function: str) -> Any:
    """As a file of ``events/``: the event, and as its answer the recorded one.

    Raises:
        FuncsError: there is not one event, but none or several.
    """
    if len(items) != 1:
        fix = "choose one with --only ID"
        raise FuncsError(f"a file of events/ holds one event, not {len(items)}", fix=fix)
    item = items[0]
    about = f"recorded from {function or 'a function'}"
    return {"about": about, "event": _event(item.event), "answer": _answer(item)}


#: What each ``--export`` writes.
FORMS: dict[str, Callable[[Sequence[Item], str], Any]] = {
    "nuclio": to_nuclio,
    "cloudevents": to_cloud_events,
    "event": to_case,
}


def _event(event: HttpEvent) -> dict[str, Any]:
    written: dict[str, Any] = {"method": event.method, "path": event.path}
    if event.headers:
        written["headers"] = dict(event.headers)
    return written | _body(event.body, event.header("content-type"))


def _answer(item: Item) -> dict[str, Any]:
    answer = item.answer
    if answer is None:
        return {}
    written: dict[str, Any] = {"status": answer.status}
    if item.has_body:
        body = _body(answer.body or None, answer.headers.get("content-type", ""))
        written |= {key: _expected(value) for key, value in body.items()}
        if new := new_in_each(item):
            written["ignore"] = [text_of(place) for place in new]
    return written


def _expected(value: Any) -> Any:
    """A recorded value as one that is expected: a matcher where it would be taken for one."""
    if isinstance(value, list):
        return [_expected(each) for each in value]
    if isinstance(value, dict):
        if any(key.startswith("$") for key in value):
            return {"$equals": value}
        return {key: _expected(each) for key, each in value.items()}
    return {"$any": True} if value == MASK else value


def _body(body: bytes | None, kind: str) -> dict[str, Any]:
    if body is None:
        return {}
    try:
        return {"json": json.loads(body)} if "json" in kind else {"text": body.decode()}
    except (ValueError, RecursionError):
        return {"base64": b64encode(body).decode()}
