"""CloudEvents 0.1 over HTTP, as Nuclio 1.14 reads them (pkg/processor/cloudevent).

Structured ones fill the event from their JSON, whose field names match in any case; binary ones
from `CE-` headers. What an event does not give is empty (Nuclio leaves there what the caller
before gave, which is not copied).
"""

from __future__ import annotations

import json
import re
from datetime import datetime

from funcs.processor.http_event import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from funcs.processor.http_head import Head

_YEAR_1 = -62135596800
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class CloudEventError(Exception):
    """A cloud event that is none; ``status`` and ``sentence`` are what the client is answered."""

    status = 500
    sentence = b"Failed to wrap structured cloud event"


def binary(head: Head, body: bytes) -> dict[str, Any]:
    """What the event is that the request's headers speak of; the body is its data."""

    def header(name: str) -> str:
        return as_text(head.headers.get(f"Ce-{name}".encode(), b""))

    try:
        timestamp = _timestamp(header("Eventtime"))
    except CloudEventError:
        timestamp = _YEAR_1
    return {
        "trigger": {"kind": header("Source"), "name": header("Name")},
        "id": header("Eventid"),
        "timestamp": timestamp,
        "type": header("Eventtype"),
        "type_version": header("Eventtypeversion"),
        "version": header("Cloudeventsversion"),
    }


def structured(head: Head, body: bytes) -> dict[str, Any]:
    """What the event in ``body`` is.

    Raises:
        CloudEventError: it cannot be read.
    """
    given = _fields(body)
    source, content_type = _text(given, "source"), _text(given, "contenttype")
    data, extensions = given.get("data"), given.get("extensions")
    if not isinstance(extensions, (dict, type(None))):
        raise CloudEventError("extensions are no map")
    is_text = isinstance(data, str)
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return {
        "trigger": {"kind": source, "name": source},
        "id": _text(given, "eventid"),
        "timestamp": _timestamp(_text(given, "eventtime")),
        "type": _text(given, "eventtype"),
        "type_version": _text(given, "eventtypeversion"),
        "version": _text(given, "cloudeventsversion"),
        "offset": _whole(given, "offset"),
        "content_type": content_type,
        "content-type": content_type,
        "headers": extensions,
        "body": content if is_text or isinstance(data, dict) else None,
        "size": len(content) if isinstance(content, bytes) else 0,
    }


def _fields(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_int=float)  # Go knows no other number
    except (ValueError, RecursionError) as error:
        raise CloudEventError(str(error)) from error
    if not isinstance(value, dict):
        raise CloudEventError("this is no JSON object")
    return {key.lower(): item for key, item in value.items()}


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, (str, type(None))):
        raise CloudEventError(f"{name} is no text")
    return value or ""


def _whole(given: dict[str, Any], name: str) -> int:
    value = given.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, float) or not value.is_integer():
        raise CloudEventError(f"{name} is no whole number")
    return int(value)


def seconds_of(text: str) -> int:
    """A time of RFC 3339 in whole seconds since 1970.

    Raises:
        CloudEventError: it is none.
    """
    if not _RFC3339.fullmatch(text):
        raise CloudEventError(f"{text!r} is no time")
    try:
        moment = datetime.fromisoformat(text)
        return int(moment.timestamp() // 1)
    except (ValueError, OverflowError) as error:
        raise CloudEventError(str(error)) from error


def _timestamp(text: str) -> int:
    return seconds_of(text) if text else _YEAR_1
