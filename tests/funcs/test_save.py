from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy
import pytest
from sklearn.linear_model import LogisticRegression

from funcs.errors import FuncsError, LoadError
from funcs.manifest import FILE, Manifest
from funcs.save import save_model
from funcs.tensor import Tensor

ROWS = numpy.array([[0.0, 1.0], [1.0, 0.0], [0.2, 0.9], [0.8, 0.3]], numpy.float32)


class Doubler:
    def predict(self, rows: Any) -> dict[str, Any]:
        return {"doubled": rows * 2, "names": numpy.array(["a"] * len(rows))}


class Lister:
    def predict(self, rows: Any) -> Any:
        return numpy.array([{"a": 1}, "text"], dtype=object)


class Silent:
    pass


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "function.yaml").touch()
    return tmp_path


@pytest.fixture
def classifier() -> Any:
    return LogisticRegression().fit(ROWS, [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("path", "format"),
    [("m.skops", "skops"), ("m.joblib", "joblib"), ("m.pkl", "cloudpickle"), ("m.bin", "skops")],
)
def test_the_format_is_the_suffixs_or_skops(
    folder: Path, classifier: Any, path: str, format: str
) -> None:
    file = save_model(classifier, path)
    artifact = Manifest.read(folder).artifacts[path]
    artifact.verify(file)

    assert folder / path == file
    assert format == artifact.format
    assert f"{sys.version_info.major}.{sys.version_info.minor}" == artifact.python


def test_a_format_that_is_given_wins(folder: Path, classifier: Any) -> None:
    save_model(classifier, "model.skops", format="joblib")

    assert "joblib" == Manifest.read(folder).artifacts["model.skops"].format


def test_what_loading_needs_is_recorded(folder: Path, classifier: Any) -> None:
    save_model(classifier, "m.skops")
    packages = Manifest.read(folder).artifacts["m.skops"].packages

    assert {"numpy", "scikit-learn", "scipy", "skops"} == set(packages)
    assert numpy.__version__ == packages["numpy"]


def test_a_sample_gives_the_signature(folder: Path, classifier: Any) -> None:
    save_model(classifier, "m.skops", sample=ROWS)
    artifact = Manifest.read(folder).artifacts["m.skops"]

    assert {"inputs": Tensor("float32", (-1, 2))} == artifact.inputs
    assert {"prediction": Tensor("int64", (-1,))} == artifact.outputs


def test_a_sample_by_name_names_the_input(folder: Path, classifier: Any) -> None:
    save_model(classifier, "m.skops", sample={"pixels": ROWS})

    assert ["pixels"] == list(Manifest.read(folder).artifacts["m.skops"].inputs)


def test_a_model_that_names_its_outputs_is_recorded_so(folder: Path) -> None:
    save_model(Doubler(), "m.pkl", sample=ROWS)
    outputs = Manifest.read(folder).artifacts["m.pkl"].outputs

    assert {"doubled": Tensor("float32", (-1, 2)), "names": Tensor("str", (-1,))} == outputs


def test_text_classes_are_text_outputs(folder: Path) -> None:
    classifier = LogisticRegression().fit(ROWS, ["no", "yes", "no", "yes"])
    save_model(classifier, "m.skops", sample=ROWS.tolist())

    assert Tensor("str", (-1,)) == Manifest.read(folder).artifacts["m.skops"].outputs["prediction"]


def test_outputs_of_any_kind_are_objects(folder: Path) -> None:
    save_model(Lister(), "m.pkl", sample=ROWS)

    assert Tensor("object", (-1,)) == Manifest.read(folder).artifacts["m.pkl"].outputs["prediction"]


def test_the_path_is_relative_to_the_functions_folder(folder: Path, classifier: Any) -> None:
    save_model(classifier, folder / "models" / "digits" / "m.skops")
    save_model(classifier, "models/other.skops")

    assert ["models/digits/m.skops", "models/other.skops"] == list(Manifest.read(folder).artifacts)
    assert ["function.yaml", "models", FILE] == sorted(p.name for p in folder.iterdir())


def test_saving_again_replaces_the_entry(folder: Path, classifier: Any) -> None:
    save_model(classifier, "m.skops")
    first = Manifest.read(folder).artifacts["m.skops"]
    save_model(LogisticRegression(C=5.0).fit(ROWS, [0, 1, 0, 1]), "m.skops")

    assert first.sha256 != Manifest.read(folder).artifacts["m.skops"].sha256


def test_a_file_outside_any_function_has_its_manifest_beside_it(
    tmp_path: Path, classifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    save_model(classifier, tmp_path / "files" / "m.skops")
    save_model(classifier, "here/m.skops")

    assert ["m.skops"] == list(Manifest.read(tmp_path / "files").artifacts)
    assert ["here/m.skops"] == list(Manifest.read(tmp_path / "elsewhere").artifacts)


def test_a_format_that_cannot_be_told_is_asked_for(folder: Path) -> None:
    with pytest.raises(FuncsError, match="does not say in which format to save a Silent"):
        save_model(Silent(), "m.bin")


def test_an_unknown_format_is_refused_with_the_nearest(folder: Path) -> None:
    with pytest.raises(FuncsError, match="no model format 'jobli'") as caught:
        save_model(Silent(), "m.bin", format="jobli")

    assert caught.value.fix.startswith("did you mean 'joblib'?")


def test_a_sample_that_does_not_fit_the_model_is_refused_and_nothing_written(
    folder: Path, classifier: Any
) -> None:
    with pytest.raises(FuncsError, match="predict of LogisticRegression failed on the sample"):
        save_model(classifier, "m.skops", sample=[[1.0, 2.0, 3.0]])

    assert ["function.yaml"] == [path.name for path in folder.iterdir()]


def test_a_missing_package_is_named_with_the_line_to_run(
    folder: Path, classifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("skops", "skops.io", "joblib", "cloudpickle"):
        monkeypatch.setitem(sys.modules, name, None)
    for path in ("m.skops", "m.joblib", "m.pkl"):
        with pytest.raises(LoadError) as caught:
            save_model(classifier, path)

        assert caught.value.fix.startswith("run: pip install ")
