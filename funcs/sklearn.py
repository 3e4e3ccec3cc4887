"""A ready model for scikit-learn's estimators, from a file that is safe to load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from funcs.errors import LoadError
from funcs.manifest import FILE, SUFFIXES, Artifact, missing_package
from funcs.model import Model
from funcs.tensor import Tensor

#: Packages whose types a skops file may hold where models.json names the file. skops itself
#: does not trust, for one, sklearn.tree._tree.Tree: crafted indices in it can crash Python.
_NAMED = ("sklearn.", "numpy.", "scipy.")


class SklearnModel(Model):
    """Serves a scikit-learn estimator saved by ``funcs.save_model``.

    ``path`` names the file. A skops file is loaded if it holds trusted types alone; where
    models.json names it (with its sha256), scikit-learn's own are trusted too. joblib and
    cloudpickle files run code when loaded: models.json must name them.

    Inputs and outputs are those that models.json recorded, ``prediction`` is the output; with
    ``probabilities=True`` there is also ``probabilities``, ``(batch, classes) float64``.

    >>> import funcs
    >>> router = funcs.Router()
    >>> router.add_model("svm", SklearnModel, path="digits.skops", probabilities=True)
    """

    estimator: Any

    def load(self) -> None:
        """Read the estimator, and its signature from models.json."""
        file = self.artifact()
        named = self.recorded(file)
        self.estimator = _read(file, named)
        if named is not None:
            self._declare(self.inputs or named.inputs, self.outputs or named.outputs)
            self._warn_of(_changed(named))
        if self.params.get("probabilities"):
            self._offer_probabilities()

    def predict(self, inputs: Any) -> Any:
        """The estimator's predictions for the rows of the only input."""
        rows = inputs
        if isinstance(inputs, dict) and len(inputs) == 1:
            rows = next(iter(inputs.values()))
        results = {"prediction": self.estimator.predict(rows)}
        if self.params.get("probabilities"):
            results["probabilities"] = self.estimator.predict_proba(rows)
        if self.outputs:
            return results
        lists = {name: result.tolist() for name, result in results.items()}
        return lists if len(lists) > 1 else lists["prediction"]

    def _offer_probabilities(self) -> None:
        classes = getattr(self.estimator, "classes_", None)
        if classes is None or not hasattr(self.estimator, "predict_proba"):
            what = f"{type(self.estimator).__name__} has no probabilities"
            raise LoadError(what, fix="leave out probabilities=True")
        if self.outputs and "probabilities" not in self.outputs:
            tensor = Tensor("float64", (-1, len(classes)))
            self._declare(self.inputs, {**self.outputs, "probabilities": tensor})

    def _declare(self, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> None:
        # Of this model alone: for authors they are a class's, which is what type checkers know.
        vars(self).update(inputs=inputs, outputs=outputs)

    def _warn_of(self, changed: str) -> None:
        logger = getattr(self.context, "logger", None)
        if changed and logger is not None:
            logger.warn(f"model {self.name!r} was saved with {changed}")


def _read(file: Path, named: Artifact | None) -> Any:
    format = named.format if named is not None else SUFFIXES.get(file.suffix, file.suffix)
    reader = _READERS.get(format)
    if reader is None:
        what = f"{file.name!r} is of the format {format!r}, which this class cannot read"
        raise LoadError(what, where=str(file), fix="subclass funcs.Model and write load")
    try:
        return reader(file, named)
    except ImportError as error:
        packages = named.packages if named is not None else {}
        raise missing_package(error, f"{file.name!r}", packages) from error
    except LoadError:
        raise
    except Exception as error:
        changed = _changed(named) if named is not None else ""
        hint = f"; it was saved with {changed}" if changed else ""
        what = f"{file.name!r} cannot be read: {type(error).__name__}: {error}{hint}"
        raise LoadError(what, where=str(file), fix="save it again with funcs.save_model") from error


def _read_skops(file: Path, named: Artifact | None) -> Any:
    from skops import io

    untrusted = io.get_untrusted_types(file=file)
    refused = [name for name in untrusted if named is None or not name.startswith(_NAMED)]
    if refused:
        what = f"{file.name!r} holds types that are not trusted: {', '.join(refused[:10])}"
        fix = "save it with funcs.save_model" if named is None else "load it in a Model of your own"
        raise LoadError(what, where=str(file), fix=fix)
    return io.load(file, trusted=untrusted)


def _read_joblib(file: Path, named: Artifact | None) -> Any:
    _must_be_named(file, named)
    import joblib

    return joblib.load(file)


def _read_cloudpickle(file: Path, named: Artifact | None) -> Any:
    _must_be_named(file, named)
    import cloudpickle

    with file.open("rb") as stream:
        return cloudpickle.load(stream)


_READERS: dict[str, Callable[[Path, Artifact | None], Any]] = {
    "skops": _read_skops,
    "joblib": _read_joblib,
    "cloudpickle": _read_cloudpickle,
}


def _must_be_named(file: Path, named: Artifact | None) -> None:
    if named is None:
        what = (
            f"{file.name!r} is a pickle, which runs code when loaded, and {FILE} does not name it"
        )
        raise LoadError(what, where=str(file), fix="write both with funcs.save_model")


def _changed(named: Artifact) -> str:
    """``scikit-learn 1.5.2 (here 1.9.1)`` for what is installed in another version."""
    words = []
    for name, version in named.packages.items():
        try:
            here = metadata.version(name)
        except metadata.PackageNotFoundError:
            here = "none"
        if here != version:
            words.append(f"{name} {version} (here {here})")
    return ", ".join(words)
