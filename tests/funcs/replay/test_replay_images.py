"""Tapes sent to images, which a real engine runs and which are gone when the replay ends."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from docker import DockerClient

from funcs.cli.main import main
from funcs.emulator.background import serving
from funcs.emulator.call import call
from funcs.errors import FuncsError
from funcs.replay.target import target_of
from funcs_builder.cache import Cache
from funcs_builder.engine import Engine
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.reference import Reference
from tests.builder.python_image import python_image
from tests.funcs.emulator.terminal import write_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="an image has Linux' Python")

FUNCTION = """
def handler(context, event):
    return {"sums": [sum(row) * FACTOR for row in event.body["rows"]]}
"""
YAML = "metadata: {name: shop}\nspec: {handler: 'main:handler', env: [{name: A, value: b}]}\n"
JSON = [("Content-Type", "application/json")]
Put = Callable[[Path, str], str]


def function(folder: Path, factor: int) -> Path:
    files = {"main.py": f"FACTOR = {factor}\n{FUNCTION}", "function.yaml": YAML}
    return write_files(folder, files)


@pytest.fixture(scope="module")
def image_cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Python's layer is made once."""
    return Cache(tmp_path_factory.mktemp("images"))


@pytest.fixture
def put(image_cache: Cache, engine: Engine, repository_name: str) -> Put:
    """Puts a folder's image into the engine, under a tag; its name."""

    def publish(folder: Path, tag: str) -> str:
        name = Reference.parse(f"{repository_name}:{tag}")
        EnginePublisher(engine, name).publish(python_image(folder, image_cache))
        return name.familiar

    return publish


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return function(tmp_path / "old", 2)


@pytest.fixture
def tape(tmp_path: Path, old: Path) -> Path:
    path = tmp_path / "t.jsonl"
    with serving(old, "--record", str(path), environ=os.environ) as running:
        for rows in ([[1, 2]], [[3]]):
            call(running.url, "POST", body=json.dumps({"rows": rows}).encode(), headers=JSON)
    return path


def test_an_image_answers_as_its_folder_did_and_a_new_one_otherwise(
    tape: Path,
    old: Path,
    put: Put,
    tmp_path: Path,
    docker_client: DockerClient,
    engine_address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine_address)
    first = put(old, "1")
    second = put(function(tmp_path / "new", 3), "v2")

    assert 0 == main(["replay", str(tape), "--against", first])
    assert "2 events sent: 2 the same" in capsys.readouterr().out
    assert 1 == main(["replay", str(tape), "--against", first, "--against", second])
    assert "body.sums[0]: expected 6, was 9" in capsys.readouterr().out
    assert [] == docker_client.containers.list(all=True, filters={"label": "io.funcs.run"})


def test_without_an_engine_it_is_said_what_would_need_one() -> None:
    environ = {**os.environ, "DOCKER_HOST": "unix:///none.sock"}
    with (
        pytest.raises(FuncsError, match="could not reach the Docker engine"),
        target_of("shop:1", timeout_s=1, environ=environ),
    ):
        pass
