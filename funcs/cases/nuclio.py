"""Nuclio's saved test events (Nuclio 1.14: ``/api/function_events``), read and written.

One is ``{"metadata", "spec"}``; the dashboard gives several as a map by their names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from funcs.cases.event import HttpEvent, by_name
from funcs.cases.reading import CaseError, Node

_FUNCTION = "nuclio.io/function-name"
#: What Kubernetes, where saved events are resources, takes as a name.
_is_resource_name = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?").fullmatch


def event_of_spec(spec: Node, *, path: str = "/") -> HttpEvent:
    """The event that a saved one's ``spec`` describes; to ``path`` unless it says where.

    Raises:
        CaseError: a value is of a type that Nuclio does not write.
    """
    attributes = spec.node("attributes")
    body = spec.text("body")
    headers = tuple(attributes.pairs("headers"))
    method = attributes.text("method") or ("POST" if body else "GET")
    target = "/" + (attributes.text("path") or path).removeprefix("/")
    return HttpEvent(method, target, headers, body.encode() if body else None)


def saved_events(value: Any, where: str) -> dict[str, HttpEvent]:
    """The events by name in what the dashboard answers: one, a map or a list of them.

    Raises:
        CaseError: it holds something else.
    """
    if isinstance(value, list):
        items = [(f"{where}[{at}]", each) for at, each in enumerate(value)]
    elif is_saved(value):
        items = [(where, value)]
    else:
        items = [(f"{where}  {name}", each) for name, each in Node(value, where).value.items()]
    return by_name(_named(each, place) for place, each in items)


def _named(value: Any, where: str) -> tuple[str, HttpEvent]:
    node = Node(value, where)
    if not is_saved(value):
        raise CaseError("this is no saved Nuclio event: it has no spec", where=where)
    spec = node.node("spec")
    return node.node("metadata").text("name") or spec.text("displayName"), event_of_spec(spec)


def is_saved(value: Any) -> bool:
    """Whether it is one saved event."""
    return isinstance(value, dict) and isinstance(value.get("spec"), dict)


def function_of(value: Any) -> str:
    """The name of the function that a saved event is for; empty where it is not told."""
    match value:
        case {"metadata": {"labels": {"nuclio.io/function-name": str(name)}}}:
            return name
        case _:
            return ""


def to_saved(name: str, event: HttpEvent, *, function: str) -> dict[str, Any]:
    """The event as the dashboard takes it in a POST.

    Raises:
        CaseError: its body is no text, which is all that a saved event holds.
    """
    try:
        body = (event.body or b"").decode()
    except UnicodeDecodeError:
        fix = "leave it out with --only, or export CloudEvents, which may hold bytes"
        raise CaseError(f"the body of event {name!r} is no text", fix=fix) from None
    headers: Mapping[str, str] = dict(event.headers)
    named = {"name": name} if _is_resource_name(name) else {}  # else the dashboard gives one
    return {
        "metadata": {**named, "namespace": "nuclio", "labels": {_FUNCTION: function}},
        "spec": {
            "displayName": name,
            "triggerName": "http",
            "triggerKind": "http",
            "body": body,
            "attributes": {"headers": headers, "method": event.method, "path": event.path},
        },
    }
