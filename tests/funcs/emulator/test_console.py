"""What `funcs run` prints: for a person, and as JSON lines."""

from __future__ import annotations

import io
import json

import pytest

from funcs.emulator.answer import LogLine
from funcs.emulator.console import Exchange, JsonConsole, TextConsole
from funcs.emulator.screen import Screen
from funcs.emulator.text import Paint
from funcs.errors import SpecError

SCREEN = Screen(
    name="shop",
    url="http://127.0.0.1:8080",
    health="http://127.0.0.1:8080/__internal/health",
    ready="http://127.0.0.1:8082/ready",
    metrics="http://127.0.0.1:8090/metrics",
    curl="curl -s http://127.0.0.1:8080/ -d hello",
    models=("svm:v1", "forest:v1"),
    handler="function:handler",
    workers=2,
    nuclio="1.15",
    watch=False,
    debug=False,
)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def text(out: io.StringIO) -> TextConsole:
    return TextConsole(out, Paint(colour=False))


def test_a_request_is_one_readable_line(text: TextConsole, out: io.StringIO) -> None:
    text.exchange(Exchange("POST", "/v2/models/m/infer", 200, 0.0031, 1234))

    assert "POST /v2/models/m/infer 200 3.1 ms 1.2 kB\n" == out.getvalue()


def test_a_path_cannot_draw_on_the_terminal(text: TextConsole, out: io.StringIO) -> None:
    text.exchange(Exchange("GET", "/\x1b[2J\n", 404, 0.001, 0))

    assert "GET /\\x1b[2J\\n 404 1.0 ms 0 B\n" == out.getvalue()


def test_a_log_line_has_level_message_and_variables(text: TextConsole, out: io.StringIO) -> None:
    text.log(LogLine("info", "scored", {"rows": 3, "model": "svm"}))
    text.log(LogLine("error", "two\nlines"))

    assert "  info   scored  rows=3 model=svm\n  error  two\n         lines\n" == out.getvalue()


def test_an_error_says_what_where_and_fix(text: TextConsole, out: io.StringIO) -> None:
    text.trouble(SpecError("no such key", where="function.yaml:3", fix="remove it"))

    assert "error: no such key\n  at:  function.yaml:3\n  fix: remove it\n" == out.getvalue()


def test_the_first_screen_tells_what_to_do_next(text: TextConsole, out: io.StringIO) -> None:
    text.welcome(SCREEN)

    told = out.getvalue()
    assert told.isascii()
    for part in ("shop", "2 workers", SCREEN.url, SCREEN.curl, "svm:v1, forest:v1", "Ctrl-C"):
        assert part in told
    assert SCREEN.health in told


def test_only_a_terminal_gets_colour() -> None:
    coloured = io.StringIO()
    TextConsole(coloured, Paint(colour=True)).exchange(Exchange("GET", "/", 500, 1, 0))

    assert "\x1b[31m500\x1b[0m" in coloured.getvalue()


def test_json_lines_hold_the_same(out: io.StringIO) -> None:
    console = JsonConsole(out)
    console.welcome(SCREEN)
    console.exchange(Exchange("GET", "/", 200, 0.5, 7))
    console.log(LogLine("info", "hello\nworld", {"rows": 3}))
    console.notice("reloaded")
    console.trouble(SpecError("no such key", where="function.yaml:3"))

    ready, request, log, notice, error = map(json.loads, out.getvalue().splitlines())
    assert ("ready", SCREEN.url) == (ready["kind"], ready["url"])
    assert {
        "kind": "request",
        "method": "GET",
        "path": "/",
        "status": 200,
        "duration_s": 0.5,
        "size_bytes": 7,
    } == request
    assert {"rows": 3} == log["variables"]
    assert {"kind": "notice", "message": "reloaded"} == notice
    assert ("error", "function.yaml:3") == (error["kind"], error["where"])
