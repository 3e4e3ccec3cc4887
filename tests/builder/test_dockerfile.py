from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from funcs_builder.cache import Cache
from funcs_builder.config import Healthcheck, RunConfig
from funcs_builder.dockerfile import DockerfileBuild, Recipe, base_name
from funcs_builder.engine import Engine
from funcs_builder.entry import Entry, FileContent
from funcs_builder.errors import BuildError, EngineError, LayerError
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.reference import Reference
from funcs_builder.source import Listed
from tests.builder.engines import busybox
from tests.builder.publish.conformance import nonce

ODD = "a 'b' \"c\" $HOME \\ é"


def plan(folder: Path, name: str) -> BuildPlan:
    (folder / "model").write_bytes(os.urandom(2000))
    model = Entry("opt/model", FileContent.of(folder / "model"), 0o640, uid=7, gid=8)
    return BuildPlan(
        SCRATCH,
        (
            LayerPlan("shell", busybox()),
            LayerPlan("model", Listed([model]), is_packed=False),
            LayerPlan("code", Listed([Entry.text("opt/code", nonce(), 0o664)])),
        ),
        RunConfig(
            env={"PATH": "/bin", "ODD": ODD},
            entrypoint=("sh", "-c", ODD),
            cmd=("x",),
            user="65532:0",
            working_dir="/opt",
            ports=("8080/tcp",),
            labels={"org.title": ODD},
            volumes=("/data",),
            stop_signal="SIGINT",
            healthcheck=Healthcheck(("true",), interval_s=0.2),
        ),
        target=Reference.parse(f"{name}:v1"),
    )


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def building(engine: Engine, lines: list[str]) -> DockerfileBuild:
    return DockerfileBuild(engine, lines.append, "none")


def test_an_engine_builds_what_the_plan_says(
    building: DockerfileBuild,
    docker_client: DockerClient,
    repository_name: str,
    tmp_path: Path,
    cache: Cache,
    lines: list[str],
) -> None:
    wanted = plan(tmp_path, repository_name)
    recipe = Recipe(wanted, after=("RUN cat /opt/code && id -u > /opt/by",))
    image_id = building.build(recipe, SCRATCH)
    found: Any = docker_client.images.get(f"{repository_name}:v1")
    container: Any = docker_client.containers.create(image_id)
    data = b"".join(container.export())
    container.remove()
    same = assemble(wanted, Base(Image.scratch(LINUX_AMD64)), cache).config

    assert image_id == found.id
    assert any(line.startswith("Step 6/") and recipe.after[0] in line for line in lines)
    for key in ("Entrypoint", "Cmd", "User", "WorkingDir", "ExposedPorts", "Labels", "Volumes"):
        assert json.loads(same.to_json())["config"][key] == found.attrs["Config"][key]
    assert set(json.loads(same.to_json())["config"]["Env"]) == set(found.attrs["Config"]["Env"])
    assert wanted.run.healthcheck is not None
    assert wanted.run.healthcheck.to_dict().items() >= found.attrs["Config"]["Healthcheck"].items()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        model = archive.getmember("opt/model")
        stream = archive.extractfile(model)
        by = archive.extractfile("opt/by")
        assert stream is not None
        assert by is not None
        assert (tmp_path / "model").read_bytes() == stream.read()
        assert b"0\n" == by.read()
    assert (0o640, 7, 8) == (model.mode & 0o7777, model.uid, model.gid)


def test_a_step_that_fails_is_shown_with_what_it_printed(
    building: DockerfileBuild, engine: Engine, repository_name: str, tmp_path: Path
) -> None:
    recipe = Recipe(
        plan(tmp_path, repository_name), after=("RUN true", "RUN cat /no/such/file && true")
    )

    with pytest.raises(EngineError, match=r"step 7/\d+: RUN cat /no/such/file && true") as caught:
        building.build(recipe, SCRATCH)
    assert "can't open '/no/such/file'" in str(caught.value)
    assert "returned a non-zero code: 1" in str(caught.value)
    assert "" == engine.image_id(f"{repository_name}:v1")


def test_a_base_without_a_shell_is_told(
    engine: Engine, repository_name: str, tmp_path: Path
) -> None:
    code = LayerPlan("code", Listed([Entry.text("opt/main.py", "")]))
    recipe = Recipe(BuildPlan(SCRATCH, (code,), RunConfig()), after=("RUN true",))

    with pytest.raises(EngineError, match="RUN true") as caught:
        DockerfileBuild(engine).build(recipe, SCRATCH)
    assert "take a base with a shell" in caught.value.fix


def test_a_file_that_changes_meanwhile_is_told(
    building: DockerfileBuild, engine: Engine, repository_name: str, tmp_path: Path
) -> None:
    recipe = Recipe(plan(tmp_path, repository_name))
    (tmp_path / "model").write_bytes(b"x")

    with pytest.raises(LayerError, match="opt/model is no longer 2000 bytes"):
        building.build(recipe, SCRATCH)
    assert "" == engine.image_id(f"{repository_name}:v1")


def test_a_base_that_no_registry_has_is_loaded_first(
    building: DockerfileBuild, engine: Engine, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    shell = BuildPlan(SCRATCH, plan(tmp_path, "x").layers[:2], RunConfig(env={"PATH": "/bin"}))
    base = Base(assemble(shell, Base(Image.scratch(LINUX_AMD64)), cache))
    name = base_name(base, lambda to: EnginePublisher(engine, to).publish(base.image))
    code = plan(tmp_path, repository_name)._replace(layers=plan(tmp_path, "x").layers[2:])

    assert base.image.id == engine.image_id(name)
    assert building.build(Recipe(code, ("RUN cat /opt/model > /dev/null",)), name)


def test_a_base_is_called_by_its_name_and_digest() -> None:
    digest = "sha256:" + "0" * 64
    base = Base(Image.scratch(LINUX_AMD64), "docker.io/library/python:3.11-slim", digest)

    assert f"docker.io/library/python:3.11-slim@{digest}" == base_name(base, lambda to: to)
    assert SCRATCH == base_name(Base(Image.scratch(LINUX_AMD64)), lambda to: to)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ARG TOKEN=secret", "stays readable in the image"),
        ("arg TOKEN", "stays readable in the image"),
        ("RUN a\nRUN b", "is no instruction"),
        ("", "is no instruction"),
        ("FROM other", "cannot stand between the layers"),
        ("RUN a \\", "cannot stand between the layers"),
        ("RUN --mount=type=secret,id=x cat /run/secrets/x", "needs BuildKit"),
        ("RUN <<EOF", "needs BuildKit"),
    ],
)
def test_an_instruction_that_cannot_be_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(BuildError, match=message) as caught:
        Recipe(plan(tmp_path, "x"), after=(line,))
    assert caught.value.fix


def test_a_value_of_two_lines_is_refused(tmp_path: Path) -> None:
    wanted = plan(tmp_path, "x")._replace(run=RunConfig(env={"A": "1\nRUN evil"}))

    with pytest.raises(BuildError, match="has more than one line"):
        Recipe(wanted).dockerfile(SCRATCH)


def test_the_text_is_short_and_in_order(tmp_path: Path) -> None:
    wanted = plan(tmp_path, "x")._replace(run=RunConfig(env={"A": "$B"}, user="65532", cmd=("a",)))
    text = Recipe(wanted, ("RUN first",), ("RUN last",)).dockerfile("python:3.11")

    assert [
        "FROM python:3.11",
        "USER 0",
        "RUN first",
        "ADD layers/000.tar /",
        "ADD layers/001.tar /",
        "ADD layers/002.tar /",
        "RUN last",
        'ENV A="\\$B"',
        'CMD ["a"]',
        "USER 65532",
    ] == [line for line in text.splitlines() if not line.startswith("#")]
