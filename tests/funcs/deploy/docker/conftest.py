"""Functions as images of a real engine, and the command that deploys them there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from docker import DockerClient

from funcs_builder.cache import Cache
from funcs_builder.engine import Engine
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.reference import Reference
from tests.builder.python_image import python_image

YAML = "metadata: {name: shop}\nspec:\n  handler: main:handler\n  runtime: python:3.11\n"
ANSWERS = "def handler(context, event):\n    return 'VERSION'\n"

Put = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Command:
    """``funcs`` in the function's folder, with the test's engine."""

    folder: Path
    environ: dict[str, str]

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start it."""
        return subprocess.Popen(
            [sys.executable, "-m", "funcs", *words],
            cwd=self.folder, env=self.environ, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *words: str, code: int = 0) -> str:
        """What it prints and says, once it has ended with ``code``."""
        process = self.begin(*words)
        printed, said = process.communicate(timeout=300)
        assert code == process.returncode, printed + said
        return printed + said

    def deploy(self, image: str, *words: str, code: int = 0) -> str:
        """Deploy an image."""
        return self("deploy", "-i", image, *words, code=code)

    @property
    def url(self) -> str:
        """Where the function is called."""
        row = self("get", "--output", "wide").splitlines()[-1]
        return row.rpartition("| ")[2].strip()


@pytest.fixture(scope="session")
def image_cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Python's layer is made once."""
    return Cache(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `funcs build` keeps of one test for the next."""
    return tmp_path_factory.mktemp("packages")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "function.yaml").write_text(YAML)
    return folder


@pytest.fixture
def put(place: Path, image_cache: Cache, engine: Engine, repository_name: str) -> Put:
    """Puts the function into the engine under a tag; the image's name."""

    def publish(tag: str, code: str = "") -> str:
        (place / "main.py").write_text(code or ANSWERS.replace("VERSION", tag))
        name = Reference.parse(f"{repository_name}:{tag}")
        EnginePublisher(engine, name).publish(python_image(place, image_cache))
        return name.familiar

    return publish


@pytest.fixture
def command(
    place: Path, packages: Path, engine_address: str, docker_client: DockerClient
) -> Iterator[Command]:
    """``funcs`` with the engine; what it has deployed goes with the test."""
    if not docker_client.networks.list(names=["bridge"]):
        pytest.skip("no bridge can be made here: ports of containers cannot be published")
    environ = {
        **os.environ, "DOCKER_HOST": engine_address, "DOCKER_CONFIG": str(place),
        "FUNCS_PLATFORM": "docker", "XDG_CACHE_HOME": str(packages),
    }  # fmt: skip
    yield Command(place, environ)
    for each in docker_client.containers.list(all=True, filters={"label": "io.funcs.deployed"}):
        each.remove(force=True)
