"""A listener when the system runs out of what a client needs."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import DEADLINE_S, PROBE

STARVED = "No file descriptor is left for a new client, who waits"


@contextmanager
def no_more_files() -> Iterator[None]:
    """Let this process open no more than it has open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.open(os.devnull, os.O_RDONLY)
    os.close(spare)
    resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_file_descriptors_clients_wait_and_idle_ones_make_room(serve: Serve) -> None:
    serving = serve()
    with serving.connect() as idle, socket.socket() as new:
        new.settimeout(DEADLINE_S)
        until(lambda: len(serving.processor.triggers[0].clients) == 1)  # type: ignore[attr-defined]
        used = time.process_time()
        with no_more_files():
            new.connect(("127.0.0.1", serving.port))
            assert b"" == idle.recv(1)

            new.sendall(b"GET /hello HTTP/1.1\r\n\r\n")
            assert new.recv(1000).endswith(b"hello")
            until(lambda: STARVED in [each[2] for each in serving.records.logged])
        assert time.process_time() - used < 5
    fields = serving.records.until(STARVED)
    assert (1, 1) == (fields["ended"], fields["times"])
    assert "ulimit -n" in fields["fix"]


@pytest.fixture
def port_of_64_files(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A processor in a process of its own that may have 64 files open."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "processor.yaml").write_text(
        "metadata: {name: probe}\nspec: {handler: 'main:handler', triggers: {web: {kind: http, "
        f"url: ':{port}', numWorkers: 2}}}}}}\n"
    )
    (tmp_path / "platform.yaml").write_text(
        "webAdmin: {enabled: false}\nhealthCheck: {enabled: false}\n"
    )
    command = [
        sys.executable,
        "-m",
        "funcs.processor",
        "--config",
        str(tmp_path / "processor.yaml"),
    ]
    command += ["--platform-config", str(tmp_path / "platform.yaml")]
    process = subprocess.Popen(
        command,
        env={**os.environ, "NUCLIO_PYTHON_PATH": str(PROBE), "FUNCS_HEADER_TIMEOUT_S": "0.5"},
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    )

    def answers() -> bool:
        try:
            return ask(port, "/hello").endswith(b"hello")
        except OSError:
            return False

    until(answers)
    yield process, port
    process.kill()
    process.wait()


def ask(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        with sock.makefile("rb") as stream:
            return stream.read()


def test_however_many_clients_come_the_processor_serves_and_can_replace_a_worker(
    port_of_64_files: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = port_of_64_files
    crowd = [socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) for _ in range(200)]
    for slow in crowd[::2]:
        slow.sendall(b"GET /hello HT")

    pid = int(ask_until_served(port, "/pid").rpartition(b"\n")[2])
    os.kill(pid, signal.SIGKILL)
    until(lambda: {pid} != {int(ask_until_served(port, "/pid").rpartition(b"\n")[2])})

    assert ask_until_served(port, "/hello").endswith(b"hello")
    assert process.poll() is None
    for client in crowd:
        client.close()


def ask_until_served(port: int, path: str) -> bytes:
    """The answer, once there is room: slow clients may fill it for a while."""
    answers: list[bytes] = []

    def served() -> bool:
        try:
            answers.append(ask(port, path))
        except OSError:
            return False
        return answers[-1].startswith(b"HTTP/1.1 200 OK")

    until(served)
    return answers[-1]
