"""Containers without a network of this machine's, spoken to in their own."""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from docker import DockerClient
from docker.models.containers import Container

_NEW_NETWORK = 0x4000_0000
_PATIENCE_S = 60.0


@contextmanager
def running(client: DockerClient, image: str, **options: Any) -> Iterator[Container]:
    """A container of ``image`` that has a loopback alone; removed at the end of the block."""
    container = client.containers.run(image, detach=True, network_mode="none", **options)
    try:
        yield container
    finally:
        container.remove(force=True)


def call(
    container: Container, path: str, body: object = None, *, port: int = 8080
) -> tuple[int, Any]:
    """The status and the JSON that ``path`` answers, once the container listens."""
    connection = _connected(container, port)
    with closing(connection):
        connection.request(
            "GET" if body is None else "POST",
            path,
            None if body is None else json.dumps(body),
            {"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        data = answer.read()
    return answer.status, json.loads(data) if data.strip() else None


def healthy(container: Container) -> None:
    """Wait until the engine says so."""
    _until(container, lambda: container.attrs["State"]["Health"]["Status"] == "healthy")


def logged(container: Container, words: str) -> None:
    """Wait until the container has said ``words``."""
    _until(container, lambda: words in container.logs().decode())


def ended(container: Container) -> int:
    """The exit code of a container, once it has ended."""
    return int(container.wait()["StatusCode"])


def _connected(container: Container, port: int) -> http.client.HTTPConnection:
    found: list[socket.socket] = []

    def connect() -> bool:
        made = socket.socket()
        made.settimeout(_PATIENCE_S)
        if made.connect_ex(("127.0.0.1", port)):
            made.close()
            return False
        found.append(made)
        return True

    def enter() -> None:
        pid = container.attrs["State"]["Pid"]
        space = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        ctypes.CDLL(None, use_errno=True).setns(space, _NEW_NETWORK)
        os.close(space)
        _until(container, connect)

    container.reload()
    inside = threading.Thread(target=enter)  # a thread's namespace is its own, a socket keeps it
    inside.start()
    inside.join()
    assert found, container.logs().decode()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.sock = found[0]
    return connection


def _until(container: Container, is_so: Any) -> None:
    """Look again and again, as no event tells it, while the container runs."""
    deadline = time.monotonic() + _PATIENCE_S
    while not is_so():
        container.reload()
        assert container.status == "running", container.logs().decode()
        assert time.monotonic() < deadline, container.logs().decode()
        time.sleep(0.02)
