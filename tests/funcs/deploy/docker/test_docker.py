"""Functions on a real Docker engine: run, replaced under load, brought back, taken away."""

from __future__ import annotations

import sys

import pytest
from docker import DockerClient

from tests.funcs.deploy.docker.conftest import Command, Put
from tests.funcs.deploy.docker.load import Load

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="an image has Linux' Python"),
    pytest.mark.timeout(300),
]


def names(client: DockerClient) -> list[str]:
    found = client.containers.list(all=True, filters={"label": "io.funcs.deployed"})
    return sorted(str(each.name) for each in found)


def test_no_request_is_lost_while_a_function_is_replaced(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    first, second, third = put("one"), put("two"), put("three")
    command.deploy(first)
    load = Load(command.url)

    with load.going_on(kept=4, single=4):
        load.wait_for("200 one")
        command.deploy(second)
        load.wait_for("200 two")
        command.deploy(third)
        load.wait_for("200 three")

    assert {"200 one", "200 two", "200 three"} == load.answers.keys(), load.answers
    assert ["funcs.shop", "funcs.shop.port"] == names(docker_client)
