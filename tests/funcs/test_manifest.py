from __future__ import annotations

import json
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from funcs.errors import LoadError
from funcs.manifest import FILE, Artifact, Manifest, missing_package, written_whole
from funcs.tensor import Tensor

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def artifact_of(file: Path, **other: Any) -> Artifact:
    content = file.read_bytes()
    return Artifact(
        path=other.pop("path", file.name),
        sha256=sha256(content).hexdigest(),
        size_bytes=len(content),
        format=other.pop("format", "joblib"),
        python=other.pop("python", HERE),
        **other,
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights")
    return file


def test_a_function_without_models_json_has_no_artifacts(tmp_path: Path) -> None:
    assert {} == Manifest.read(tmp_path).artifacts


def test_what_is_written_is_read_again(tmp_path: Path, model: Path) -> None:
    artifact = artifact_of(
        model,
        path="models/model.bin",
        packages={"numpy": "2.0"},
        inputs={"x": Tensor("float32", (-1, 64))},
        outputs={"y": Tensor("str", (-1,))},
    )
    Manifest().with_artifact(artifact).write(tmp_path)
    manifest = Manifest.read(tmp_path)

    assert artifact == manifest.find("models/model.bin")
    assert [artifact] == manifest.beneath("models")
    assert [] == manifest.beneath("mod")
    assert manifest.find("model.bin") is None


def test_the_file_says_sha256_size_format_and_versions(tmp_path: Path, model: Path) -> None:
    Manifest().with_artifact(artifact_of(model)).write(tmp_path)
    form = json.loads((tmp_path / FILE).read_text())

    assert 1 == form["version"]
    assert {"sha256", "size", "format", "python", "packages", "inputs", "outputs"} == set(
        form["models"]["model.bin"]
    )


def test_keys_of_later_versions_are_left_alone(tmp_path: Path, model: Path) -> None:
    form = {**artifact_of(model).to_dict(), "signature": "…"}
    (tmp_path / FILE).write_text(json.dumps({"version": 1, "models": {"model.bin": form}}))

    assert 7 == Manifest.read(tmp_path).artifacts["model.bin"].size_bytes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "models.json is not valid"),
        ("[]", "expected"),
        ('{"version": 1}', "expected"),
        ('{"version": 2, "models": {}}', "its version is 2"),
        ('{"version": 1, "models": {"m": []}}', "'sha256' must be text"),
        ('{"version": 1, "models": {"m": {"sha256": 1}}}', "'sha256' must be text"),
        ('{"version": 1, "models": {"m": {"sha256": "a", "size": -1}}}', "'size' must be"),
        ('{"version": 1, "models": {"m": {"sha256": "a", "size": 1}}}', "'format' must be text"),
        (
            '{"version": 1, "models": {"m": {"sha256": "a", "size": 1, "format": "f", '
            '"inputs": {"x": {"dtype": "float33", "shape": [1]}}}}}',
            "no tensor dtype 'float33'",
        ),
        (
            '{"version": 1, "models": {"m": {"sha256": "a", "size": 1, "format": "f", '
            '"packages": []}}}',
            "'packages' must be an object",
        ),
    ],
)
def test_a_broken_manifest_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / FILE).write_text(text)

    with pytest.raises(LoadError, match=words) as caught:
        Manifest.read(tmp_path)

    assert str(tmp_path / FILE) == caught.value.where


def test_the_file_named_is_let_through(model: Path) -> None:
    artifact_of(model).verify(model)


def test_another_file_of_the_same_size_is_refused(model: Path) -> None:
    artifact = artifact_of(model)
    model.write_bytes(b"WEIGHTS")

    with pytest.raises(LoadError, match=r"is not the file that models.json names"):
        artifact.verify(model)


def test_a_file_of_another_size_is_refused(model: Path) -> None:
    artifact = artifact_of(model)
    model.write_bytes(b"weight")

    with pytest.raises(LoadError, match=r"has 6 bytes, models.json says 7"):
        artifact.verify(model)


@pytest.mark.parametrize("format", ["joblib", "cloudpickle", "pickle"])
def test_a_pickle_of_another_python_is_refused(model: Path, format: str) -> None:
    artifact = artifact_of(model, format=format, python="3.1")

    with pytest.raises(LoadError, match=f"was written by Python 3.1, here is {HERE}"):
        artifact.verify(model)


def test_data_of_another_python_is_let_through(model: Path) -> None:
    artifact_of(model, format="skops", python="3.1").verify(model)
    replace(artifact_of(model), python="").verify(model)


def test_a_write_that_fails_leaves_what_was_there(model: Path) -> None:
    def fail_halfway() -> None:
        with written_whole(model) as draft:
            draft.write_bytes(b"half")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        fail_halfway()

    assert b"weights" == model.read_bytes()
    assert [model] == list(model.parent.iterdir())


def test_a_missing_package_is_named_with_the_version_it_had() -> None:
    missing = ImportError("No module named 'sklearn'", name="sklearn.svm")
    error = missing_package(missing, "'m.skops'", {"scikit-learn": "1.5.2"})

    assert "run: pip install scikit-learn==1.5.2" == error.fix
    assert error.what.startswith("'m.skops' needs scikit-learn")
