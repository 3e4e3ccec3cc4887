"""Deploy finds the image that was built, and refuses one that is older than the function."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from funcs.deploy.engine import Engine
from funcs.deploy.image import Image, NoImageError, find_image
from funcs.errors import DeployError
from funcs.manifest import Artifact, Manifest
from funcs.packaging.builds import Build, remember
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.inputs import Inputs
from funcs.spec import FunctionSpec
from funcs_builder.errors import ImageReferenceError

NOBODY = Engine({"DOCKER_HOST": "unix:///nonexistent.sock"})


def build(spec: FunctionSpec, **said: str) -> None:
    """Remember a build as `funcs build` does."""
    entry = {
        "reference": "shop:7", "place": "shop:7", "digest": "", "image_id": "sha256:ab",
        "platform": "linux/amd64", "inputs": "", "time": "", "funcs": "",
    }  # fmt: skip
    old = Build(**entry | {"reference": "old:1", "place": "old:1"})
    files = Inputs(FunctionFacts.of(spec)).digests
    remember(spec.folder, (old, Build(**entry | said)), files)


def put_back(file: Path, data: bytes) -> None:
    """Write a file as if it had lain there for years."""
    file.write_bytes(data)
    os.utime(file, ns=(10**18, 10**18))


def test_the_image_that_was_built_is_found(spec: FunctionSpec) -> None:
    build(spec)

    assert Image("shop:7", "sha256:ab", True, "sha256:ab") == find_image(spec, "", "", NOBODY)


def test_a_registry_comes_before_a_name_without_one(spec: FunctionSpec) -> None:
    build(spec)

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


MAIN = b"def handler(context, event):\n    return 'hello'\n"
WEIGHTS = 100_000 * b"w"


def write_in_place(folder: Path) -> None:
    with (folder / "weights.bin").open("r+b") as stream:  # the same size, time and inode
        stream.write(b"W")
    os.utime(folder / "weights.bin", ns=(10**18, 10**18))


CHANGES: dict[str, Callable[[Path], object]] = {
    "main.py differs": lambda folder: (folder / "main.py").write_bytes(MAIN + b"# new\n"),
    "main.py is gone": lambda folder: (folder / "main.py").unlink(),
    "names.txt is gone": lambda folder: (folder / "names.txt").rename(folder / "words.txt"),
    "more.py is new": lambda folder: put_back(folder / "more.py", b""),
    "names.txt differs": lambda folder: put_back(folder / "names.txt", b"Ada"),
    "weights.bin differs": write_in_place,
    "tool.sh differs": lambda folder: (folder / "tool.sh").chmod(0o755),
    "link differs": lambda folder: relink(folder / "link", "main.py"),
    "requirements.txt differs": lambda folder: (folder / "requirements.txt").write_text("numpy"),
    "function.yaml differs": lambda folder: append(folder / "function.yaml", "# later\n"),
}


def relink(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


@pytest.mark.parametrize("change", CHANGES)
def test_a_function_that_changed_since_is_refused(spec: FunctionSpec, change: str) -> None:
    folder = spec.folder
    (folder / "names.txt").write_text("Eve")
    (folder / "tool.sh").write_text("#!/bin/sh\n")
    (folder / "requirements.txt").write_text("")
    (folder / ".dockerignore").write_text("requirements.txt\n")
    (folder / "link").symlink_to("names.txt")
    put_back(folder / "weights.bin", WEIGHTS)
    build(spec)
    assert "shop:7" == find_image(spec, "", "", NOBODY).reference

    CHANGES[change](folder)
    with pytest.raises(NoImageError, match=f"changed since its image 'shop:7' .*: {change}") as (
        caught
    ):
        find_image(spec, "", "", NOBODY)
    assert str(folder / change.partition(" ")[0]) == caught.value.where
    assert "--build" in caught.value.fix


def test_a_change_that_is_taken_back_makes_no_image_stale(spec: FunctionSpec) -> None:
    build(spec)
    (spec.folder / "main.py").unlink()
    (spec.folder / "main.py").write_bytes(MAIN)

    assert "shop:7" == find_image(spec, "", "", NOBODY).reference


def test_a_model_that_was_trained_again_makes_its_image_stale(spec: FunctionSpec) -> None:
    folder = spec.folder
    (folder / ".dockerignore").write_text("*.bin\n")
    (folder / "digits.bin").write_bytes(b"old")
    artifact = Artifact("digits.bin", hashlib.sha256(b"old").hexdigest(), 3, "bin")
    Manifest({"digits.bin": artifact}).write(folder)
    build(spec)
    put_back(folder / "digits.bin", b"new")

    with pytest.raises(NoImageError, match=r"digits\.bin differs"):
        find_image(spec, "", "", NOBODY)


def test_an_image_in_a_registry_is_named_by_its_digest(spec: FunctionSpec) -> None:
    place = f"reg:5000/shop@sha256:{64 * 'a'}"
    build(spec, reference="reg:5000/shop:7", place=place, digest=f"sha256:{64 * 'a'}")

    assert place == find_image(spec, "", "", NOBODY).reference


@pytest.mark.parametrize("place", ["/tmp/shop.tar", "./layout", "shop.tar"])
def test_an_image_in_a_file_must_be_loaded_first(spec: FunctionSpec, place: str) -> None:
    build(spec, place=place)

    with pytest.raises(NoImageError, match="is a file, in no engine and no registry") as caught:
        find_image(spec, "", "", NOBODY)
    assert f"docker load -i {place}" in caught.value.fix


def test_what_is_in_no_image_makes_none_stale(spec: FunctionSpec) -> None:
    build(spec)
    (spec.folder / "__pycache__").mkdir()
    (spec.folder / "__pycache__" / "main.pyc").write_bytes(b"x")
    (spec.folder / ".funcs" / "other").write_text("x")

    assert "shop:7" == find_image(spec, "", "", NOBODY).reference


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"version": 2}', '{"version": 2, "builds": [3], "files": {}}']
)
def test_a_damaged_memory_is_named(spec: FunctionSpec, text: str) -> None:
    (spec.folder / ".funcs").mkdir()
    (spec.folder / ".funcs" / "build.json").write_text(text)

    with pytest.raises(DeployError, match="what the build remembered is damaged"):
        find_image(spec, "", "", NOBODY)


def test_a_memory_of_another_form_is_named(spec: FunctionSpec) -> None:
    (spec.folder / ".funcs").mkdir()
    (spec.folder / ".funcs" / "build.json").write_text('{"version": 3}')

    with pytest.raises(DeployError, match="remembered in the form 3"):
        find_image(spec, "", "", NOBODY)


def test_a_changed_target_makes_no_image_stale(spec: FunctionSpec) -> None:
    build(spec)
    (spec.folder / "funcs.toml").write_text('[targets.lab]\nurl = "http://lab:8070"\n')

    assert "shop:7" == find_image(spec, "", "", NOBODY).reference
