"""Answers that are files: from one folder alone, in chunks, deleted where that was asked for."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from funcs.settings import Settings
from tests.funcs.processor.front import Event, Front, greet

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED = "The file that the handler's answer names is not sent"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nServer: nuclio\r\nDate: now\r\nContent-Length: 0\r\n\r\n"


def front(path: Path | str, folder: Path | str, **headers: Any) -> Front:
    def work(event: Event) -> Any:
        return dict(greet(event), headers={"X-Nuclio-FileStream-Path": str(path), **headers})

    return Front(work, Settings(files=str(folder)))


def refusal(path: Path | str, folder: Path | str) -> tuple[bytes, Any]:
    """The answer, and what the log says: the reason and the way out."""
    made = front(path, folder, **{"x-nuclio-filestream-delete-after-send": "1"})
    answer = made.connect().say(GET)
    assert [REFUSED] == made.logged
    return answer, made.told[0]


def test_a_file_is_sent_instead_of_the_body(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 10_000)

    answer = front(file, tmp_path).connect().say(GET)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.endswith(b"Content-Type: text/plain\r\nTransfer-Encoding: chunked")
    sizes = [b"1000", b"1000", b"710", b"0"]
    assert b"".join(b"%b\r\n%b\r\n" % (size, b"x" * int(size, 16)) for size in sizes) == body
    assert file.exists()


def test_a_large_file_waits_for_room_and_is_deleted_when_it_is_out(tmp_path: Path) -> None:
    file = tmp_path / "inner" / "file"
    file.parent.mkdir()
    file.write_bytes(b"#" * 300_000)
    headers = {"x-nuclio-filestream-delete-after-send": 0}
    client = front(file, tmp_path, **headers).connect(room=50_000)

    received = client.say(GET)
    assert file.exists()
    while client.connection._unsent:
        client.connection.on_event(4)
        received += client.say(b"")

    assert 300_000 == received.count(b"#")
    assert received.endswith(b"\r\n0\r\n\r\n")
    assert not file.exists()


def test_without_a_folder_no_file_is_sent_and_the_log_says_what_to_set(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"secret")

    answer, told = refusal(file, "")

    assert answer == NOT_FOUND
    assert str(file) == told["path"]
    assert "spec.runtimeAttributes.funcs.files" in told["fix"]
    assert file.exists()


@pytest.mark.parametrize("name", ["../secret", "inner/../../secret", "link", "inner/up/secret"])
def test_what_lies_elsewhere_is_answered_as_what_is_not_there(tmp_path: Path, name: str) -> None:
    folder, secret = tmp_path / "folder", tmp_path / "secret"
    (folder / "inner").mkdir(parents=True)
    secret.write_bytes(b"secret")
    (folder / "link").symlink_to(secret)
    (folder / "inner" / "up").symlink_to(tmp_path)

    elsewhere, told = refusal(f"{folder}/{name}", folder)
    missing, _ = refusal(folder / "none", folder)

    assert elsewhere == missing == NOT_FOUND
    assert f"it does not lie below {folder}" == told["reason"]
    assert secret.exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "/dev/zero", "/proc/self/environ", "/", "etc"])
def test_a_path_elsewhere_is_not_opened(tmp_path: Path, path: str) -> None:
    assert refusal(path, tmp_path)[0] == NOT_FOUND


def test_a_folder_whose_name_begins_the_same_is_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "outside").write_bytes(b"secret")

    assert refusal(tmp_path / "outside", tmp_path / "out")[0] == NOT_FOUND


def test_a_link_that_stays_below_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "file").write_bytes(b"same")
    (tmp_path / "latest").symlink_to("v1")
    other = tmp_path / "other"
    other.symlink_to(tmp_path)

    assert b"\r\nsame\r\n" in front(tmp_path / "latest" / "file", tmp_path).connect().say(GET)
    assert b"\r\nsame\r\n" in front(tmp_path / "v1" / "file", other).connect().say(GET)


def test_what_is_no_file_is_not_read_and_blocks_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "round").symlink_to("round")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket"))

    with listener:
        answers = [
            refusal(tmp_path / name, tmp_path)[0] for name in ("pipe", "folder", "round", "socket")
        ]

    assert {b"HTTP/1.1 500 Internal Server Error"} == {each.split(b"\r\n")[0] for each in answers}
    assert (tmp_path / "pipe").exists()


@pytest.mark.parametrize(
    ("path", "status"),
    [("{}/none", 404), ("{}/file/x", 500), ("{}/\0", 500), ("{}/\ud800", 500),
     ("{}/" + "x" * 300, 500)],
)  # fmt: skip
def test_what_cannot_be_opened_is_an_empty_error(tmp_path: Path, path: str, status: int) -> None:
    (tmp_path / "file").touch()
    made = front(path.format(tmp_path), tmp_path)

    answer = made.connect().say(GET)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.endswith(b"Content-Length: 0\r\n\r\n")
    assert [REFUSED] == made.logged


def test_a_folder_that_is_not_there_is_named_by_the_log(tmp_path: Path) -> None:
    answer, told = refusal(tmp_path / "none" / "file", tmp_path / "none")

    assert answer == NOT_FOUND
    assert "No such file or directory" == told["reason"]


def test_an_empty_path_is_no_file(tmp_path: Path) -> None:
    assert front("", tmp_path).connect().say(GET).endswith(b"GET / 0")


def test_a_head_request_gets_no_file_and_a_client_that_leaves_closes_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"z" * 500_000)
    made = front(file, tmp_path, **{"x-nuclio-filestream-delete-after-send": "1"})
    before = open_files()

    assert made.connect().say(b"HEAD / HTTP/1.1\r\n\r\n").endswith(b"chunked\r\n\r\n")
    assert not file.exists()
    file.write_bytes(b"z" * 500_000)
    client = made.connect(room=1000)
    client.say(GET)
    client.connection.close()
    assert not file.exists()
    assert before == open_files()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
