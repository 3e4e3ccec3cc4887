from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.engine import Engine
from funcs_builder.errors import EngineError
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.reference import Reference
from tests.builder.registries import certificate
from tests.builder.samples import sample_image
from tests.builder.secured import secured


def test_an_engine_that_is_not_there_is_told_with_a_fix(tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/none.sock"

    with pytest.raises(EngineError, match="could not reach the Docker engine: No such file") as got:
        Engine.connect({"DOCKER_HOST": address})
    assert address == got.value.where
    assert "DOCKER_HOST" in got.value.fix


def test_the_engine_of_the_docker_context_is_found(engine_address: str, tmp_path: Path) -> None:
    context_at(tmp_path, engine_address)
    engine = Engine.connect({"DOCKER_CONFIG": str(tmp_path)})

    assert engine_address == engine.where
    assert "linux" == engine.platform.os
    engine.close()


def test_the_engine_of_a_docker_context_is_reached_by_tls(
    engine_address: str, tmp_path: Path
) -> None:
    own, theirs = tmp_path / "own", tmp_path / "theirs"
    own.mkdir()
    theirs.mkdir()
    with secured(engine_address, certificate(theirs), certificate(own)) as port:
        tls = context_at(tmp_path, f"tcp://127.0.0.1:{port}")
        shutil.copy(theirs / "certificate.pem", tls / "ca.pem")
        shutil.copy(own / "certificate.pem", tls / "cert.pem")
        shutil.copy(own / "key.pem", tls / "key.pem")
        engine = Engine.connect({"DOCKER_CONFIG": str(tmp_path)})

        assert "linux" == engine.platform.os
        engine.close()
        (tls / "cert.pem").unlink()
        (tls / "key.pem").unlink()
        with pytest.raises(EngineError, match="could not reach the Docker engine"):
            Engine.connect({"DOCKER_CONFIG": str(tmp_path)})


def context_at(folder: Path, host: str) -> Path:
    """Makes a ``docker context`` the current one; its folder for TLS."""
    key = hashlib.sha256(b"tests").hexdigest()
    meta, tls = (folder / "contexts" / part / key for part in ("meta", "tls"))
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": host}}}))
    (folder / "config.json").write_text('{"currentContext": "tests"}')
    (tls / "docker").mkdir(parents=True)
    return tls / "docker"


def test_a_docker_context_that_is_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="docker context 'gone' cannot be read"):
        Engine.connect({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "gone"})


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("tcp://127.0.0.1:99999", "Port out of range"),
        (
            "ssh://nobody@127.0.0.1:1",
            "(Install paramiko|Unable)",
        ),
    ],
)
def test_an_address_where_nothing_can_be_is_told(address: str, what: str) -> None:
    with pytest.raises(EngineError, match=f"could not reach the Docker engine: {what}") as got:
        Engine.connect({"DOCKER_HOST": address})

    assert address == got.value.where


def test_an_engine_with_its_own_store_takes_thin_archives(engine: Engine) -> None:
    assert engine.takes_thin_archives()


def test_an_engine_counts_the_layers_it_has_from_the_lowest(
    engine: Engine, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    name = f"{repository_name}:v1"
    diff_ids = image.config.diff_ids

    assert 0 == engine.known_layers(diff_ids, name)
    EnginePublisher(engine, Reference.parse(name)).publish(image)
    assert 3 == engine.known_layers(diff_ids, name)
    assert 2 == engine.known_layers([*diff_ids[:2], "sha256:else"], f"{repository_name}:v2")


def test_an_archive_that_is_none_is_told(engine: Engine) -> None:
    with pytest.raises(EngineError, match="could not load the image into the Docker engine"):
        engine.load([b"nonsense"])


def test_an_image_that_is_not_there_has_no_id(engine: Engine) -> None:
    assert "" == engine.image_id("no/such:name")
