"""Functions on a real Docker engine: run, replaced under load, brought back, taken away."""

from __future__ import annotations

import sys

import pytest
from docker import DockerClient

from funcs.emulator.call import call
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


def test_a_version_that_fails_is_removed_and_the_one_before_goes_on(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    command.deploy(put("good"))
    broken = put("broken", "import nothing_of_the_kind\n\n\ndef handler(c, e): ...\n")
    load = Load(command.url)

    with load.going_on(kept=1, single=1):
        said = command.deploy(broken, code=1)

    assert "function 'shop' fails at its start" in said
    assert "nothing_of_the_kind" in said
    assert ["200 good"] == list(load.answers)
    assert ["funcs.shop", "funcs.shop.port"] == names(docker_client)


def test_a_first_version_that_fails_leaves_nothing(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    command.deploy(put("broken", "1 / 0\n"), code=1)

    assert [] == names(docker_client)
    assert "there is no function 'shop'" in command("describe", "shop", code=1)


@pytest.mark.parametrize("moment", ["funcs.shop.next", "funcs.shop.old"])
def test_a_deploy_that_is_killed_loses_nothing_and_the_next_one_cleans_up(
    command: Command, put: Put, docker_client: DockerClient, moment: str
) -> None:
    command.deploy(put("one"))
    load = Load(command.url)
    two, three = put("two"), put("three")

    with load.going_on(kept=2, single=2):
        killed = command.begin("deploy", "-i", two)
        while moment not in names(docker_client):
            assert killed.poll() is None, killed.communicate()
        killed.kill()
        killed.communicate()
        command.deploy(three)
        load.wait_for("200 three")

    assert {"200 one", "200 two", "200 three"} >= load.answers.keys(), load.answers
    assert ["funcs.shop", "funcs.shop.port"] == names(docker_client)


def test_it_is_told_asked_stopped_started_brought_back_and_deleted(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    printing = "def handler(c, e):\n    print('hm')\n    return 'two'\n"
    first, second = put("one"), put("two", printing)
    command.deploy(first)
    again = command.deploy(first)
    command.deploy(second)
    url = command.url

    assert "shop is ready and as planned: nothing to change" in again
    assert "two" in command("invoke", "--deployed", "shop")
    assert "hm" in command("logs", "shop", "--tail", "20")
    assert f"image {second}" in " ".join(command("describe", "shop").split())
    assert "one" == _after(command("rollback"), url)
    assert "shop is disabled" in command("disable", "shop")
    assert "disabled" in command("get")
    assert "shop is ready" in command("enable", "shop")
    assert "one" == call(url).text
    assert "shop is deleted" in command("delete", "shop")
    assert [] == names(docker_client)
    assert "shop was not there" in command("delete", "shop")


def _after(said: str, url: str) -> str:
    assert f"shop is ready at {url}" in said
    return call(url).text


def test_what_function_yaml_says_of_a_container_is_kept(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    (command.folder / "function.yaml").write_text(
        "metadata: {name: shop}\n"
        "spec:\n"
        "  handler: main:handler\n"
        "  runtime: python:3.11\n"
        '  env: [{name: GREETING, value: "it\'s"}]\n'
        "  securityContext: {runAsUser: 1234, runAsGroup: 5}\n"
        "  resources: {limits: {memory: 256Mi, cpu: 500m}}\n"
        "  triggers: {web: {kind: http, numWorkers: 2, attributes: {port: 18231}}}\n"
    )
    code = "import os\n\n\ndef handler(c, e):\n"
    code += "    return f\"{os.getuid()} {os.environ['GREETING']}\"\n"
    more = ("--volume", f"{command.folder}:/mnt/here", "-e", "PASSWORD=hush")
    command.deploy(put("one", code), *more)

    container = docker_client.containers.get("funcs.shop")
    host = container.attrs["HostConfig"]
    assert "http://127.0.0.1:18231" == command.url
    assert "hush" not in command("get", "shop", "-o", "json")
    assert "1234 it's" == call(command.url).text
    assert (256 << 20, 500_000_000) == (host["Memory"], host["NanoCpus"])
    assert [f"{command.folder}:/mnt/here:rw"] == host["Binds"]
    assert ("unless-stopped", ["ALL"]) == (host["RestartPolicy"]["Name"], host["CapDrop"])


def test_a_port_is_found_or_refused(command: Command, put: Put) -> None:
    image = put("one")
    command.deploy(image, "-n", "lab")
    other = command.deploy(image)

    assert f"shop is ready at {command.url}" in other
    port = command.url.rpartition(":")[2]
    assert f"port {port} is taken" in command.deploy(image, "-n", "x", "--publish", port, code=1)
    assert "cannot move at once" in command.deploy(image, "--publish", "19999", code=1)
    assert "'x:y' is no port" in command.deploy(image, "--publish", "x:y", code=1)
