"""Replays recorded exchanges of the real dashboard against the emulated one, and compares."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DATA = Path(__file__).parent / "data"
_CHANGING = {"errorStackTrace", "time", "requestID", "updatedAt", "timestamp", "versionInfo"}
#: Fields of log lines that only say again what status.message says, or where.
_REPEATED = {"err", "errVerbose", "httpPort", "internalInvocationURLs", "registryURL", "image"}
_PORT = re.compile(r"\b(127\.0\.0\.1|172\.17\.0\.\d+):\d{4,5}\b")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


@dataclass(frozen=True)
class Seen:
    """What of an answer is the same from run to run."""

    status: int | None
    content_type: str
    allow: tuple[str, ...]
    body: Any


NO_ANSWER = Seen(None, "", (), "")


@cache
def exchanges() -> dict[str, dict[str, Any]]:
    """The recorded exchanges with the dashboard, in order, by id."""
    lines = (DATA / "exchanges.jsonl").read_text().splitlines()
    found = map(json.loads, lines)
    return {each["id"]: each for each in found if each["target"] == "dashboard"}


@cache
def sequences() -> dict[str, dict[str, Any]]:
    """The recorded sequences of states, by id."""
    lines = (DATA / "states.jsonl").read_text().splitlines()
    return {each["id"]: each for each in map(json.loads, lines)}


def recorded(exchange: dict[str, Any]) -> Seen:
    """What the real dashboard answered."""
    return _seen(
        exchange["status"],
        exchange["response_headers"] or (),
        (exchange.get("response_body") or "").encode(),
    )


def replayed(exchange: dict[str, Any], url: str, body: bytes | None = None) -> Seen:
    """What the dashboard at ``url`` answers to the same request; of an endless answer, its start.

    Raises:
        OSError: it does not answer.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    sent = exchange.get("request_body")
    data = body if body is not None else sent.encode() if sent is not None else None
    skipped = ("host", "connection", "content-length")
    headers = {
        name: value for name, value in exchange["request_headers"] if name.lower() not in skipped
    }
    try:
        connection.request(exchange["method"], exchange["path"], body=data, headers=headers)
        answer = connection.getresponse()
        # one that was recorded without an end has none here either
        text = answer.read1() if exchange.get("transport_error") else answer.read()
        return _seen(answer.status, answer.getheaders(), text)
    finally:
        connection.close()


def _seen(status: int | None, headers: Any, body: bytes) -> Seen:
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    allowed = tuple(value for name, value in headers if name.lower() == "allow")
    return Seen(status, "".join(kinds), allowed, _stable(body.decode("utf-8", "replace")))


def _stable(text: str) -> Any:
    """The body without what changes from run to run; JSON as values."""
    try:
        return stable(json.loads(text))
    except ValueError:
        return _masked(text)


def stable(value: Any) -> Any:
    """The value without times, addresses, and the insides of stacks."""
    if isinstance(value, dict):
        kept = {_masked(key): stable(item) for key, item in value.items() if key not in _CHANGING}
        if "message" in kept and "state" in kept:
            kept["message"] = next(iter(kept["message"].split("\n    ")), "").strip()
        if "level" in kept:
            kept = {key: item for key, item in kept.items() if key not in _REPEATED}
        if isinstance(kept.get("httpPort"), int) and kept["httpPort"] > 0:
            kept["httpPort"] = "PORT"
        return kept
    if isinstance(value, list):
        return [stable(item) for item in value]
    return _masked(value) if isinstance(value, str) else value


def _masked(text: str) -> str:
    return _UUID.sub("UUID", _PORT.sub(r"HOST:PORT", text))


def whole_body(exchange: dict[str, Any]) -> bytes | None:
    """The request's body, as long as it was: the recording keeps the first 2000 bytes."""
    text = exchange.get("request_body")
    if text is None or not exchange.get("request_body_truncated"):
        return text.encode() if text is not None else None
    open_ones: list[str] = []
    is_text = False
    for character in text:  # none of them holds an escaped quote
        if character == '"':
            is_text = not is_text
        elif not is_text and character in "{[":
            open_ones.append("}" if character == "{" else "]")
        elif not is_text and character in "}]":
            open_ones.pop()
    end = ('"' if is_text else "") + "".join(reversed(open_ones))
    return f"{text}{'z' * (exchange['request_body_bytes'] - len(text) - len(end))}{end}".encode()


def inspected(name: str) -> dict[str, Any]:
    """What `docker inspect` said of a recorded container."""
    document: dict[str, Any] = json.loads((DATA / "inspect" / f"{name}.json").read_text())
    return document
