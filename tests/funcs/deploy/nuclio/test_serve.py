"""An archive is served for a moment, under a name that nobody guesses."""

from __future__ import annotations

import os
import socket
import urllib.error
import urllib.request

import pytest

from funcs.deploy.nuclio.serve import serving
from funcs.deploy.target import Target
from funcs.emulator.ports import choose_port
from funcs.errors import DeployError

FILES = {"ab12/shop.zip": b"PK"}


def fetch(host: str, name: str) -> bytes:
    with urllib.request.urlopen(f"http://{host}/{name}", timeout=10) as answer:
        data: bytes = answer.read()
    return data


def test_what_is_served_is_there_and_nothing_else(target: Target) -> None:
    with serving(FILES, target) as served:
        host = served.host
        assert host.startswith("127.0.0.1:")
        assert set() == served.asked
        assert b"PK" == fetch(host, "ab12/shop.zip")
        assert {"ab12/shop.zip"} == served.asked
        for name in ("", "ab12/", "../etc/passwd", "ab12/shop.zip/"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                fetch(host, name)
    with pytest.raises(urllib.error.URLError):
        fetch(host, "ab12/shop.zip")


def test_an_address_of_ones_own_is_told_to_the_dashboard() -> None:
    # below those that the kernel gives to whoever connects meanwhile
    port = choose_port(None, host="0.0.0.0", first=20_000 + os.getpid() % 10_000)
    with serving(FILES, Target(platform="nuclio", serve_at=f"localhost:{port}")) as served:
        assert f"localhost:{port}" == served.host
        assert b"PK" == fetch(served.host, "ab12/shop.zip")


@pytest.mark.parametrize("text", ["localhost", ":80", "host:99999", "host:x"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    target = Target(platform="nuclio", serve_at=text)

    with pytest.raises(DeployError, match="is no address to serve at"), serving(FILES, target):
        pass


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("", 0)) as taken:
        target = Target(platform="nuclio", serve_at=f"localhost:{taken.getsockname()[1]}")
        with pytest.raises(DeployError, match="cannot serve the archive"), serving(FILES, target):
            pass


def test_a_dashboard_that_is_not_reached_is_named() -> None:
    target = Target(platform="nuclio", url="http://127.0.0.1:1")

    with pytest.raises(DeployError, match="cannot be reached"), serving(FILES, target):
        pass


def test_who_leaves_while_it_fetches_is_no_traceback(
    target: Target, capfd: pytest.CaptureFixture[str]
) -> None:
    large = {"ab12/shop.zip": b"z" * (64 << 20)}
    with serving(large, target) as served:
        host, _, port = served.host.partition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /ab12/shop.zip HTTP/1.0\r\n\r\n")
            client.recv(1)
        # the next one is answered once the first was given up
        fetch(served.host, "ab12/shop.zip")

    assert "" == capfd.readouterr().err
