"""Containers of a real engine."""

from __future__ import annotations

import contextlib
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from funcs_builder.cache import Cache
from funcs_builder.config import RunConfig
from funcs_builder.container import Container, ContainerPlan, files_of
from funcs_builder.credentials import ANONYMOUS
from funcs_builder.engine import Engine
from funcs_builder.engine_address import EngineAddress
from funcs_builder.errors import EngineError
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64
from funcs_builder.progress import Quiet
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.reference import Reference
from tests.builder.engines import busybox


@pytest.fixture
def image(engine: Engine, cache: Cache, repository_name: str) -> str:
    """An image with a shell, in the engine."""
    run = RunConfig(env={"PATH": "/bin", "WHO": "image"}, entrypoint=("/bin/sh", "-c"))
    plan = BuildPlan(SCRATCH, (LayerPlan("shell", busybox()),), run, LINUX_AMD64)
    name = Reference.parse(f"{repository_name}:v1")
    EnginePublisher(engine, name).publish(assemble(plan, Base(Image.scratch(LINUX_AMD64)), cache))
    return name.familiar


@pytest.fixture
def made(engine: Engine) -> Iterator[list[Container]]:
    """Containers that a test makes; taken away with it."""
    containers: list[Container] = []
    yield containers
    for each in containers:
        each.remove()


def test_it_prints_what_it_was_given_and_ends(
    engine: Engine, image: str, made: list[Container]
) -> None:
    command = "echo $WHO; cat /etc/given/file; echo oh >&2; exit 3"
    container = Container(engine, ContainerPlan(image, {"WHO": "me"}, command=(command,)))
    made.append(container)

    container.put({"etc/given/file": b"a file\n"})
    container.start()

    printed = b"".join(container.listen())
    assert sorted([b"me", b"a file", b"oh"]) == sorted(printed.splitlines())
    assert 3 == container.wait()
    assert [] == list(container.listen(since=int(time.time()) + 100))


def test_a_port_is_opened_on_loopback_alone(
    engine: Engine, image: str, made: list[Container], docker_client: DockerClient
) -> None:
    plan = ContainerPlan(image, ports={8080: 0}, command=("sleep 600",))
    container = Container(engine, plan)
    made.append(container)
    container.start()

    port = container.port(8080)

    bindings = docker_client.api.inspect_container(container.id)["NetworkSettings"]["Ports"]
    assert [{"HostIp": "127.0.0.1", "HostPort": str(port)}] == bindings["8080/tcp"]
    container.kill()
    assert 137 == container.wait()
    container.kill()
    container.terminate()
    container.remove()
    container.remove()


def test_one_joins_the_network_of_another_within_its_limits(
    engine: Engine, image: str, made: list[Container], docker_client: DockerClient
) -> None:
    sleep = ("sleep 600",)
    holder = Container(engine, ContainerPlan(image, ports={8080: 0}, command=sleep))
    made.append(holder)
    holder.start()
    plan = ContainerPlan(
        image, command=sleep, network=holder.id, user="7:0", memory_bytes=64 << 20, cpus=0.5,
        folders=(("/tmp", "/here", True),), healthcheck=("true",), drops_capabilities=True,
    )  # fmt: skip
    joined = Container(engine, plan)
    made.append(joined)
    joined.start()
    name = f"joined-{joined.id[:12]}"
    joined.rename(name)
    Container.found(engine, name).restart_by("always")

    found = docker_client.api.inspect_container(name)
    host = found["HostConfig"]
    assert f"container:{holder.id}" == host["NetworkMode"]
    assert (64 << 20, 500_000_000) == (host["Memory"], host["NanoCpus"])
    assert ["ALL"] == host["CapDrop"]
    (mount,) = found["Mounts"]
    assert ("/tmp", "/here", False) == (mount["Source"], mount["Destination"], mount["RW"])
    assert "7:0" == found["Config"]["User"]
    assert ["CMD", "true"] == found["Config"]["Healthcheck"]["Test"]
    assert "always" == host["RestartPolicy"]["Name"]
    assert b"" == joined.printed(tail=1)


def test_a_folder_that_the_host_lacks_is_not_made_there(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    absent = tmp_path / "absent"

    with pytest.raises(EngineError, match=f"bind source path does not exist: {absent}"):
        Container(engine, ContainerPlan(image, folders=((str(absent), "/here", True),)))
    assert not absent.exists()


def test_files_of_an_image_are_read_without_running_it(
    engine: Engine, image: str, docker_client: DockerClient
) -> None:
    with files_of(engine, image, "/etc") as stream:
        assert stream is not None
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            names = archive.getnames()
    with files_of(engine, image, "/no/such/file") as nothing:
        assert nothing is None

    assert "etc/passwd" in names
    assert not any(image in str(each.image) for each in docker_client.containers.list(all=True))


def test_what_cannot_be_started_is_told_with_the_engines_words(
    engine: Engine, image: str, made: list[Container]
) -> None:
    container = Container(engine, ContainerPlan(image, command=("true",)))
    made.append(container)
    container.start()
    container.wait()

    with pytest.raises(EngineError, match="could not make a container of no/such:image"):
        Container(engine, ContainerPlan("no/such:image"))


def test_an_image_that_no_registry_has_cannot_be_pulled(engine: Engine, registry_host: str) -> None:
    with pytest.raises(EngineError, match="could not pull"):
        engine.pull(f"{registry_host}/no/such:v1", ANONYMOUS, Quiet())


@pytest.mark.parametrize(
    ("where", "host"),
    [
        ("unix:///var/run/docker.sock", "127.0.0.1"),
        ("tcp://build.example:2375", "build.example"),
        ("ssh://me@build.example", "build.example"),
        ("tcp://127.0.0.1:2375", "127.0.0.1"),
    ],
)
def test_ports_are_opened_on_the_engines_own_host(where: str, host: str) -> None:
    assert host == Engine(EngineAddress(where)).host


def test_one_is_told_to_end(engine: Engine, image: str, made: list[Container]) -> None:
    command = ("trap 'exit 7' TERM; echo here; while :; do sleep 0.1; done",)
    container = Container(engine, ContainerPlan(image, command=command))
    made.append(container)
    container.start()
    with contextlib.closing(container.listen()) as output:
        next(output)

    container.terminate()
    assert 7 == container.wait()
