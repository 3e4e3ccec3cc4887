from __future__ import annotations

import json
import re

from funcs.processor.config import LogTarget
from funcs.processor.logs import ConsoleSink, JsonSink, logs_header, sink_of
from funcs.worker.wire import LogRecord

RECORDS = [LogRecord(level, level[0], {"k": 1}) for level in ("debug", "info", "warn", "error")]


def test_the_console_format_is_nuclios() -> None:
    lines: list[bytes] = []
    sink = ConsoleSink(lines.append, "info")

    sink.log("debug", "processor", "left out", {})
    sink.log(
        "warn", "processor.http.w0.python.logger", "mess\u00fcge", {"a": [1, None], "b": "\u4e16"}
    )
    sink.log("info", "processor", "short", {})
    sink.log("error", "n", "numbers", {"a": 1.0, "b": [2.5, {"c": -0.0, "d": 1e30}]})

    first, second, third = [line.decode() for line in lines]
    assert third.endswith('numbers {"a": 1, "b": [2.5, {"c": 0, "d": 1e+30}]}\n')
    assert re.fullmatch(
        r"\d\d\.\d\d\.\d\d \d\d:\d\d:\d\d\.\d{3} \x1b\[33m\(W\)\x1b\[0m "
        r"\x1b\[37msor\.http\.w0\.python\.logger\x1b\[0m "
        r'messüge \{"a": \[1, null\], "b": "世"\}\n',
        first,
    )
    assert second.endswith("\x1b[37m                processor\x1b[0m short\n")


def test_the_json_format_is_nuclios() -> None:
    lines: list[bytes] = []
    names = {"timeFieldName": "ts", "timeFieldEncoding": "iso8601", "varGroupName": "more"}
    JsonSink(lines.append).log("error", "n", "m", {"level": "mine", "a": 1})
    JsonSink(lines.append, "debug", names).log("info", "n", "m", {"a": 1})
    JsonSink(lines.append, "error").log("warn", "n", "m", {})

    flat, grouped = map(json.loads, lines)
    assert {"level": "error", "name": "n", "message": "m", "a": 1, "time": flat["time"]} == flat
    assert isinstance(flat["time"], float)
    assert {
        "level": "info",
        "name": "n",
        "message": "m",
        "more": {"a": 1},
        "ts": grouped["ts"],
    } == (grouped)


def test_several_sinks_are_all_told() -> None:
    lines: list[bytes] = []
    targets = (LogTarget("error"), LogTarget("debug", attributes={"encoding": "json"}))

    sink_of(targets, lines.append).log("info", "n", "m", {})

    assert 1 == len(lines)
    assert lines[0].startswith(b"{")


def test_the_header_holds_the_records_from_its_level_upwards() -> None:
    value = logs_header(RECORDS, "warn", "web")

    assert value is not None
    first, second = json.loads(value)
    expected = {"level": "warn", "name": "web", "message": "w", "k": 1, "time": first["time"]}
    assert expected == first
    assert "error" == second["level"]


def test_a_word_that_is_no_level_means_all() -> None:
    for word in ("", "INFO", "warning", "loud"):
        assert 4 == len(json.loads(logs_header(RECORDS, word, "web") or b""))


def test_a_header_that_grew_too_long_is_left_out() -> None:
    assert logs_header([LogRecord("info", "x" * 4096, {})], "debug", "web") is None
