"""CloudEvents 1.0 over HTTP, structured in JSON or binary; both make the same event.

A handler reads `event.id`, `event.type`, `event.timestamp` and, as of Nuclio's older cloud events,
`event.trigger.kind` (the source) and `event.version`; every attribute, extensions too, is a header
as the binary mode has it: `Ce-Subject`. The body and its content type are the data's own.
Sources: CloudEvents 1.0.2, its JSON format, its HTTP binding.
"""

from __future__ import annotations

import binascii
import json
import re
from urllib.parse import quote, unquote

from funcs.processor.cloudevents_0_1 import CloudEventError, seconds_of
from funcs.processor.http_event import as_text
from funcs.processor.http_head import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from funcs.processor.http_head import Head

_STRUCTURED = b"application/cloudevents"
_PREFIX = b"Ce-"
_NAME = re.compile(r"[a-z0-9]{1,256}")
_NO_ATTRIBUTES = frozenset({"data", "data_base64"})
_REQUIRED = ("id", "source", "type")
#: What a header's value holds as it is; the rest is percent-encoded (HTTP binding, 3.1.3.2).
_AS_IT_IS = "".join(map(chr, range(0x21, 0x7F))).replace('"', "").replace("%", "")
_JSON = re.compile(r"[^;]*[/+]json\s*(;.*)?", re.IGNORECASE)


class BadCloudEventError(CloudEventError):
    """It does not keep to CloudEvents 1.0, or comes in a form that is not taken."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status
        self.sentence = f"This is no cloud event that can be read: {why}".encode("utf-8", "replace")


def structured(head: Head, body: bytes) -> dict[str, Any]:
    """What the event in ``body`` is; empty if its JSON does not speak of 1.0.

    Raises:
        BadCloudEventError: it is malformed, in another format than JSON, or a batch.
    """
    form = head.content_type[len(_STRUCTURED) :].partition(b";")[0].strip().lower()
    if form.startswith(b"-batch"):
        raise BadCloudEventError("batches are not taken, send each event by itself", 415)
    if form not in (b"", b"+json"):
        raise BadCloudEventError("the only format is application/cloudevents+json", 415)
    given = _object(body)
    version = given.get("specversion")
    if version is None:
        return {}
    if not isinstance(version, str) or not version.startswith("1."):
        raise BadCloudEventError(f"specversion {version!r} is not 1.0")
    attributes = {
        name: _value(name, value)
        for name, value in given.items()
        if name not in _NO_ATTRIBUTES and value is not None
    }
    content_type = attributes.pop("datacontenttype", "")
    data, content_type = _data(given, content_type)
    headers = {as_text(name): as_text(value) for name, value in head.headers.items()}
    headers.pop("Transfer-Encoding", None)
    for name, value in attributes.items():
        headers[as_text(_PREFIX + canonical(name.encode()))] = quote(value, safe=_AS_IT_IS)
    headers |= {"Content-Type": content_type, "Content-Length": str(len(data or b""))}
    if not content_type:
        del headers["Content-Type"]
    return {
        **_attributes(attributes),
        "headers": headers,
        "content_type": content_type,
        "content-type": content_type,
        "body": data,
        "size": len(data or b""),
    }


def binary(head: Head, body: bytes) -> dict[str, Any]:
    """What the event is that the request's headers speak of; the body is its data.

    Raises:
        BadCloudEventError: an attribute is missing, or malformed.
    """
    return _attributes({
        as_text(name[len(_PREFIX) :]).lower(): unquote(as_text(value), errors="surrogateescape")
        for name, value in head.headers.items()
        if name.startswith(_PREFIX)
    })  # fmt: skip


def _attributes(given: dict[str, str]) -> dict[str, Any]:
    """What an event shows of its attributes."""
    for name in _REQUIRED:
        if not given.get(name):
            raise BadCloudEventError(f"{name} is missing")
    event: dict[str, Any] = {
        "id": given["id"],
        "type": given["type"],
        "trigger": {"kind": given["source"], "name": given["source"]},
        "version": given["specversion"],
    }
    if time := given.get("time"):
        try:
            event["timestamp"] = seconds_of(time.upper())
        except CloudEventError as error:
            raise BadCloudEventError(f"{time!r} is no time of RFC 3339") from error
    return event


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadCloudEventError(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadCloudEventError("the body is no JSON object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _value(name: str, value: object) -> str:
    """An attribute as a header has it: text, a whole number, or true or false."""
    if not _NAME.fullmatch(name):
        raise BadCloudEventError(f"{name!r} is no attribute's name: small letters and digits")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) < 1 << 31:
        return str(value)
    if not isinstance(value, str):
        raise BadCloudEventError(f"{name} is neither text, a whole number nor true or false")
    return value.encode("utf-8", "replace").decode()


def _data(given: dict[str, Any], content_type: str) -> tuple[bytes | None, str]:
    """The data as bytes, and their type; without one it is JSON (JSON format, 3.1)."""
    packed, data = given.get("data_base64"), given.get("data")
    if packed is not None:
        if data is not None or not isinstance(packed, str):
            raise BadCloudEventError("data_base64 is no text, or data is there too")
        try:
            return binascii.a2b_base64(packed, strict_mode=True), content_type
        except ValueError as error:
            raise BadCloudEventError(f"data_base64 is not base64: {error}") from error
    if data is None:
        return None, content_type
    if isinstance(data, str) and content_type and not _JSON.fullmatch(content_type):
        return data.encode("utf-8", "replace"), content_type
    try:
        return json.dumps(data, allow_nan=False).encode(), content_type or "application/json"
    except (ValueError, RecursionError) as error:
        raise BadCloudEventError(f"data is not JSON: {error}") from error
