"""An engine is asked the same whichever way it is reached."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from docker import DockerClient

from funcs_builder.dial import ClientDial, SocketDial
from funcs_builder.engine import Engine
from funcs_builder.errors import BuildError, EngineError

PING = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK"


def answered(body: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer as HTTP writes it."""
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


ABSENT = answered(b'{"message": "there is none"}', b"404 Not Found")


@contextmanager
def answering(path: Path, *answers: bytes) -> Iterator[list[bytes]]:
    """A socket file where each connection gets the next answer once its head has been read."""
    heads: list[bytes] = []

    def serve(server: socket.socket) -> None:
        for answer in answers:
            line, _ = server.accept()
            with line:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += line.recv(65536)
                heads.append(head.partition(b"\r\n")[0])
                line.sendall(answer)
                line.shutdown(socket.SHUT_RDWR)

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield heads
        thread.join()


@pytest.mark.parametrize("path", ["/images/json", "/images/no-such/json", "/containers/none/json"])
def test_both_ways_have_one_answer(engine: Engine, docker_client: DockerClient, path: str) -> None:
    near = SocketDial(engine.where.removeprefix("unix://"))
    answers = [each.ask("GET", path) for each in (near, ClientDial(docker_client.api))]

    assert answers[0].status == answers[1].status
    rows = [each.rows() if path == "/images/json" else [each.fields()] for each in answers]
    one, other = (sorted(each, key=str) for each in rows)  # images come in any order
    assert one == other


def test_an_archive_is_refused_alike_both_ways(engine: Engine, docker_client: DockerClient) -> None:
    near = SocketDial(engine.where.removeprefix("unix://"))
    far = ClientDial(docker_client.api)
    answers = [each.ask("POST", "/images/load", iter([b"no", b"nsense"])) for each in (near, far)]

    assert answers[0] == answers[1]
    assert "error" in answers[0].events()[-1]


def test_the_version_is_the_one_that_the_engine_names(tmp_path: Path) -> None:
    path = tmp_path / "s"
    info = b'HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n{"OSType":"a","Architecture":0}'
    with answering(path, PING, info) as heads:
        Engine.connect({"DOCKER_HOST": f"unix://{path}"}).inspect_image("a/b:1@sha256:0?")

    wanted = ["/_ping", "/v1.41/images/a/b:1@sha256:0%3F/json"]
    assert [f"GET {each} HTTP/1.1".encode() for each in wanted] == heads


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (answered(b"{}"), "could not list the Docker engine's images: what answers is no Docker"),
        (answered(b"[3]"), "what answers is no Docker engine"),
        (answered(b"[" * 100_000), "what answers is no Docker engine"),
        (answered(b"moved", b"301 Moved"), "could not list the Docker engine's images: 301 moved"),
        (b"", "could not list the Docker engine's images: it broke off"),
        (b"SSH-2.0-OpenSSH\r\n", "could not list the Docker engine's images: it broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", "it broke off: IncompleteRead"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n[", "what answers is no Docker engine"),
        (
            b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\nfull",
            "could not list the Docker engine's images: 500 full",
        ),
    ],
)
def test_what_is_no_answer_is_told(tmp_path: Path, answer: bytes, what: str) -> None:
    path = tmp_path / "s"
    with answering(path, PING, ABSENT, answer):
        engine = Engine.connect({"DOCKER_HOST": f"unix://{path}"})
        with pytest.raises(EngineError, match=what) as got:
            engine.known_layers(["sha256:a", "sha256:b"], "shop:1")

    assert f"unix://{path}" == got.value.where


def test_a_refusal_in_the_midst_of_an_archive_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "s"
    refusal = b'HTTP/1.1 507 Full\r\nContent-Length: 24\r\n\r\n{"message": "disk full"}'
    with answering(path, PING, refusal):
        engine = Engine.connect({"DOCKER_HOST": f"unix://{path}"})
        with pytest.raises(EngineError, match="into the Docker engine: 507 disk full"):
            engine.load([bytes(1 << 20)] * 64)


@pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"x"'])
def test_an_answer_that_is_no_object_is_told(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "s"
    asks: list[Callable[[Engine], object]] = [
        lambda engine: engine.image_id("shop:1"),
        lambda engine: engine.platform,
        lambda engine: engine.inspect_container("shop"),
        lambda engine: engine.load([b"an archive"]),
    ]
    for ask in asks:
        path.unlink(missing_ok=True)
        with answering(path, PING, answered(body)):
            engine = Engine.connect({"DOCKER_HOST": f"unix://{path}"})
            with pytest.raises(EngineError, match="what answers is no Docker engine"):
                ask(engine)


def test_an_image_whose_steps_lack_what_each_has_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s"
    image = answered(b'{"Id": "a", "Os": "linux", "Architecture": "amd64"}')
    with answering(path, PING, image, answered(b'[{"Id": "a"}]')):
        engine = Engine.connect({"DOCKER_HOST": f"unix://{path}"})
        with pytest.raises(BuildError, match="a step of the image shop:1: 'Size' is not a number"):
            engine.image_config("shop:1")


def test_a_proxy_is_not_asked_for_a_socket_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    path = tmp_path / "s"
    with answering(path, PING, answered(b'{"Id": "a"}')):
        engine = Engine.connect({"DOCKER_HOST": f"unix://{path}"})

        assert "a" == engine.image_id("shop:1")
