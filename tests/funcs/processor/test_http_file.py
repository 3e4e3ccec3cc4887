"""Answers that are files: streamed in chunks, and deleted where that was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.funcs.processor.front import Event, Front, greet


def front(path: Path | str, **headers: Any) -> Front:
    def work(event: Event) -> Any:
        return dict(greet(event), headers={"X-Nuclio-FileStream-Path": str(path), **headers})

    return Front(work)


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_file_is_sent_instead_of_the_body(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 10_000)

    answer = front(file).connect().say(GET)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.endswith(b"Content-Type: text/plain\r\nTransfer-Encoding: chunked")
    sizes = [b"1000", b"1000", b"710", b"0"]
    assert b"".join(b"%b\r\n%b\r\n" % (size, b"x" * int(size, 16)) for size in sizes) == body
    assert file.exists()


def test_a_large_file_waits_for_room_and_is_deleted_when_it_is_out(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"#" * 300_000)
    client = front(file, **{"x-nuclio-filestream-delete-after-send": 0}).connect(room=50_000)

    received = client.say(GET)
    assert file.exists()
    while client.connection._unsent:
        client.connection.on_event(4)
        received += client.say(b"")

    assert 300_000 == received.count(b"#")
    assert received.endswith(b"\r\n0\r\n\r\n")
    assert not file.exists()


@pytest.mark.parametrize(("name", "status"), [("none", b"404 Not Found"), ("", b"500 Internal")])
def test_a_file_that_is_not_there_or_is_a_folder_is_an_empty_error(
    tmp_path: Path, name: str, status: bytes
) -> None:
    answer = front(tmp_path / name if name else tmp_path).connect().say(GET)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.endswith(b"Content-Length: 0\r\n\r\n")


def test_an_empty_path_is_no_file() -> None:
    assert front("").connect().say(GET).endswith(b"GET / 0")


def test_a_head_request_gets_no_file_and_a_client_that_leaves_closes_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"z" * 500_000)
    made = front(file, **{"x-nuclio-filestream-delete-after-send": "1"})

    assert made.connect().say(b"HEAD / HTTP/1.1\r\n\r\n").endswith(b"chunked\r\n\r\n")
    assert not file.exists()
    file.write_bytes(b"z" * 500_000)
    client = made.connect(room=1000)
    client.say(GET)
    client.connection.close()
    assert not file.exists()
