"""One request over HTTP, and what is said when it fails."""

from __future__ import annotations

import doctest
import json
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from funcs.emulator import answer, call
from funcs.emulator.answer import Answer, Headers, LogLine
from funcs.emulator.call import CallError


class OneAnswer:
    """Listens, keeps what one client sends, and answers with fixed bytes."""

    def __init__(self, reply: bytes) -> None:
        self._reply = reply
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/base"
        self.received = b""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        with connection, connection.makefile("rb") as stream:
            while not self.received.endswith(b"\r\n\r\n"):
                self.received += stream.readline()
            length = re.search(rb"Content-Length: (\d+)", self.received)
            self.received += stream.read(int(length[1]) if length else 0)
            connection.sendall(self._reply)

    def close(self) -> None:
        self._thread.join(10)
        self._server.close()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[OneAnswer]:
    one = OneAnswer(getattr(request, "param", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    yield one
    one.close()


def test_the_examples_in_the_docstrings_hold() -> None:
    assert 0 == doctest.testmod(call).failed + doctest.testmod(answer).failed


def test_a_request_carries_path_query_headers_and_body(server: OneAnswer) -> None:
    headers = [("X-A", "1"), ("X-A", "2")]
    got = call.call(server.url, "POST", "a b?q=ä", body=b"{}", headers=headers)

    assert (200, b"ok") == (got.status, got.body)
    head, _, body = server.received.partition(b"\r\n\r\n")
    assert b"POST /base/a%20b?q=%C3%A4 HTTP/1.1" == head.splitlines()[0]
    assert b"X-A: 1\r\nX-A: 2\r\nContent-Length: 2" in head
    assert b"{}" == body


def test_a_get_has_no_length(server: OneAnswer) -> None:
    call.call(server.url)

    assert b"content-length" not in server.received.lower()


@pytest.mark.parametrize("server", [b"nonsense\r\n\r\n", b""], indirect=True)
def test_what_is_no_answer_is_said_so(server: OneAnswer) -> None:
    with pytest.raises(CallError, match="did not answer in HTTP"):
        call.call(server.url)


def test_nobody_there_is_said_with_a_fix() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

    with pytest.raises(CallError, match=f"nothing answers at {url}") as refused:
        call.call(url)
    assert "funcs run" in refused.value.fix


def test_silence_ends_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        with pytest.raises(CallError, match=r"within 0\.05 s"):
            call.call(url, timeout_s=0.05)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(CallError):
        call.call("http://127.0.0.1:notaport")


def test_log_lines_come_from_their_header() -> None:
    records = [{"level": "info", "message": "hi", "rows": 3, "name": "x", "time": 1.5}]
    got = Answer(200, Headers([("x-nuclio-logs", json.dumps(records))]), b"")

    assert [{"level": "info", "message": "hi", "rows": 3}] == got.logs
    assert LogLine("info", "hi", {"rows": 3}) == LogLine.from_flat(got.logs[0])


@pytest.mark.parametrize("value", ["", "{", "{}", "[1, null]", '"x"'])
def test_a_log_header_of_the_handlers_own_is_no_log(value: str) -> None:
    assert [] == Answer(200, Headers([("X-Nuclio-Logs", value)]), b"").logs


def test_headers_are_found_in_any_case() -> None:
    headers = Headers([("Set-Cookie", "a"), ("set-cookie", "b"), ("X", "1")])

    assert "b" == headers["SET-COOKIE"]
    assert 2 == len(headers)
    assert (("Set-Cookie", "a"), ("set-cookie", "b"), ("X", "1")) == headers.pairs
    assert "absent" not in headers


def test_log_records_in_a_header_are_utf_8() -> None:
    sent = '[{"level": "info", "message": "ü"}]'.encode().decode("latin-1")  # as http.client has it

    assert [{"level": "info", "message": "ü"}] == (
        Answer(200, Headers([("X-Nuclio-Logs", sent)]), b"").logs
    )
