"""Where the processor's and the handlers' log records go: Nuclio's two formats, on stdout.

One object takes every record (`Sink`), so that the emulator can pass one of its own.
"""

from __future__ import annotations

import json
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Protocol

    from funcs.processor.config import LogTarget
    from funcs.worker.wire import LogRecord

    class Sink(Protocol):
        """Takes log records.

        ``level`` is debug, info, warn or error; ``name`` says who logs, with dots.
        """

        def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
            """Take one record."""


_RANKS = {"debug": 0, "info": 1, "warn": 2, "warning": 2, "error": 3}
_COLOURS = {"debug": "32", "info": "34", "warn": "33", "error": "31"}
_NAME_WIDTH = 25
_MOST_HEADER_BYTES = 4096
_DEEPEST = 100


class ConsoleSink:
    """Nuclio's console format: ``26.11.23 13:16:28.985 (I) name message {"variable": 1}``."""

    def __init__(self, write: Callable[[bytes], None], level: str = "debug") -> None:
        self._write = write
        self._rank = _RANKS.get(level, 0)

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        """Write one line; names are cut to their last 25 characters."""
        if _RANKS[level] < self._rank:
            return
        now = time.time()
        stamp = time.strftime("%y.%m.%d %H:%M:%S", time.localtime(now))
        letter = f"\x1b[{_COLOURS[level]}m({level[0].upper()})\x1b[0m"
        shown = f"\x1b[37m{name[-_NAME_WIDTH:]:>{_NAME_WIDTH}}\x1b[0m"
        variables = f" {_dumps(fields)}" if fields else ""
        line = f"{stamp}.{int(now * 1000) % 1000:03} {letter} {shown} {message}{variables}\n"
        self._write(line.encode("utf-8", "replace"))


class JsonSink:
    """Nuclio's JSON format, one object a line.

    ``attributes`` as in platform.yaml: ``timeFieldName`` (time), ``timeFieldEncoding`` (epoch
    milliseconds, or iso8601), ``varGroupName`` (none: variables lie beside the rest).
    """

    def __init__(
        self,
        write: Callable[[bytes], None],
        level: str = "debug",
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        self._write = write
        self._rank = _RANKS.get(level, 0)
        attributes = attributes or {}
        self._time_name = str(attributes.get("timeFieldName") or "time")
        self._is_iso = attributes.get("timeFieldEncoding") == "iso8601"
        self._group = str(attributes.get("varGroupName") or "")

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        """Write one line."""
        if _RANKS[level] < self._rank:
            return
        record: dict[str, Any] = {"level": level, "name": name, "message": message}
        record[self._time_name] = _iso_now() if self._is_iso else time.time() * 1000
        if self._group:
            record.update({self._group: fields} if fields else {})
        else:
            record = {**fields, **record}
        self._write(_compact(record).encode("utf-8", "replace") + b"\n")


class ManySinks:
    """Passes each record to several."""

    def __init__(self, sinks: Iterable[Sink]) -> None:
        self._sinks = tuple(sinks)

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        """Pass it on."""
        for sink in self._sinks:
            sink.log(level, name, message, fields)


def sink_of(targets: Iterable[LogTarget], write: Callable[[bytes], None]) -> Sink:
    """The sink that the configuration asks for; ``write`` takes its lines."""
    sinks = [_one(target, write) for target in targets]
    return sinks[0] if len(sinks) == 1 else ManySinks(sinks)


def logs_header(records: Iterable[LogRecord], level: str, name: str) -> bytes | None:
    """The value of X-Nuclio-Logs: the records from ``level`` upwards; None if it grew too long.

    A word that is no level means all, as an empty one does.
    """
    rank = _RANKS.get(level, 0) if level != "warning" else 0
    now = time.time() * 1000
    chosen = [
        {"level": each.level, "time": now, "name": name, "message": each.message, **each.fields}
        for each in records
        if _RANKS[each.level] >= rank
    ]
    value = _compact(chosen).encode("utf-8", "replace")
    return value if len(value) < _MOST_HEADER_BYTES else None


def _one(target: LogTarget, write: Callable[[bytes], None]) -> Sink:
    if target.attributes.get("encoding") == "json":
        return JsonSink(write, target.level, target.attributes)
    return ConsoleSink(write, target.level)


def _iso_now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + "Z"


def _dumps(value: object) -> str:
    return json.dumps(_as_go(value), ensure_ascii=False, default=str)


def _compact(value: object) -> str:
    return json.dumps(_as_go(value), ensure_ascii=False, default=str, separators=(",", ":"))


def _as_go(value: object, depth: int = 0) -> object:
    """The same with whole floats as integers: Go writes 1 where Python writes 1.0.

    What a handler nested deeper than anybody reads is left out, before the stack ends.
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if depth > _DEEPEST:
        return "..."
    if isinstance(value, dict):
        return {key: _as_go(item, depth + 1) for key, item in value.items()}
    return [_as_go(item, depth + 1) for item in value] if isinstance(value, list) else value
