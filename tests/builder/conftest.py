from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from funcs_builder.cache import Cache
from funcs_builder.engine import Engine
from tests.builder.engines import docker_engine
from tests.builder.registries import Proxy, proxy, registry


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture(scope="session")
def registry_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that lets everybody in."""
    with registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture(scope="session")
def locked_registry_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that wants a name and a password."""
    with registry(tmp_path_factory.mktemp("locked"), has_password=True) as host:
        yield host


@pytest.fixture
def faulty(registry_host: str) -> Iterator[Proxy]:
    """A proxy before the open registry, without faults yet."""
    with proxy(registry_host) as server:
        yield server


@pytest.fixture
def repository_name() -> str:
    """A repository that no test had before."""
    return f"tests/{os.urandom(6).hex()}"


@pytest.fixture(scope="session")
def engine_address() -> Iterator[str]:
    """A Docker engine that has no image yet."""
    with docker_engine() as address:
        yield address


@pytest.fixture
def engine(engine_address: str) -> Iterator[Engine]:
    """A connection to that engine."""
    found = Engine.connect({"DOCKER_HOST": engine_address})
    yield found
    found.close()


@pytest.fixture
def docker_client(engine_address: str) -> Iterator[DockerClient]:
    """Another connection to it, to look at what it has."""
    client = DockerClient(engine_address)
    yield client
    client.close()
