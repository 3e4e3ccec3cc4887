"""Deploy finds the image that was built, and refuses one that is older than the function."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from funcs.deploy.engine import Engine
from funcs.deploy.image import Image, NoImageError, find_image
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from funcs_builder.errors import ImageReferenceError

NOBODY = Engine({"DOCKER_HOST": "unix:///nonexistent.sock"})


def build(folder: Path, **said: str) -> None:
    """Remember a build as `funcs build` does."""
    (folder / ".funcs").mkdir(exist_ok=True)
    entry = {"reference": "shop:7", "place": "shop:7", "digest": "", "image_id": "sha256:ab"}
    builds = [{"reference": "old:1", "place": "old:1", "digest": ""}, entry | said]
    (folder / ".funcs" / "build.json").write_text(json.dumps({"version": 1, "builds": builds}))


def touch(file: Path, text: str) -> None:
    """Write a file later than all that was written before, by the file system's clock."""
    before = time.time_ns()
    while True:
        file.write_text(text)
        if file.stat().st_ctime_ns > before:
            return


def test_the_image_that_was_built_is_found(spec: FunctionSpec) -> None:
    build(spec.folder)

    assert Image("shop:7", "sha256:ab", True, "sha256:ab") == find_image(spec, "", "", NOBODY)


def test_a_registry_comes_before_a_name_without_one(spec: FunctionSpec) -> None:
    build(spec.folder)

    assert "reg:5000/shop:7" == find_image(spec, "", "reg:5000/", NOBODY).reference
    assert "a.io/x:1" == find_image(spec, "a.io/x:1", "reg:5000", NOBODY).reference


def test_a_named_image_needs_no_build(spec: FunctionSpec) -> None:
    assert Image("other:1") == find_image(spec, "other:1", "", NOBODY)


@pytest.mark.parametrize("name", ["Shop:1", "shop 1", "http://reg/shop", "shop:"])
def test_what_cannot_name_an_image_is_refused(spec: FunctionSpec, name: str) -> None:
    with pytest.raises(ImageReferenceError):
        find_image(spec, name, "", NOBODY)


def test_without_any_the_ways_to_one_are_told(spec: FunctionSpec) -> None:
    with pytest.raises(NoImageError, match="'shop' has no image yet") as caught:
        find_image(spec, "", "", NOBODY)

    assert "funcs build" in caught.value.fix
    assert "--source" in caught.value.fix


def test_a_function_that_changed_since_is_refused(spec: FunctionSpec) -> None:
    build(spec.folder)
    touch(spec.folder / "main.py", "def handler(context, event):\n    return 'new'\n")

    with pytest.raises(NoImageError, match="changed since its image 'shop:7'") as caught:
        find_image(spec, "", "", NOBODY)
    assert str(spec.folder / "main.py") == caught.value.where
    assert "--build" in caught.value.fix


def test_an_image_in_a_registry_is_named_by_its_digest(spec: FunctionSpec) -> None:
    place = f"reg:5000/shop@sha256:{64 * 'a'}"
    build(spec.folder, reference="reg:5000/shop:7", place=place, digest=f"sha256:{64 * 'a'}")

    assert place == find_image(spec, "", "", NOBODY).reference


@pytest.mark.parametrize("place", ["/tmp/shop.tar", "./layout", "shop.tar"])
def test_an_image_in_a_file_must_be_loaded_first(spec: FunctionSpec, place: str) -> None:
    build(spec.folder, place=place)

    with pytest.raises(NoImageError, match="is a file, in no engine and no registry") as caught:
        find_image(spec, "", "", NOBODY)
    assert f"docker load -i {place}" in caught.value.fix


def test_what_is_in_no_image_makes_none_stale(spec: FunctionSpec) -> None:
    build(spec.folder)
    (spec.folder / "__pycache__").mkdir()
    (spec.folder / "__pycache__" / "main.pyc").write_bytes(b"x")
    (spec.folder / ".funcs" / "other").write_text("x")

    assert "shop:7" == find_image(spec, "", "", NOBODY).reference


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"version": 1}', '{"version": 1, "builds": [3]}']
)
def test_a_damaged_memory_is_named(spec: FunctionSpec, text: str) -> None:
    (spec.folder / ".funcs").mkdir()
    (spec.folder / ".funcs" / "build.json").write_text(text)

    with pytest.raises(DeployError, match="what the build remembered is damaged"):
        find_image(spec, "", "", NOBODY)


def test_a_memory_of_another_form_is_named(spec: FunctionSpec) -> None:
    (spec.folder / ".funcs").mkdir()
    (spec.folder / ".funcs" / "build.json").write_text('{"version": 2}')

    with pytest.raises(DeployError, match="remembered in the form 2"):
        find_image(spec, "", "", NOBODY)


def test_a_changed_target_makes_no_image_stale(spec: FunctionSpec) -> None:
    build(spec.folder)
    (spec.folder / "funcs.toml").write_text('[targets.lab]\nurl = "http://lab:8070"\n')

    assert "shop:7" == find_image(spec, "", "", NOBODY).reference
