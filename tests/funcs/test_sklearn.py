from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.svm import SVC

import funcs
from funcs.errors import LoadError, RequestError
from funcs.graph import Compiled, Graph, compile_plan
from funcs.manifest import FILE
from funcs.request import Request

IMAGES, DIGITS = load_digits(return_X_y=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "function.yaml").touch()
    return tmp_path


@pytest.fixture(scope="session")
def classifier() -> Any:
    return SVC(gamma=0.001).fit(IMAGES[:1000], DIGITS[:1000])


@pytest.fixture(scope="session")
def forest() -> Any:
    return RandomForestClassifier(10, random_state=0).fit(IMAGES[:1000], DIGITS[:1000])


def serve(folder: Path, path: str, **params: Any) -> Compiled:
    graph = Graph("digits")
    graph.to(funcs.SklearnModel, name="digits", path=path, **params)
    return compile_plan(graph.plan(), folder=folder)


@pytest.mark.parametrize("path", ["digits.skops", "models/digits.joblib", "digits.pkl"])
def test_what_was_saved_predicts_the_same(folder: Path, classifier: Any, path: str) -> None:
    funcs.save_model(classifier, path, sample=IMAGES[:1])
    compiled = serve(folder, path)
    result = compiled(Request(IMAGES[1000:1010].tolist()))

    assert ["prediction"] == list(result)
    assert classifier.predict(IMAGES[1000:1010]).tolist() == result["prediction"].tolist()


def test_most_held_out_digits_are_read_right(folder: Path, classifier: Any) -> None:
    funcs.save_model(classifier, "digits.skops", sample={"pixels": IMAGES[:1]})
    compiled = serve(folder, "digits.skops")
    result = compiled(Request({"pixels": IMAGES[1000:].tolist()}))["prediction"]

    assert 0.95 < (result == DIGITS[1000:]).mean()


def test_the_recorded_signature_is_published_and_checked(folder: Path, classifier: Any) -> None:
    funcs.save_model(classifier, "digits.skops", sample=IMAGES[:1])
    compiled = serve(folder, "digits.skops")
    entry = compiled.models.find("digits")

    assert {"inputs": funcs.Tensor("float64", (-1, 64))} == entry.inputs
    assert {"prediction": funcs.Tensor("int64", (-1,))} == entry.outputs
    with pytest.raises(RequestError, match=r"expected float64 \[any, 64\]"):
        compiled(Request([[1.0, 2.0]]))


def test_without_a_signature_lists_go_in_and_out(folder: Path, classifier: Any) -> None:
    funcs.save_model(classifier, "digits.skops")
    compiled = serve(folder, "digits.skops")
    (folder / FILE).unlink()

    expected = classifier.predict(IMAGES[:2]).tolist()
    assert expected == compiled(Request(IMAGES[:2].tolist()))
    assert expected == compiled(Request({"x": IMAGES[:2].tolist()}))


def test_probabilities_come_beside_the_prediction(folder: Path, forest: Any) -> None:
    funcs.save_model(forest, "digits.skops", sample=IMAGES[:1])
    compiled = serve(folder, "digits.skops", probabilities=True)
    result = compiled(Request(IMAGES[:3].tolist()))

    assert (
        funcs.Tensor("float64", (-1, 10)) == compiled.models.find("digits").outputs["probabilities"]
    )
    assert numpy.allclose(forest.predict_proba(IMAGES[:3]), result["probabilities"])


def test_probabilities_come_as_lists_without_a_signature(folder: Path, forest: Any) -> None:
    funcs.save_model(forest, "digits.skops")
    result = serve(folder, "digits.skops", probabilities=True)(Request(IMAGES[:1].tolist()))

    assert {"prediction": [0], "probabilities": [[1.0, *[0.0] * 9]]} == result


def test_a_model_without_probabilities_says_so_when_it_loads(folder: Path) -> None:
    funcs.save_model(LinearRegression().fit(IMAGES[:50], DIGITS[:50]), "digits.skops")

    with pytest.raises(LoadError, match="LinearRegression has no probabilities"):
        serve(folder, "digits.skops", probabilities=True)


@pytest.mark.parametrize("path", ["digits.skops", "digits.joblib", "digits.pkl"])
def test_a_file_that_was_tampered_with_is_not_loaded(
    folder: Path, classifier: Any, path: str
) -> None:
    funcs.save_model(classifier, path)
    content = bytearray((folder / path).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / path).write_bytes(content)

    with pytest.raises(LoadError, match=f"model 'digits' did not load: '{path}' is not the file"):
        serve(folder, path)


@pytest.mark.parametrize("path", ["digits.joblib", "digits.pkl"])
def test_a_pickle_that_no_manifest_names_is_not_loaded(
    folder: Path, classifier: Any, path: str
) -> None:
    funcs.save_model(classifier, path)
    (folder / FILE).unlink()

    with pytest.raises(LoadError, match=f"'{path}' is a pickle"):
        serve(folder, path)


def test_trees_are_trusted_only_where_the_manifest_names_the_file(
    folder: Path, forest: Any
) -> None:
    funcs.save_model(forest, "digits.skops")
    assert [0] == serve(folder, "digits.skops")(Request(IMAGES[:1].tolist()))
    (folder / FILE).unlink()

    with pytest.raises(LoadError, match=r"types that are not trusted: sklearn.tree._tree.Tree"):
        serve(folder, "digits.skops")


def test_skops_of_trusted_types_alone_needs_no_manifest(folder: Path, classifier: Any) -> None:
    funcs.save_model(classifier, "digits.skops")
    (folder / FILE).unlink()

    assert [0] == serve(folder, "digits.skops")(Request(IMAGES[:1].tolist()))


class Stranger:
    """A type that nobody trusts."""


def test_a_strangers_types_are_refused_even_if_named(folder: Path) -> None:
    funcs.save_model(Stranger(), "digits.skops")

    with pytest.raises(LoadError, match=r"not trusted: .*Stranger") as caught:
        serve(folder, "digits.skops")

    assert "load it in a Model of your own" == caught.value.fix


def test_a_missing_file_says_to_train(folder: Path) -> None:
    (folder / "train.py").touch()

    with pytest.raises(LoadError, match=r"there is no file 'digits.skops'") as caught:
        serve(folder, "digits.skops")

    assert "run: python train.py" == caught.value.fix


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("digits.skops", lambda file: file.write_bytes(b"no zip")),
        ("digits.onnx", lambda file: file.touch()),
    ],
)
def test_a_file_that_is_no_model_is_refused(
    folder: Path, name: str, spoil: Callable[[Path], object]
) -> None:
    spoil(folder / name)

    with pytest.raises(LoadError, match=f"'{name}' (cannot be read|is of the format '.onnx')"):
        serve(folder, name)


def test_a_missing_package_is_named_with_the_version_it_was_saved_with(
    folder: Path, classifier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    funcs.save_model(classifier, "digits.skops")
    monkeypatch.setitem(sys.modules, "skops", None)

    with pytest.raises(LoadError, match="needs skops") as caught:
        serve(folder, "digits.skops")

    assert caught.value.fix.startswith("run: pip install skops==")


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.logger = self

    def warn(self, line: str) -> None:
        self.lines.append(line)


def test_another_version_than_at_training_is_logged(folder: Path, classifier: Any) -> None:
    funcs.save_model(classifier, "digits.skops")
    manifest = folder / FILE
    text = manifest.read_text().replace('"scipy": "', '"gone": "1", "scipy": "0.')
    manifest.write_text(text)
    context = Log()
    graph = Graph("digits")
    graph.to(funcs.SklearnModel, name="digits", path="digits.skops")
    compile_plan(graph.plan(), folder=folder, context=context)

    assert 1 == len(context.lines)
    assert "model 'digits' was saved with gone 1 (here none), scipy 0." in context.lines[0]
