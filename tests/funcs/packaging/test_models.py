from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from funcs.errors import FuncsError, LoadError
from funcs.manifest import Artifact, Manifest
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.models import packed_models
from funcs.spec.function import FunctionSpec
from funcs_builder.entry import FileContent

MOUNTED = """
spec:
  handler: main:handler
  runtime: python:3.11
  volumes:
  - volume: {name: weights, hostPath: {path: /srv/weights}}
    volumeMount: {name: weights, mountPath: /opt/nuclio/models}
"""


def facts(folder: Path) -> FunctionFacts:
    return FunctionFacts.of(FunctionSpec.of(folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text("def handler(context, event): ...\n")
    return tmp_path


def model(folder: Path, path: str, format: str = "skops", **other: object) -> Artifact:
    data = path.encode()
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    artifact = Artifact(path, sha256(data).hexdigest(), len(data), format, **other)  # type: ignore[arg-type]
    Manifest.read(folder).with_artifact(artifact).write(folder)
    return artifact


def test_each_model_is_an_entry_of_its_own(folder: Path) -> None:
    model(folder, "models/svm.skops")
    artifact = model(folder, "models/forest.skops")
    found = packed_models(facts(folder), python="3.11")

    entries = [item.entry for item in found.models]
    assert ["opt/nuclio/models/forest.skops", "opt/nuclio/models/svm.skops"] == [
        entry.path for entry in entries if entry
    ]
    assert artifact == found.models[0].artifact
    assert {"models.json", "models/forest.skops", "models/svm.skops"} == found.paths
    assert entries[0]
    assert isinstance(entries[0].content, FileContent)


def test_a_function_without_models_has_no_manifest(folder: Path) -> None:
    found = packed_models(facts(folder), python="3.11")

    assert () == found.models
    assert found.manifest_entry() is None


def test_the_manifest_goes_in_beside_the_models(folder: Path) -> None:
    model(folder, "svm.skops")
    entry = packed_models(facts(folder), python="3.11").manifest_entry()

    assert entry
    assert entry.content
    assert "opt/nuclio/models.json" == entry.path
    with entry.content.open() as stream:
        assert json.loads((folder / "models.json").read_text()) == json.load(stream)


def test_a_model_that_only_a_graph_names_gets_its_line(folder: Path) -> None:
    (folder / "models/digits").mkdir(parents=True)
    (folder / "models/digits/net.onnx").write_bytes(b"net")
    (folder / "models/digits/labels.txt").write_bytes(b"0 1")
    (folder / "models/digits/.DS_Store").touch()
    found = packed_models(facts(folder), python="3.11", named=["models/digits"])

    assert ["models/digits/labels.txt", "models/digits/net.onnx"] == sorted(
        found.manifest.artifacts
    )
    artifact = found.manifest.artifacts["models/digits/net.onnx"]
    assert Artifact(artifact.path, sha256(b"net").hexdigest(), 3, "onnx") == artifact
    assert not (folder / "models.json").exists()


def test_a_model_on_a_volume_is_not_in_the_image_but_in_the_manifest(folder: Path) -> None:
    (folder / "function.yaml").write_text(MOUNTED)
    artifact = model(folder, "models/svm.skops")
    (folder / "models/svm.skops").unlink()
    found = packed_models(facts(folder), python="3.11", named=["models/svm.skops"])

    assert [(artifact, None, "volume weights")] == [
        (item.artifact, item.entry, item.elsewhere) for item in found.models
    ]
    assert found.manifest_entry()


@pytest.mark.parametrize(
    "said",
    [
        "  runtimeAttributes: {funcs: {models: /mnt/models}}\n",
        "  env: [{name: FUNCS_MODELS, value: /mnt/models}]\n",
    ],
)
def test_models_in_a_folder_named_by_a_setting_are_not_in_the_image(
    folder: Path, said: str
) -> None:
    head = "spec:\n  handler: main:handler\n  runtime: python:3.11\n"
    (folder / "function.yaml").write_text(head + said)
    model(folder, "models/svm.skops")
    found = packed_models(facts(folder), python="3.11")

    assert [(None, "/mnt/models")] == [(item.entry, item.elsewhere) for item in found.models]
    assert found.manifest_entry()


def test_a_missing_model_says_how_it_is_made(folder: Path) -> None:
    model(folder, "svm.skops")
    (folder / "svm.skops").unlink()
    (folder / "train.py").touch()

    with pytest.raises(LoadError, match=r"there is no model 'svm.skops'") as caught:
        packed_models(facts(folder), python="3.11")

    assert "run: python train.py" == caught.value.fix


def test_a_missing_model_that_a_graph_names_is_told(folder: Path) -> None:
    with pytest.raises(LoadError, match=r"there is no model 'models/x.onnx'"):
        packed_models(facts(folder), python="3.11", named=["models/x.onnx"])


def test_another_file_than_the_manifest_says_is_refused(folder: Path) -> None:
    model(folder, "svm.skops")
    (folder / "svm.skops").write_bytes(b"SVM.skops")

    with pytest.raises(LoadError, match="is not the file that"):
        packed_models(facts(folder), python="3.11")


def test_a_pickle_of_another_python_is_refused(folder: Path) -> None:
    model(folder, "svm.joblib", format="joblib", python="3.12")

    with pytest.raises(LoadError, match=r"written by Python 3.12, the image's is 3.11"):
        packed_models(facts(folder), python="3.11")


@pytest.mark.parametrize("path", ["../svm.skops", "/etc/passwd"])
def test_a_model_outside_the_folder_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(FuncsError, match="lies outside the function's folder"):
        packed_models(facts(folder), python="3.11", named=[path])


@pytest.mark.parametrize("path", ["./svm.skops", "models//svm.skops", "models/"])
def test_a_path_with_more_than_names_in_it_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(FuncsError, match="is no plain path"):
        packed_models(facts(folder), python="3.11", named=[path])


def test_a_model_behind_a_link_that_leads_out_is_refused(folder: Path, tmp_path: Path) -> None:
    artifact = model(folder, "svm.skops")
    (folder / "svm.skops").unlink()
    (folder / "svm.skops").symlink_to("/etc/passwd")

    with pytest.raises(FuncsError, match="lies outside the function's folder"):
        packed_models(facts(folder), python="3.11", named=[artifact.path])


def test_packages_that_differ_from_those_a_model_was_saved_with_are_named(folder: Path) -> None:
    model(folder, "svm.skops", packages={"scikit-learn": "1.5.2", "numpy": "2.1.3", "skops": "1"})
    found = packed_models(facts(folder), python="3.11")

    said = found.notes({"Scikit_Learn": "1.5.2", "numpy": "2.2.0"})
    assert [
        "svm.skops was saved with numpy 2.1.3, the image has 2.2.0",
        "svm.skops was saved with skops 1, the image has none",
    ] == said
