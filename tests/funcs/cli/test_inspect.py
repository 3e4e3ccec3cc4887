"""`funcs inspect`: what it prints, and where it looks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from funcs.cli.main import main
from funcs_builder.access import Access
from funcs_builder.cache import Cache
from funcs_builder.engine import Engine
from funcs_builder.publish.archive import ArchivePublisher
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.publish.layout import LayoutPublisher
from funcs_builder.publish.registry import RegistryPublisher
from funcs_builder.reference import Reference
from tests.funcs.packaging.made_image import RUN, function_image

NAME = Reference.parse("shop:v1")


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of the test's own, no engine, and the image's folder as the current one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)


def test_an_archive_is_told_in_full(
    tmp_path: Path, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    image = function_image(tmp_path, cache)
    ArchivePublisher(tmp_path / "shop.tar", NAME).publish(image)

    code = main(["inspect", "shop.tar"])

    printed = capsys.readouterr().out
    assert 0 == code
    for line in (
        "shop.tar",
        f"  image id  {image.id}",
        "  function  shop: handler main:handler",
        "  runtime   python:3.11, funcs 0.1.0",
        "  note      bytecode is left out",
        "Python packages (1)",
        "  numpy 2.1.3",
        "Debian packages (1)",
        "  command      python3 -m funcs processor",
        "  env          API_TOKEN=•••",
        "  ok   HEALTHCHECK        every 1 s: CMD python3 -c pass",
    ):
        assert f"\n{line}\n" in f"\n{printed}", line
    assert "kB  model digits.skops\n" in printed
    assert "  digits.skops  7 B  skops" in printed
    assert "hidden from view" not in printed


def test_layers_are_told_with_their_digests(
    tmp_path: Path, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    image = function_image(tmp_path, cache)
    LayoutPublisher(tmp_path / "layout", NAME).publish(image)

    assert 0 == main(["inspect", "./layout:v1", "--layers"])

    printed = capsys.readouterr().out
    for layer in image.layers:
        assert f"digest  {layer.facts.digest}" in printed
        assert f"diff id {layer.facts.diff_id}" in printed
    assert "funcs build: packages" in printed


def test_the_bill_of_materials_is_printed_alone(
    tmp_path: Path, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    LayoutPublisher(tmp_path / "layout", NAME).publish(function_image(tmp_path, cache))

    assert 0 == main(["inspect", "layout", "--sbom"])

    found = json.loads(capsys.readouterr().out)
    assert "CycloneDX" == found["bomFormat"]


def test_json_holds_all_of_it(
    tmp_path: Path, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    image = function_image(tmp_path, cache)
    LayoutPublisher(tmp_path / "layout", NAME).publish(image)

    assert 0 == main(["inspect", "layout", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert (image.id, image.digest) == (found["image_id"], found["digest"])
    assert ["packages", "model digits.skops", "record", "code"] == [
        layer["name"] for layer in found["layers"]
    ]
    assert "shop" == found["labels"]["io.funcs.function"]


def test_two_images_are_compared(
    tmp_path: Path, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    LayoutPublisher(tmp_path / "a", NAME).publish(function_image(tmp_path, cache))
    LayoutPublisher(tmp_path / "b", NAME).publish(function_image(tmp_path, cache, numpy="2.2.0"))

    assert 0 == main(["inspect", "a", "b"])
    changed = capsys.readouterr().out
    assert 0 == main(["inspect", "a", "a"])
    same = capsys.readouterr().out

    assert "layers: 2 the same of 4" in changed
    assert "  package  numpy  2.1.3 -> 2.2.0" in changed
    assert "a -> a\n  the same layers, and the same config\n" == same


def test_a_name_is_looked_up_in_the_engine_first(
    tmp_path: Path,
    cache: Cache,
    engine: Engine,
    repository_name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine.where)
    EnginePublisher(engine, Reference.parse(f"{repository_name}:v1")).publish(
        function_image(tmp_path, cache)
    )

    Path(repository_name).mkdir(parents=True)  # a function's folder is no image

    assert 0 == main(["inspect", f"{repository_name}:v1"])

    assert f"the Docker engine at {engine.where}" in capsys.readouterr().out


def test_a_name_that_neither_engine_nor_docker_hub_has_is_told_of_both(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    assert 1 == main(["inspect", "shp:v1"])

    told = capsys.readouterr().err
    assert "error: no Docker engine here has the image 'shp:v1', and could not" in told
    assert "  fix: correct the name (docker images lists them), or build it: funcs build" in told


def test_a_name_with_a_host_is_looked_up_there(
    tmp_path: Path,
    cache: Cache,
    registry_host: str,
    repository_name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = f"{registry_host}/{repository_name}:v1"
    RegistryPublisher(Reference.parse(name), Access.of({}), cache=cache).publish(
        function_image(tmp_path, cache)
    )

    assert 0 == main(["inspect", name])
    assert f"  found in  {registry_host}\n" in capsys.readouterr().out


def test_what_is_nowhere_is_told_without_speaking_of_a_base(
    registry_host: str, repository_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == main(["inspect", f"{registry_host}/{repository_name}:none"])
    assert 1 == main(["inspect", "./nothing"])
    assert 1 == main(["inspect", "shop:v1", "--from", "engine"])
    assert 1 == main(["inspect", "UPPER:v1", "--from", "registry"])

    told = capsys.readouterr().err
    assert "base" not in told.replace("or an image without ./ in front", "")
    assert "404" in told
    assert "'./nothing' does not exist" in told
    assert "could not reach the Docker engine" in told
    assert "/UPPER' names no image" in told


def test_an_archive_that_was_not_loaded_is_named_instead_of_a_registry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.tar").touch()

    assert 1 == main(["inspect", "shop:latest"])
    assert "fix: funcs inspect shop.tar" in capsys.readouterr().err
    assert 1 == main(["inspect", "other.tar"])
    assert "other.tar' does not exist" in capsys.readouterr().err
    assert 1 == main(["inspect", "."])
    assert "repository" not in capsys.readouterr().err


def test_a_hostile_image_cannot_move_the_cursor(
    tmp_path: Path, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RUN._replace(labels={"title": "\x1b[2J\x1b[31mred"}, working_dir="/a\nb")
    LayoutPublisher(tmp_path / "layout", NAME).publish(function_image(tmp_path, cache, run=run))

    assert 0 == main(["inspect", "layout"])

    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\\x1b[2J" in printed


def test_an_image_without_a_bill_of_materials_says_so(
    tmp_path: Path, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    image = function_image(tmp_path, cache, run=RUN._replace(labels={}))
    LayoutPublisher(tmp_path / "layout", NAME).publish(image)

    assert 1 == main(["inspect", "layout", "--sbom"])
    assert "layout has no bill of materials" in capsys.readouterr().err
