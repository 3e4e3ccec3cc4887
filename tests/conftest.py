"""What several rooms' tests talk to: a cache, registries, a Docker engine; all real."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:  # most tests do without them
    from docker import DockerClient

    from funcs_builder.cache import Cache
    from funcs_builder.engine import Engine
    from tests.builder.registries import Proxy

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile("funcs", deadline=None)
settings.load_profile("funcs")

# A shell ignores Ctrl-C for what it runs in the background, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    from funcs_builder.cache import Cache

    return Cache(tmp_path / "cache")


@pytest.fixture(scope="session")
def registry_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that lets everybody in."""
    from tests.builder.registries import registry

    with registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture(scope="session")
def locked_registry_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that wants a name and a password."""
    from tests.builder.registries import registry

    with registry(tmp_path_factory.mktemp("locked"), has_password=True) as host:
        yield host


@pytest.fixture
def faulty(registry_host: str) -> Iterator[Proxy]:
    """A proxy before the open registry, without faults yet."""
    from tests.builder.registries import proxy

    with proxy(registry_host) as server:
        yield server


@pytest.fixture
def repository_name() -> str:
    """A repository that no test had before."""
    return f"tests/{os.urandom(6).hex()}"


@pytest.fixture(scope="session")
def engine_address() -> Iterator[str]:
    """A Docker engine that has no image yet."""
    from tests.builder.engines import docker_engine

    with docker_engine() as address:
        yield address


@pytest.fixture
def engine(engine_address: str) -> Iterator[Engine]:
    """A connection to that engine."""
    from funcs_builder.engine import Engine

    found = Engine.connect({"DOCKER_HOST": engine_address})
    yield found
    found.close()


@pytest.fixture
def docker_client(engine_address: str) -> Iterator[DockerClient]:
    """Another connection to it, to look at what it has."""
    from docker import DockerClient

    client = DockerClient(engine_address)
    yield client
    client.close()
