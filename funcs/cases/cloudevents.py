"""CloudEvents in files, read and written: version 1.0 in JSON, one, a batch, or one a line.

Read, each becomes a structured event by HTTP, as its file has it. Written, an HTTP event is the
``data`` of one; method, path and headers, which CloudEvents does not know, are extensions.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from funcs.cases.event import HttpEvent, by_name
from funcs.cases.reading import CaseError, Node, encoded

_STRUCTURED = "application/cloudevents+json"
_TYPE = "io.funcs.http.request"
_FUNCTIONS = "/functions/"
#: Our extensions; their names are lower case, as CloudEvents has it.
_METHOD, _PATH, _HEADERS = "httpmethod", "httppath", "httpheaders"


def is_cloud_event(value: Any) -> bool:
    """Whether it is one, of version 1.0 or of 0.1, which Nuclio 1.14 reads."""
    if not isinstance(value, dict):
        return False
    return "specversion" in value or "cloudEventsVersion" in value


def cloud_events(value: Any, where: str) -> dict[str, HttpEvent]:
    """The events by id: one, or a batch.

    Raises:
        CaseError: it holds something else.
    """
    if not isinstance(value, list):
        return by_name([_named(value, where)])
    return by_name(_named(each, f"{where}[{at}]") for at, each in enumerate(value))


def _named(value: Any, where: str) -> tuple[str, HttpEvent]:
    node = Node(value, where)
    if not is_cloud_event(value):
        raise CaseError("this is no CloudEvent: it has no specversion", where=where)
    return node.text("id") or node.text("eventID"), _event(node)


def function_of_source(value: Any) -> str:
    """The name of the function in the source of an event of ours; empty where there is none."""
    source = value.get("source")
    is_ours = isinstance(source, str) and value.get("type") == _TYPE
    return source.removeprefix(_FUNCTIONS) if is_ours and source.startswith(_FUNCTIONS) else ""


def to_cloud_event(
    name: str, event: HttpEvent, *, function: str, received_at: float | None = None
) -> dict[str, Any]:
    """The event as a CloudEvent of version 1.0; JSON is ``data`` as a value, bytes are base64."""
    written: dict[str, Any] = {
        "specversion": "1.0",
        "id": name,
        "source": f"{_FUNCTIONS}{function}",
        "type": _TYPE,
        _METHOD: event.method,
        _PATH: event.path,
        _HEADERS: json.dumps(dict(event.headers)),
    }
    if received_at is not None:
        written["time"] = datetime.fromtimestamp(received_at, UTC).isoformat()
    if kind := event.header("content-type"):
        written["datacontenttype"] = kind
    if event.body is not None:
        written |= _data(event.body, is_json=_is_json(kind))
    return written


def _data(body: bytes, *, is_json: bool) -> dict[str, Any]:
    """JSON as a value, other text as text, all else in base64 (CloudEvents 1.0 JSON, 3.1.1)."""
    try:
        return {"data": json.loads(body) if is_json else body.decode()}
    except (ValueError, RecursionError):
        return {"data_base64": b64encode(body).decode()}


def _is_json(kind: str) -> bool:
    plain = kind.partition(";")[0].strip().lower()
    return plain == "application/json" or plain.endswith("+json")


def _event(node: Node) -> HttpEvent:
    if node.value.get("type") == _TYPE and _METHOD in node:
        return _ours(node)
    return HttpEvent("POST", "/", (("Content-Type", _STRUCTURED),), encoded(node.value))


def _ours(node: Node) -> HttpEvent:
    """The HTTP event that was written as a CloudEvent."""
    try:
        headers = Node(json.loads(node.text(_HEADERS, "{}")), node.at(_HEADERS))
    except ValueError as error:
        raise CaseError(f"this is no JSON: {error}", where=node.at(_HEADERS)) from None
    pairs = tuple((name, headers.text(name)) for name in headers.value)
    body = node.base64("data_base64") if "data_base64" in node else None
    if "data" in node.value:
        data = node.value["data"]
        is_json = _is_json(node.text("datacontenttype"))
        body = encoded(data) if is_json else node.text("data").encode()
    return HttpEvent(node.text(_METHOD), node.text(_PATH, "/"), pairs, body)
