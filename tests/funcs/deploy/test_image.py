"""Deploy finds the image that was built, and refuses one that is older than the function."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from funcs.deploy.engine import Engine
from funcs.deploy.image import Image, NoImageError, find_image
from funcs.deploy.memory import inputs_digest
from funcs.errors import DeployError
from funcs.spec import FunctionSpec

NOBODY = Engine({"DOCKER_HOST": "unix:///nonexistent.sock"})


def build(folder: Path) -> None:
    """Remember a build as `funcs build` does."""
    (folder / ".funcs").mkdir(exist_ok=True)
    inputs = inputs_digest(folder)
    memory = {"image": "shop:7", "digest": "sha256:ab", "inputs": inputs}
    (folder / ".funcs" / "build.json").write_text(json.dumps(memory))


def test_the_image_that_was_built_is_found(spec: FunctionSpec) -> None:
    build(spec.folder)

    assert Image("shop:7", "sha256:ab", True) == find_image(spec, "", "", NOBODY)


def test_a_registry_comes_before_a_name_without_one(spec: FunctionSpec) -> None:
    build(spec.folder)

    assert "reg:5000/shop:7" == find_image(spec, "", "reg:5000/", NOBODY).reference
    assert "a.io/x:1" == find_image(spec, "a.io/x:1", "reg:5000", NOBODY).reference


def test_a_named_image_needs_no_build(spec: FunctionSpec) -> None:
    assert Image("other:1") == find_image(spec, "other:1", "", NOBODY)


def test_without_any_the_ways_to_one_are_told(spec: FunctionSpec) -> None:
    with pytest.raises(NoImageError, match="'shop' has no image yet") as caught:
        find_image(spec, "", "", NOBODY)

    assert "funcs build" in caught.value.fix
    assert "--source" in caught.value.fix


def test_a_function_that_changed_since_is_refused(spec: FunctionSpec) -> None:
    build(spec.folder)
    (spec.folder / "main.py").write_text("def handler(context, event):\n    return 'new'\n")

    with pytest.raises(NoImageError, match="changed since its image 'shop:7'") as caught:
        find_image(spec, "", "", NOBODY)
    assert "--build" in caught.value.fix


def test_what_is_in_no_image_makes_none_stale(spec: FunctionSpec) -> None:
    build(spec.folder)
    (spec.folder / "__pycache__").mkdir()
    (spec.folder / "__pycache__" / "main.pyc").write_bytes(b"x")
    (spec.folder / ".funcs" / "other").write_text("x")

    assert "shop:7" == find_image(spec, "", "", NOBODY).reference


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"image": 1, "digest": "", "inputs": ""}'])
def test_a_damaged_memory_is_named(spec: FunctionSpec, text: str) -> None:
    (spec.folder / ".funcs").mkdir()
    (spec.folder / ".funcs" / "build.json").write_text(text)

    with pytest.raises(DeployError, match="what the build remembered is damaged"):
        find_image(spec, "", "", NOBODY)


def test_a_changed_target_makes_no_image_stale(spec: FunctionSpec) -> None:
    build(spec.folder)
    (spec.folder / "funcs.toml").write_text('[targets.lab]\nurl = "http://lab:8070"\n')

    assert "shop:7" == find_image(spec, "", "", NOBODY).reference
