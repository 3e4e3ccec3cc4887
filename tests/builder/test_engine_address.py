from __future__ import annotations

from pathlib import Path

import pytest

from funcs_builder.engine_address import engine_address


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("unix:///run/user/1000/podman/podman.sock", "unix:///run/user/1000/podman/podman.sock"),
        ("unix:///run//docker.sock/", "unix:///run/docker.sock"),
        ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"),
        ("unix://", "unix://"),
        ("", "unix:///var/run/docker.sock"),
    ],
)
def test_an_address_is_as_docker_host_says(said: str, address: str, tmp_path: Path) -> None:
    assert address == engine_address({"DOCKER_HOST": said, "HOME": str(tmp_path)})


def test_a_relative_socket_file_lies_where_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert f"unix://{tmp_path}/run/s" == engine_address({"DOCKER_HOST": "unix://run/s"})
