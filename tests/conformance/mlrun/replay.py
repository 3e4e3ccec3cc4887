"""Recorded cases: their requests as events, their answers in one normal form."""

from __future__ import annotations

import base64
import json
import math
import re
from pathlib import Path
from typing import Any

import msgpack

from funcs.event import EventReader
from funcs.response import ResultWriter

_MASKS = [
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<id>"),
    (re.compile(r" at 0x[0-9a-f]+"), " at <address>"),
]


def cases(path: Path) -> list[dict[str, Any]]:
    """The recorded cases of a file that were also played behind Nuclio."""
    lines = path.read_text(encoding="utf-8").splitlines()
    read = [json.loads(line) for line in lines]
    return [case for case in read if "nuclio" in case["expected"]]


def event_of(request: dict[str, Any], *, bytes_wanted: bool) -> Any:
    """The event that a processor makes of a request, read by our worker or as Nuclio's reads it."""
    body = _body(request)
    content_type = request.get("content_type")
    if content_type is None:
        content_type = "application/json" if request.get("body") is not None else ""
    trigger = request.get("trigger") or {"kind": "http", "name": "default-http"}
    headers = {_canonical(name): value for name, value in (request.get("headers") or {}).items()}
    path = request.get("path", "/")
    wire = {
        "body": body,
        "content_type": content_type,
        "trigger": trigger,
        "fields": {},
        "headers": headers | ({"Content-Type": content_type} if content_type else {}),
        "id": request.get("event_id") or "0123456789abcdef0123456789abcdef",
        "method": request.get("method") or ("POST" if body else "GET"),
        "path": path,
        "size": len(body),
        "timestamp": 1_700_000_000,
        "url": f"http://localhost:8080{path}",
        "shard_id": 0,
        "num_shards": 1,
        "type": "",
        "type_version": "",
        "version": "",
        "offset": 0,
        "topic": trigger.get("name", ""),
    }
    return EventReader(bytes_wanted=bytes_wanted).read(msgpack.packb(wire))


def _body(request: dict[str, Any]) -> bytes:
    if "base64" in request:
        return base64.b64decode(request["base64"])
    if "text" in request:
        return str(request["text"]).encode()
    body = request.get("body")
    return b"" if body is None else json.dumps(body).encode()


def _canonical(name: str) -> str:
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def answer_of(response: Any) -> dict[str, Any]:
    """What leaves for the processor, in the normal form of the recordings."""
    made = json.loads(ResultWriter().write(response))
    body: Any = made["body"]
    if made["body_encoding"] == "base64":
        body = {"$bytes": masked(base64.b64decode(body).decode())}
    else:
        body = masked(body)
    return {
        "kind": "wire",
        "status": made["status_code"],
        "content_type": made["content_type"],
        "headers": made["headers"],
        "body": body,
        "encoding": made["body_encoding"],
    }


def masked(text: str) -> str:
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def same(expected: Any, actual: Any) -> bool:
    """Equal, floats to 1e-9; text that is JSON on both sides is compared parsed."""
    if isinstance(expected, float) and isinstance(actual, (int, float)):
        return math.isclose(expected, actual, rel_tol=1e-9, abs_tol=1e-12)
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, dict):
        return expected.keys() == actual.keys() and all(
            same(expected[key], actual[key]) for key in expected
        )
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if expected == actual:
        return True
    if isinstance(expected, str) and expected[:1] in '{["' and actual[:1] == expected[:1]:
        try:
            return same(json.loads(expected), json.loads(actual))
        except ValueError:
            return False
    return False
