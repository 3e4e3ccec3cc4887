"""The wire between a processor and a worker: both directions, no sockets.

Processor to worker, on the event socket: frames. Four bytes of length, big-endian, then msgpack:
one map is one event, a list of maps is a batch.
Worker to processor, on the event socket: lines. ``s`` started; ``l`` and a log record;
``m`` and ``{"duration": seconds}``; ``r`` and a result or a list of results, all JSON.
From Nuclio 1.15 on an answer may be a stream: ``c`` and the result of its first piece, ``b`` and
each later piece in base64, ``e`` at the end; or ``r``, if it fails on the way.
Worker to processor, on the control socket: lines of JSON, ``{"kind", "attributes"}``. With
``funcsMetrics``, which is ours, goes an open file (SCM_RIGHTS): funcs.metrics.memory.
Processor to worker, on the control socket: frames of ``{"kind", "attributes"}``. Only
``streamStop`` is sent, which is ours: funcs.worker.audience.
Nuclio 1.14: pkg/processor/runtime/rpc.
"""

from __future__ import annotations

import json

import msgpack

from funcs.worker.frames import HEADER_BYTES
from funcs.worker.result import Result, ResultReader, read_results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = [
    "DURATION",
    "HEADER_BYTES",
    "LOG",
    "RESULT",
    "STARTED",
    "STREAM",
    "STREAM_BODY",
    "STREAM_END",
    "STREAM_START",
    "ControlMessage",
    "LineSplitter",
    "LogRecord",
    "Result",
    "ResultReader",
    "event_map",
    "frame_length",
    "pack_event",
    "parse_control",
    "parse_duration",
    "parse_log",
    "read_results",
    "record_of",
]

#: The first byte of a line tells its kind.
STARTED, LOG, DURATION, RESULT = b"slmr"
#: Those of an answer that comes piece by piece.
STREAM = b"cbe"
STREAM_START, STREAM_BODY, STREAM_END = STREAM

_LEVELS = {
    "error": "error",
    "critical": "error",
    "fatal": "error",
    "warning": "warn",
    "info": "info",
}

_PIECE_BYTES = 4096

_pack = msgpack.Packer().pack
# A client's header need not be UTF-8; its bytes go to the worker as they came.
_pack_escaped = msgpack.Packer(unicode_errors="surrogateescape").pack


def event_map(
    *,
    body: Any = None,
    content_type: str = "",
    headers: Mapping[str, Any] | None = None,
    trigger_kind: str = "http",
    trigger_name: str = "default-http",
    **changes: Any,
) -> dict[str, Any]:
    """An event as it goes over the wire: every key Nuclio sends, with what it sends if unset.

    ``changes`` are further keys: id, method, path, fields, timestamp (whole seconds) and the like.
    """
    return {
        "body": body,
        "content_type": content_type,
        "content-type": content_type,
        "trigger": {"kind": trigger_kind, "name": trigger_name},
        "fields": {},
        "headers": dict(headers or {}),
        "id": "",
        "method": "",
        "path": "/",
        "size": len(body) if isinstance(body, bytes) else 0,
        "timestamp": 0,
        "url": "",
        "shard_id": -1,
        "num_shards": 0,
        "type": "",
        "type_version": "",
        "version": "",
        "offset": 0,
        "topic": "",
        **changes,
    }


def pack_event(event: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> bytes:
    """The frame of one event map, or of a list of them (a batch).

    Text that holds undecodable bytes as surrogate escapes is sent as those bytes.

    >>> pack_event({"path": "/"}).hex()
    '0000000881a470617468a12f'
    """
    try:
        payload: bytes = _pack(event)
    except UnicodeEncodeError:
        payload = _pack_escaped(event)
    return len(payload).to_bytes(HEADER_BYTES, "big") + payload


def frame_length(header: bytes | bytearray | memoryview) -> int:
    """How many bytes of msgpack follow the four of ``header``."""
    return int.from_bytes(header, "big")


class LineSplitter:
    r"""Cuts what came from a worker into lines; a line may come in many pieces.

    >>> splitter = LineSplitter()
    >>> splitter.feed(b"s\nm{"), splitter.feed(b"}\n")
    ([b's'], [b'm{}'])

    ``held`` is how many bytes of a line without its end lie here; who feeds it sets the limit.
    """

    __slots__ = ("_pieces", "held")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.held = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that ``data`` completes, without their newlines."""
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._pieces:
            lines[0] = b"".join((*self._pieces, lines[0]))
            self._pieces.clear()
            self.held = 0
        if rest:
            self._keep(rest)
        return lines

    def _keep(self, rest: bytes) -> None:
        pieces = self._pieces
        self.held += len(rest)
        if pieces and len(rest) + len(pieces[-1]) <= _PIECE_BYTES:
            pieces[-1] += rest  # a line may come byte by byte: an object for each is 20 times that
        else:
            pieces.append(rest)


class LogRecord:
    """One log line of a worker.

    ``level`` is debug, info, warn or error (Nuclio 1.14: words unknown to it are debug);
    ``fields`` is the record's ``with``.
    """

    __slots__ = ("datetime", "fields", "level", "message")

    def __init__(
        self, level: str, message: str, fields: dict[str, Any], datetime: str = ""
    ) -> None:
        self.level = level
        self.message = message
        self.fields = fields
        self.datetime = datetime

    def __repr__(self) -> str:
        return f"LogRecord({self.level!r}, {self.message!r}, {self.fields!r}, {self.datetime!r})"


class ControlMessage:
    """One line of the control socket: ``wrapperInitialized``, ``streamMessageAck`` or ours."""

    __slots__ = ("attributes", "kind")

    def __init__(self, kind: str, attributes: dict[str, Any]) -> None:
        self.kind = kind
        self.attributes = attributes

    def __repr__(self) -> str:
        return f"ControlMessage({self.kind!r}, {self.attributes!r})"


def parse_duration(line: bytes) -> float:
    """The seconds in an ``m`` line; 0.0 when there are none to be read."""
    try:
        return float(line[14:-1])  # after m{"duration":
    except ValueError:
        pass
    try:
        return float(json.loads(line[1:])["duration"])
    except (ValueError, TypeError, KeyError):
        return 0.0


def parse_log(line: bytes) -> LogRecord | None:
    """The record in an ``l`` line, or None when it is not one."""
    return record_of(_object(line[1:]))


def record_of(value: Mapping[str, Any]) -> LogRecord | None:
    """The record that a map holds, or None when it is not one."""
    level, message, fields = value.get("level", ""), value.get("message", ""), value.get("with")
    if not isinstance(level, str) or not isinstance(message, str):
        return None
    if not value or not isinstance(fields, (dict, type(None))):
        return None
    when = value.get("datetime", "")
    return LogRecord(_LEVELS.get(level, "debug"), message, fields or {}, str(when))


def parse_control(line: bytes) -> ControlMessage | None:
    """The message in a line of the control socket, or None when it is not one."""
    value = _object(line)
    kind, attributes = value.get("kind"), value.get("attributes")
    if not isinstance(kind, str) or not isinstance(attributes, dict):
        return None
    return ControlMessage(kind, attributes)


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
