"""Recorded exchanges: raw requests as events, answers compared as their line says."""

from __future__ import annotations

import base64
import http.client
import io
import json
import math
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgpack

from funcs.event import EventReader
from funcs.response import ResultWriter
from funcs.worker.wire import event_map

DATA = Path(__file__).parent / "data"


def exchanges(name: str) -> list[dict[str, Any]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def event_of(exchange: dict[str, Any]) -> Any:
    """The event that a processor makes of the raw request."""
    head, _, body = base64.b64decode(exchange["request_b64"]).partition(b"\r\n\r\n")
    request_line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = dict(_header(line) for line in lines)
    wire = event_map(
        body=body, content_type=headers.get("Content-Type", ""), headers=headers,
        id="0123456789abcdef0123456789abcdef", method=method,
        path=unquote(target.partition("?")[0]), timestamp=1_700_000_000,
    )  # fmt: skip
    return EventReader(bytes_wanted=True).read(msgpack.packb(wire))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return "-".join(part.capitalize() for part in name.split("-")), value.strip()


def answer_of(response: Any) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body as they would reach the client."""
    made = json.loads(ResultWriter().write(response))
    encoded = made["body_encoding"] == "base64"
    body = base64.b64decode(made["body"]) if encoded else made["body"].encode()
    headers = {name.lower(): value for name, value in made["headers"].items()}
    return made["status_code"], headers | {"content-type": made["content_type"]}, body


class _Received:
    """What http.client wants of a socket, over bytes already read."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self.raw)


def recorded_answer(exchange: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    received: Any = _Received(base64.b64decode(exchange["response_b64"]))
    response = http.client.HTTPResponse(received, method=exchange["request"]["method"])
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return response.status, headers, response.read()


def difference(exchange: dict[str, Any], got: tuple[int, dict[str, str], bytes]) -> str:
    """The first difference from the recorded answer, or ""."""
    want = recorded_answer(exchange)
    if want[0] != got[0]:
        return f"status {got[0]} instead of {want[0]}: {got[2]!r}"
    for name in exchange["compare"]["headers"]:
        if _media(want[1].get(name)) != _media(got[1].get(name)):
            return f"{name}: {got[1].get(name)!r} instead of {want[1].get(name)!r}"
    how = exchange["compare"]["body"]
    if how == "json":
        return json_difference(json.loads(want[2]), json.loads(got[2]), exchange["masks"])
    if how == "tensors":
        return _tensor_difference(want, got, exchange["masks"])
    assert how == "none", f"{how} is not compared here"
    return ""


def _media(value: str | None) -> str:
    return (value or "").partition(";")[0].strip().lower()


def _tensor_difference(
    want: tuple[int, dict[str, str], bytes],
    got: tuple[int, dict[str, str], bytes],
    masks: list[str],
) -> str:
    name = "inference-header-content-length"
    if name not in got[1]:
        return "no Inference-Header-Content-Length"
    wide, broad = int(want[1][name]), int(got[1][name])
    found = json_difference(json.loads(want[2][:wide]), json.loads(got[2][:broad]), masks)
    return found or ("" if want[2][wide:] == got[2][broad:] else "the tensors' bytes differ")


def json_difference(want: Any, got: Any, masks: list[str], at: str = "") -> str:
    """The first difference; a masked place needs the same kind, null is absent, 1 is 1.0."""
    if _kind(want) != _kind(got):
        return f"{at or '/'}: {got!r} instead of {want!r}"
    if at in masks:
        return ""
    if isinstance(want, dict):
        return _object_difference(want, got, masks, at)
    if isinstance(want, list):
        if len(want) != len(got):
            return f"{at or '/'}: {len(got)} items instead of {len(want)}"
        pairs = enumerate(zip(want, got, strict=True))
        found = (json_difference(a, b, masks, f"{at}/{index}") for index, (a, b) in pairs)
        return next(filter(None, found), "")
    same = math.isclose(want, got, rel_tol=1e-6) if _kind(want) == "number" else want == got
    return "" if same or want == got else f"{at or '/'}: {got!r} instead of {want!r}"


def _object_difference(want: dict[str, Any], got: dict[str, Any], masks: list[str], at: str) -> str:
    want = {key: value for key, value in want.items() if value is not None}
    got = {key: value for key, value in got.items() if value is not None}
    for key in sorted(want.keys() | got.keys()):
        here = f"{at}/{key}"
        if f"{here}?" in masks:
            continue
        if key not in got or key not in want:
            return f"{here}: {'missing' if key in want else 'unexpected'}"
        if found := json_difference(want[key], got[key], masks, here):
            return found
    return ""


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else type(value).__name__
