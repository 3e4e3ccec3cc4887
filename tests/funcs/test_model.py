from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from funcs.errors import LoadError
from funcs.model import Model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("top.bin", "models/svm/svm.bin", "models/shared.bin"):
        file = tmp_path / "function" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    (tmp_path / "outside.bin").write_bytes(b"secret")
    return (tmp_path / "function").resolve()


def test_what_the_author_gave_is_kept_as_params() -> None:
    model = Model(name="svm", version="v1", path="models", threshold=0.5, classes=["a"])

    assert {"threshold": 0.5, "classes": ["a"]} == model.params
    assert ("svm", "v1", "models") == (model.name, model.version, model.path)


def test_a_model_is_not_ready_before_it_is_loaded() -> None:
    assert not Model().ready
    assert "" == Model().load_error


def test_a_model_that_cannot_predict_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Model has no predict"):
        Model().predict([1])


def test_an_artifact_is_looked_for_in_the_models_own_path_first(folder: Path) -> None:
    model = Model(folder=folder, path="models/svm")
    (folder / "svm.bin").write_bytes(b"another")

    assert folder / "models/svm/svm.bin" == model.artifact("svm.bin")
    assert folder / "top.bin" == model.artifact("top.bin")
    assert folder / "models/shared.bin" == model.artifact("models/shared.bin")


def test_a_path_that_is_a_file_is_the_artifact_itself(folder: Path) -> None:
    model = Model(folder=folder, path="models/svm/svm.bin")

    assert folder / "models/svm/svm.bin" == model.artifact()
    assert folder / "models/svm/svm.bin" == model.artifact("svm.bin")


def test_an_artifact_may_be_a_folder(folder: Path) -> None:
    assert folder / "models/svm" == Model(folder=folder, path="models/svm").artifact()


@pytest.mark.parametrize(
    "path", ["../outside.bin", "models/../../outside.bin", "/etc/hosts", "C:\\x", "a\\..\\..\\x"]
)
def test_a_path_never_leaves_the_functions_folder(folder: Path, path: str) -> None:
    with pytest.raises(LoadError, match="leads out of the function's folder"):
        Model(folder=folder).artifact(path)
    with pytest.raises(LoadError, match="leads out of the function's folder"):
        Model(folder=folder, path=path).artifact("top.bin")


def test_a_link_that_leads_out_is_refused(folder: Path) -> None:
    (folder / "link.bin").symlink_to(folder.parent / "outside.bin")

    with pytest.raises(LoadError, match="is a link that leads out"):
        Model(folder=folder).artifact("link.bin")


def test_a_link_inside_the_folder_is_followed(folder: Path) -> None:
    (folder / "link.bin").symlink_to(folder / "top.bin")

    assert folder / "top.bin" == Model(folder=folder).artifact("link.bin")


def test_a_missing_file_names_the_nearest(folder: Path) -> None:
    with pytest.raises(LoadError, match=r"there is no file 'svn.bin'") as caught:
        Model(folder=folder, path="models/svm").artifact("svn.bin")

    assert str(folder / "models/svm/svn.bin") == caught.value.where
    assert caught.value.fix.startswith("did you mean 'svm.bin'?")


def test_a_missing_file_says_to_train_where_that_is_how(folder: Path) -> None:
    (folder / "train.py").touch()

    with pytest.raises(LoadError) as caught:
        Model(folder=folder).artifact("none.bin")

    assert "run: python train.py" == caught.value.fix


def name_in_manifest(folder: Path, path: str, content: bytes) -> None:
    entry = {"sha256": sha256(content).hexdigest(), "size": len(content), "format": "other"}
    form = {"version": 1, "models": {path: entry}}
    (folder / "models.json").write_text(json.dumps(form))


def test_a_file_that_the_manifest_names_is_checked(folder: Path) -> None:
    name_in_manifest(folder, "models/svm/svm.bin", b"models/svm/svm.bin")
    model = Model(folder=folder, path="models/svm")

    assert model.artifact("svm.bin").is_file()
    (folder / "models/svm/svm.bin").write_bytes(b"models/svm/SVM.bin")
    with pytest.raises(LoadError, match=r"is not the file that models.json names"):
        model.artifact("svm.bin")
    with pytest.raises(LoadError, match=r"is not the file that models.json names"):
        model.artifact()


def test_a_link_is_no_way_round_the_manifest(folder: Path) -> None:
    name_in_manifest(folder, "top.bin", b"TOP.bin")
    (folder / "soft.bin").symlink_to("top.bin")

    with pytest.raises(LoadError, match="is not the file"):
        Model(folder=folder).artifact("soft.bin")


def test_a_subclass_that_forgets_its_parents_constructor_still_has_a_name() -> None:
    class Forgetful(Model):
        def __init__(self) -> None:
            pass

    assert "" == Forgetful().name
    assert not Forgetful().ready


@pytest.fixture
def elsewhere(tmp_path: Path, folder: Path) -> Model:
    """A model whose folder has the manifest alone, and the files lie in another."""
    data = b"weights"
    file = tmp_path / "mnt/models/svm/net.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(data)
    entry = {"sha256": sha256(data).hexdigest(), "size": len(data), "format": "onnx"}
    manifest = {"version": 1, "models": {"models/svm/net.bin": entry}}
    (folder / "models.json").write_text(json.dumps(manifest))
    model = Model(folder=folder, path="models/svm")
    model.files_folder = tmp_path / "mnt"
    return model


def test_files_may_lie_in_another_folder(elsewhere: Model, folder: Path) -> None:
    file = elsewhere.artifact("net.bin")

    assert (folder.parent / "mnt/models/svm/net.bin").resolve() == file
    assert folder / "models/svm/svm.bin" == elsewhere.artifact("svm.bin")
    recorded = elsewhere.recorded(file)
    assert recorded
    assert "models/svm/net.bin" == recorded.path


def test_files_in_another_folder_are_held_to_the_manifest(elsewhere: Model) -> None:
    elsewhere.artifact("net.bin").write_bytes(b"WEIGHTS")

    with pytest.raises(LoadError, match="is not the file that"):
        elsewhere.artifact("net.bin")
    with pytest.raises(LoadError, match="is not the file that"):
        elsewhere.artifact()


def test_a_link_out_of_another_folder_is_refused(elsewhere: Model) -> None:
    file = elsewhere.artifact("net.bin")
    file.with_name("link.bin").symlink_to("/etc/hosts")

    with pytest.raises(LoadError, match="is a link that leads out"):
        elsewhere.artifact("link.bin")
