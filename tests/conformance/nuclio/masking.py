"""Hides what may differ between a recorded answer and one of now, in both alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

Mask = str | dict[str, str]

_DATE = re.compile(rb"\r\nDate: [^\r]+ GMT")
_FRAME = re.compile(rb'  File "([^"]*)", line \d+, in [^\n]*\n(?:    [^\n]*\n)*')
_HEAD = re.compile(rb"(HTTP/1\.1 \d{1,4} [^\r]*\r\n)(.*?)\r\n\r\n", re.DOTALL)
_SPACED = re.compile(r'[\[{]+"(?:[^"\\]|\\.)*": ')
_PATTERNS: dict[str, tuple[bytes, bytes]] = {
    "uuid": (rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", b"<uuid>"),
    "length": (rb"(?i)(\r\nContent-Length: )\d+", rb"\1<length>"),
    "epoch-ms": (rb'(?<=time":)1\d{12}(?:\.\d+)?', b"<epoch-ms>"),
    "datetime": (rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|\+00:00)?", b"<datetime>"),
    "log-datetime": (rb'("datetime": )"[^"]*"', rb'\1"<datetime>"'),
    "address": (rb"0x[0-9a-f]{6,}", b"<address>"),
    "duration": (rb'("duration": )[0-9.e-]+', rb"\1<seconds>"),
    "console-time": (rb"\d\d\.\d\d\.\d\d \d\d:\d\d:\d\d\.\d{3}", b"<time>"),
    "pid": (rb'((?i:pid)"?: ?)\d+', rb"\1<pid>"),
}


def masked(data: bytes, masks: Sequence[Mask]) -> bytes:
    """``data`` with the clock's date, and all that ``masks`` name, made the same everywhere."""
    data = _DATE.sub(b"\r\nDate: <date>", data)
    for mask in sorted(masks, key=lambda each: each != "vars"):  # they must still be JSON
        data = _one(data, mask)
    return data


def _one(data: bytes, mask: Mask) -> bytes:
    if isinstance(mask, dict):
        return re.sub(mask["re"].encode(), mask["as"].encode(), data)
    special = _SPECIAL.get(mask)
    if special is not None:
        return special(data)
    pattern, instead = _PATTERNS[mask]
    return re.sub(pattern, instead, data)


def _own_frames(data: bytes) -> bytes:
    """Tracebacks with the frames of the handlers alone, which changes the length as well."""

    def keep(match: re.Match[bytes]) -> bytes:
        return match[0] if match[1].startswith((b"{DIR}", b"<string>")) else b""

    return _one(_FRAME.sub(keep, data), "length")


def _sorted_headers(data: bytes) -> bytes:
    def sort(match: re.Match[bytes]) -> bytes:
        return match[1] + b"\r\n".join(sorted(match[2].split(b"\r\n"))) + b"\r\n\r\n"

    return _HEAD.sub(sort, data)


def _sorted_members(data: bytes) -> bytes:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return "\n".join(map(_sorted_line, lines)).encode("utf-8", "surrogateescape")


def _sorted_line(line: str) -> str:
    """The line with the members of its first JSON value in order, spaced as they were."""
    starts = [at for at in (line.find('{"'), line.find('[{"')) if at >= 0]
    if not starts:
        return line
    start = min(starts)
    try:
        value, end = json.JSONDecoder().raw_decode(line, start)
    except ValueError:
        return line
    spaced = _SPACED.match(line, start) is not None
    separators = (", ", ": ") if spaced else (",", ":")
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=separators)
    return line[:start] + text + line[end:]


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


_SPECIAL: dict[str, Callable[[bytes], bytes]] = {
    "traceback": _own_frames,
    "header-order": _sorted_headers,
    "vars": _sorted_members,
}
