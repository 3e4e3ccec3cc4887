"""Functions on a real Docker engine: run, replaced under load, brought back, taken away."""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path

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
    # not each by itself: one may be gone by then
    found = client.api.containers(all=True, filters={"label": "io.funcs.deployed"})
    return sorted(str(each["Names"][0]).removeprefix("/") for each in found)


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
    command.deploy(put("one"))
    command("delete", "shop")
    said = command.deploy(put("broken", "1 / 0\n"), code=1)
    assert "what served before goes on" not in said
    assert "note: funcs rollback brings back what served before" in said
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


def test_of_what_a_killed_deploy_left_the_one_that_serves_stays(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    image = put("good")
    command.deploy(image)
    serving = docker_client.containers.get("funcs.shop")
    serving.rename("funcs.shop.old")
    docker_client.containers.create(image, name="funcs.shop.next", labels=serving.labels)

    command("enable", "shop")

    assert "good" == call(command.url).text
    assert ["funcs.shop", "funcs.shop.port"] == names(docker_client)
    assert serving.id == docker_client.containers.get("funcs.shop").id


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
    log = command("logs", "shop", "--tail", "20")
    assert "hm" in log
    assert "\x1b" not in log, "colours are a terminal's"
    assert f"image {second}" in " ".join(command("describe", "shop").split())
    assert "one" == _after(command("rollback"), url)
    assert "shop is disabled" in command("disable", "shop")
    assert "disabled" in command("get")
    assert "shop is ready" in command("enable", "shop")
    assert "one" == call(url).text
    assert "shop is deleted" in command("delete", "shop")
    assert [] == names(docker_client)
    assert "there is no function 'shop'" in command("delete", "shop")


def test_why_a_container_does_not_serve_is_told(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    image = put("one")
    command.deploy(image)

    docker_client.containers.get("funcs.shop").kill()
    killed = command("describe", code=1)
    command("enable")
    docker_client.containers.get("funcs.shop.port").remove(force=True)
    alone, enabled = command("describe", code=1), command("enable", code=1)

    assert "function 'shop' does not run: its container ended with exit code 137" in killed
    assert 1 == killed.count("exit code 137")
    assert "the container that holds its port is gone: deploy it again" in alone
    assert "the container that holds the port of 'shop' is gone" in enabled
    assert "fix: deploy it again" in enabled
    command.deploy(image)
    assert "one" == call(command.url).text


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
    (mount,) = container.attrs["Mounts"]
    assert (str(command.folder), "/mnt/here", True) == (
        mount["Source"],
        mount["Destination"],
        mount["RW"],
    )
    assert ("unless-stopped", ["ALL"]) == (host["RestartPolicy"]["Name"], host["CapDrop"])


def test_a_port_is_found_or_refused(command: Command, put: Put) -> None:
    image = put("one")
    command.deploy(image, "-n", "lab")
    other = command.deploy(image)

    assert f"shop is ready at {command.url}" in other
    port = command.url.rpartition(":")[2]
    assert f"port {port} is taken" in command.deploy(image, "-n", "x", "--publish", port, code=1)
    assert "cannot move at once" in command.deploy(image, "--publish", "19999", code=1)
    nowhere = command.deploy(image, "-n", "x", "--publish", "192.0.2.1:8080", code=1)
    assert "the engine's host has no address 192.0.2.1" in nowhere
    assert "'x:y' is no port" in command.deploy(image, "--publish", "x:y", code=1)


def test_a_port_in_the_container_that_nobody_leads_to_is_refused(
    command: Command, put: Put
) -> None:
    image = put("one")
    command.deploy(image)
    yaml = (command.folder / "function.yaml").read_text()
    moved = f"{yaml}  triggers: {{http: {{kind: http, url: ':8070'}}}}\n"
    (command.folder / "function.yaml").write_text(moved)

    said = command.deploy(image, code=1)
    assert "'shop' listens at port 8080 of its container, and cannot move at once" in said
    assert "one" == call(command.url).text
    command("delete", "shop")
    command.deploy(image)
    assert "one" == call(command.url).text


def test_a_function_without_enough_memory_is_told_so(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    if not docker_client.info()["MemoryLimit"]:
        pytest.skip("this kernel limits no container's memory")
    yaml = (command.folder / "function.yaml").read_text()
    limits = "  resources: {limits: {memory: 8Mi}}\n"
    (command.folder / "function.yaml").write_text(yaml + limits)

    said = command.deploy(put("one"), code=1)
    assert "its memory was not enough\n  fix: give it more in spec.resources.limits" in said


def test_a_version_that_ends_or_never_is_ready_tells_what_it_printed(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    command.deploy(put("good"))
    ending = command.deploy(put("ending", "import os\n\nos._exit(3)\n"), code=1)
    waits = "import threading\n\nprint('loading', flush=True)\nthreading.Event().wait()\n"
    waiting = command.deploy(put("waiting", waits), "--timeout", "3", code=1)

    assert "Wrapper process for worker 0 exited unexpectedly" in ending
    assert "the container ended with exit code 2" in ending
    assert "    loading\n" in waiting
    assert "it was not ready within 3 s\n  fix: make it start faster, or wait longer" in waiting
    assert "note: what served before goes on" in waiting
    assert "good" == call(command.url).text
    assert ["funcs.shop", "funcs.shop.port"] == names(docker_client)


def test_what_an_engine_lacks_is_named_and_nothing_is_left(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    absent = command.folder / "absent"

    no_image = command.deploy("127.0.0.1:1/shop:1", code=1)
    no_folder = command.deploy(put("one"), "--volume", f"{absent}:/there", code=1)

    assert "the engine does not have the image '127.0.0.1:1/shop:1'" in no_image
    assert "fix: build it into this engine (funcs build)" in no_image
    assert f"the engine's host has no folder '{absent}'" in no_folder
    assert not absent.exists()
    assert [] == names(docker_client)


def test_an_image_that_was_removed_is_looked_for_nowhere_else(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    images = [put("one"), put("gone"), put("three")]  # no other test has this one by another name
    for each in images:
        command.deploy(each)
    docker_client.images.remove(images[1])

    said = command("rollback", code=1)

    assert f"the image '{images[1]}' of this deploy is gone from the engine" in said
    assert "pulling" not in said
    assert "three" == call(command.url).text


@pytest.mark.parametrize("name", ["funcs.shop", "funcs.shop.port", "funcs.shop.next"])
def test_a_strangers_container_is_named_and_left_alone(
    command: Command, put: Put, docker_client: DockerClient, name: str
) -> None:
    image = put("one")
    stranger = docker_client.containers.create(image, name=name)
    try:
        said = command.deploy(image, code=1)
        stranger.reload()
    finally:
        stranger.remove()

    assert f"there is a container called {name} that funcs did not make" in said
    assert "created" == stranger.status
    assert [] == names(docker_client)


def test_of_two_deploys_at_once_the_second_waits_and_both_come_true(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    command.deploy(put("good"))
    loads = "import time\n\ntime.sleep(2)\n\n\ndef handler(c, e):\n    return 'loads'\n"
    loading, two = put("loading", loads), put("two")
    first = command.begin("deploy", "-i", loading)
    while "funcs.shop.next" not in names(docker_client):
        assert first.poll() is None, first.communicate()

    second = command.deploy(two)
    first.communicate()

    assert 0 == first.returncode
    assert "another deploy from this folder goes on: waiting for its end" in second
    assert "two" == call(command.url).text
    assert "loads" == _after(command("rollback"), command.url)


def test_a_deploy_from_elsewhere_that_comes_between_is_told_to_the_first(
    command: Command, put: Put, docker_client: DockerClient, tmp_path: Path
) -> None:
    waits = "import threading\n\nthreading.Event().wait()\n"
    waiting, two = put("waiting", waits), put("two")
    first = command.begin("deploy", "-i", waiting)
    while "funcs.shop.next" not in names(docker_client):
        assert first.poll() is None, first.communicate()
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(command.folder, elsewhere)

    Command(elsewhere, command.environ).deploy(two)
    _, said = first.communicate()

    assert 1 == first.returncode
    assert "the new container of 'shop' was removed meanwhile" in said
    assert "two" == call(command.url).text


def test_ctrl_c_says_whether_the_function_was_replaced(
    command: Command, put: Put, docker_client: DockerClient
) -> None:
    waits = "import threading\n\nthreading.Event().wait()\n"
    busy = "import time\n\n\ndef handler(c, e):\n    time.sleep(6)\n    return 'busy'\n"
    waiting, two, three = put("waiting", waits), put("two"), put("three")
    first = interrupted(command, "funcs.shop.next", docker_client, waiting)
    assert (130, []) == (first[0], names(docker_client))
    assert "shop is not deployed; nothing of it was there before" in first[1]
    command.deploy(put("busy", busy))

    early = interrupted(command, "funcs.shop.next", docker_client, waiting)
    load = Load(command.url)
    with load.going_on(kept=0, single=1):
        late = interrupted(command, "funcs.shop.old", docker_client, two)
        load.wait_for("200 two")
        last = command.deploy(three)

    assert (130, True) == (early[0], "was not replaced; what served goes on" in early[1])
    assert (0, True) == (late[0], "the container before it still answers its clients" in late[1])
    assert {"200 busy", "200 two", "200 three"} >= load.answers.keys(), load.answers
    assert "bringing the deploy before this one to its end" in last
    assert ["funcs.shop", "funcs.shop.port"] == names(docker_client)
    assert "two" == _after(command("rollback"), command.url)


@pytest.mark.parametrize("word", ["delete", "disable"])
def test_ctrl_c_while_a_function_ends_says_how_to_go_on(
    command: Command, put: Put, docker_client: DockerClient, word: str
) -> None:
    busy = "import time\n\n\ndef handler(c, e):\n    time.sleep(5)\n    return 'busy'\n"
    command.deploy(put("busy", busy))

    with Load(command.url).going_on(kept=0, single=1):
        process = command.begin(word, "shop")
        while b"Got system signal" not in docker_client.containers.get("funcs.shop").logs():
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=30)

    assert (130, "") == (process.returncode, printed)
    assert "not waiting any more; the platform may go on with 'shop'" in said
    assert f"see how it goes with: funcs get shop; funcs {word} shop to wait again" in said
    command(word, "shop")


def interrupted(command: Command, moment: str, client: DockerClient, image: str) -> tuple[int, str]:
    """How a deploy ended that was interrupted once this container was there, and what it said."""
    process = command.begin("deploy", "-i", image)
    while moment not in names(client):
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    printed, said = process.communicate(timeout=60)
    return process.returncode, printed + said
