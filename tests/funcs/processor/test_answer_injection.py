"""Whatever a handler returns, a client reads exactly one answer: no header line is another's."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
from typing import Any, cast

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from funcs.settings import Settings
from funcs.worker.wire import LogRecord, parse_log
from tests.funcs.processor.front import Event, Front, greet

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LOGS = b"GET / HTTP/1.1\r\nHost: x\r\nX-Nuclio-Log-Level: debug\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"

hostile = st.sampled_from([
    "\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\u2028", ":", " ", "\t",
    "Content-Length", "Transfer-Encoding", "chunked", "HTTP/1.1 200 OK", "\r\n\r\n", "X-Injected",
    "0", "close", "\ud800", "é", "世",
])  # fmt: skip
text = st.lists(hostile | st.text(max_size=4), max_size=5).map("".join)
names = text | st.sampled_from([
    "Set-Cookie", "Content-Encoding", "Server", "Connection", "Content-Type", "Date", "Trailer",
    "Content-Length", "content-length ", "Transfer-Encoding", "Transfer-Encoding:", "X-A", "",
    "Upgrade", "X-Nuclio-Logs", "X-nuclio-filestream-path", "Content-Length:5",
])  # fmt: skip
headers = st.dictionaries(names, text | st.integers() | st.none(), max_size=5)
statuses = st.sampled_from([200, 201, 204, 304, 404, 500, 999, 1000, 199, 101, 100, 99, 1, 0, -5])
bodies = st.text(st.characters(codec="utf-8"), max_size=20) | st.just("HTTP/1.1 200 OK\r\n\r\n")


class _Seen:
    """What httptools, which is strict, reads."""

    def __init__(self) -> None:
        self.answers = 0
        self.body = b""
        self.headers: list[tuple[bytes, bytes]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.answers += 1


class _Wire(io.BytesIO):
    def makefile(self, mode: str) -> _Wire:
        return self

    def close(self) -> None:
        """What is left is still to be read."""


def read_strictly(data: bytes) -> tuple[int, _Seen]:
    seen = _Seen()
    parser = httptools.HttpResponseParser(seen)
    with contextlib.suppress(httptools.HttpParserUpgrade):  # said when the answer is whole
        parser.feed_data(data)
    return parser.get_status_code(), seen


def read_by_python(data: bytes, method: str) -> tuple[int, bytes, bytes]:
    """Status and body as http.client reads them, and what is left."""
    wire = _Wire(data)
    response = http.client.HTTPResponse(cast("Any", wire), method=method)
    response.begin()
    body = response.read(response.length) if response.length else response.read()
    return response.status, body, wire.read()


def front_of(result: dict[str, Any], own: Settings) -> Front:
    def work(event: Event) -> Any:
        return greet(event) | result

    return Front(work, own)


@given(headers, statuses, text, bodies, st.sampled_from([GET, LOGS]))
@example({"X: a\r\nContent-Length": "0"}, 200, "a/b\r\nX: 1", "x", GET)
@example({"Connection": "upgrade", "Upgrade": "x"}, 200, "a/b", "x", GET)
@example({"Content-Length:0": "", "Transfer-Encoding:chunked, ": ""}, 200, "", "x", GET)
def test_what_a_handler_returns_is_read_as_one_answer(
    given: dict[str, Any], status: int, kind: str, body: str, request: bytes
) -> None:
    result = {"headers": given, "status_code": status, "content_type": kind, "body": body}
    front = front_of(result, Settings())

    answer = front.connect().say(request)

    is_odd = not 200 <= (status if status > 0 else 200) < 1000
    has_file = any(n.lower() == "x-nuclio-filestream-path" and v for n, v in given.items()
                   if isinstance(v, str))  # fmt: skip
    sent = 500 if is_odd else 404 if has_file else status if status > 0 else 200
    bare = is_odd or has_file or sent in (204, 304)
    code, seen = read_strictly(answer)
    assert (sent, 1, b"" if bare else body.encode()) == (code, seen.answers, seen.body)
    lengths = [name for name, _ in seen.headers if name.lower() == b"content-length"]
    assert len(lengths) == (sent not in (204, 304))
    assert [] == [name for name, _ in seen.headers if name.lower() == b"transfer-encoding"]


@given(headers, text, bodies, st.sampled_from([GET, LOGS, HEAD]))
def test_so_it_is_at_level_1_14_where_odd_names_are_sent(
    given: dict[str, Any], kind: str, body: str, request: bytes
) -> None:
    given = {n: v for n, v in given.items() if n.lower() != "x-nuclio-filestream-path"}
    front = front_of({"headers": given, "content_type": kind, "body": body},
                     Settings(nuclio="1.14"))  # fmt: skip

    answer = front.connect().say(request)

    status, seen, rest = read_by_python(answer, request.split()[0].decode())
    assert (200, b"" if request is HEAD else body.encode(), b"") == (status, seen, rest)
    assert answer.split(b"\r\n\r\n")[0].count(b"\r\nContent-Length: ") == (
        request is not HEAD or bool(body)
    )


@pytest.mark.parametrize("status", [100, 101, 199, 99, 1, 1000, 10**6])
def test_a_status_that_is_no_answers_is_500_and_the_log_says_why(status: int) -> None:
    front = front_of({"status_code": status, "headers": {"X-A": "1"}}, Settings())

    answer = front.connect().say(GET + GET)

    assert 2 == answer.count(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert front.logged[0] == f"The handler's status {status} is no answer's: 500 is sent"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
)


@given(st.lists(st.tuples(text, st.dictionaries(text, values, max_size=3)), max_size=3))
def test_log_records_of_any_kind_are_one_header(records: list[tuple[str, dict[str, Any]]]) -> None:
    front = Front(lambda event: None)
    client = front.connect()
    client.say(LOGS)
    caller = front.waiting.pop()
    assert caller.logs is not None
    caller.logs += [LogRecord("info", message, fields) for message, fields in records]

    caller.answered(b"r" + json.dumps(greet(front.events[0])).encode())

    code, seen = read_strictly(client.say(b""))
    assert (200, 1, b"GET / 0") == (code, seen.answers, seen.body)
    found = [value for name, value in seen.headers if name == b"X-Nuclio-Logs"]
    assert [len(records)] == [len(json.loads(value)) for value in found] or not found


def test_a_log_record_that_is_nested_too_deeply_is_cut() -> None:
    front = Front(lambda event: None)
    client = front.connect()
    client.say(LOGS)
    caller = front.waiting.pop()
    line = b'l{"level": "info", "message": "m", "with": {"x": ' + b"[" * 700 + b"]" * 700 + b"}}"
    record = parse_log(line)
    assert record is not None
    assert caller.logs is not None
    caller.logs.append(record)

    caller.answered(b"r" + json.dumps(greet(front.events[0])).encode())

    code, seen = read_strictly(client.say(b""))
    assert (200, 1) == (code, seen.answers)
