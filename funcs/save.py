"""``save_model``: a trained model as a file, and its entry in models.json."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funcs.errors import FuncsError
from funcs.manifest import (
    FILE,
    SUFFIXES,
    Artifact,
    Manifest,
    missing_package,
    sha256_of,
    written_whole,
)
from funcs.suggest import did_you_mean
from funcs.tensor import Tensor

if TYPE_CHECKING:
    from funcs.arrays import Array

_MARKS = ("function.yaml", "function.yml", FILE, "main.py")
INPUT, OUTPUT = "inputs", "prediction"


def save_model(
    obj: Any, path: str | Path, *, sample: Any = None, format: str | None = None
) -> Path:
    """Write ``obj`` to ``path``, and what it is to models.json beside the function.

    ``format`` is "skops", "joblib" or "cloudpickle"; by default what the suffix says, else skops
    for scikit-learn's estimators. With ``sample``, rows as they go into ``obj.predict`` (or
    ``{name: rows}``), the dtypes and shapes of inputs and outputs are recorded, so that requests
    are checked against them. Both files are replaced whole. Answers the file's path.

    The function's folder is the nearest one above the file with a function.yaml, models.json or
    main.py, else the working folder, or the file's own if it lies outside.

    Raises:
        LoadError: the format's package is not installed.
        FuncsError: there is no such format, or ``predict`` cannot take the sample.
    """
    file = Path(path).absolute()
    kind = format or _format_of(obj, file)
    inputs, outputs = _signature(obj, sample)
    file.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(file) as draft:
        _writer(kind)(obj, draft)
    folder = _folder_of(file)
    artifact = Artifact(
        path=file.relative_to(folder).as_posix(),
        sha256=sha256_of(file),
        size_bytes=file.stat().st_size,
        format=kind,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        packages=_packages(obj, kind),
        inputs=inputs,
        outputs=outputs,
    )
    Manifest.read(folder).with_artifact(artifact).write(folder)
    return file


def _format_of(obj: Any, file: Path) -> str:
    by_suffix = SUFFIXES.get(file.suffix)
    if by_suffix:
        return by_suffix
    if type(obj).__module__.partition(".")[0] == "sklearn":
        return "skops"
    what = f"{file.name!r} does not say in which format to save a {type(obj).__name__}"
    raise FuncsError(what, fix="give format='cloudpickle', or a suffix: .skops, .joblib, .pkl")


def _writer(format: str) -> Callable[[Any, Path], None]:
    writers = {"skops": _write_skops, "joblib": _write_joblib, "cloudpickle": _write_cloudpickle}
    if format not in writers:
        fix = did_you_mean(format, writers, noun="formats")
        raise FuncsError(f"there is no model format {format!r}", fix=fix)
    return writers[format]


def _write_skops(obj: Any, file: Path) -> None:
    try:
        from skops import io
    except ImportError as error:
        raise missing_package(error, "the format skops", {}) from error
    io.dump(obj, file)


def _write_joblib(obj: Any, file: Path) -> None:
    try:
        import joblib
    except ImportError as error:
        raise missing_package(error, "the format joblib", {}) from error
    joblib.dump(obj, file)


def _write_cloudpickle(obj: Any, file: Path) -> None:
    try:
        import cloudpickle
    except ImportError as error:
        raise missing_package(error, "the format cloudpickle", {}) from error
    with file.open("wb") as stream:
        cloudpickle.dump(obj, stream)


def _folder_of(file: Path) -> Path:
    for folder in file.parents:
        if any((folder / mark).is_file() for mark in _MARKS):
            return folder
    return Path.cwd() if file.is_relative_to(Path.cwd()) else file.parent


def _packages(obj: Any, format: str) -> dict[str, str]:
    """The installed versions of what loading the file will import."""
    homes = metadata.packages_distributions()
    module = type(obj).__module__.partition(".")[0]
    modules = [module, format, "numpy", *(["scipy"] if module == "sklearn" else [])]
    names = {name for module in modules for name in homes.get(module, [])}
    return {name: metadata.version(name) for name in sorted(names)}


def _signature(obj: Any, sample: Any) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    if sample is None:
        return {}, {}
    try:
        inputs = _arrays(sample, INPUT)
        value = next(iter(inputs.values())) if len(inputs) == 1 else inputs
        outputs = _arrays(obj.predict(value), OUTPUT)
    except Exception as error:
        what = f"predict of {type(obj).__name__} failed on the sample: {error}"
        raise FuncsError(what, fix="give rows as they are given to predict") from error
    return _tensors(inputs), _tensors(outputs)


def _arrays(values: Any, name: str) -> dict[str, Array]:
    import numpy

    named = values if isinstance(values, Mapping) else {name: values}
    return {str(key): numpy.asarray(rows) for key, rows in named.items()}


def _tensors(arrays: Mapping[str, Array]) -> dict[str, Tensor]:
    return {name: Tensor(_dtype(array), (-1, *array.shape[1:])) for name, array in arrays.items()}


def _dtype(array: Array) -> str:
    if array.dtype.kind == "U":
        return "str"
    if array.dtype.kind == "O":
        return "str" if all(isinstance(item, str) for item in array.flat) else "object"
    return array.dtype.name
