from __future__ import annotations

import sys
from dataclasses import replace
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import cloudpickle
import pytest

from funcs.errors import LoadError
from funcs.manifest import Artifact, Manifest
from funcs.packed import load_packed

NUMPY = metadata.version("numpy")
PRICES = {"tea": 3}


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    data = cloudpickle.dumps(PRICES)
    (tmp_path / "shop.pkl").write_bytes(data)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    made = {"cloudpickle": metadata.version("cloudpickle"), "numpy": NUMPY}
    digest = sha256(data).hexdigest()
    return Artifact("shop.pkl", digest, len(data), "cloudpickle", python, made)


@pytest.fixture
def file(tmp_path: Path, artifact: Artifact) -> Path:
    Manifest().with_artifact(artifact).write(tmp_path)
    return tmp_path / "shop.pkl"


def test_what_was_packed_here_is_loaded(file: Path) -> None:
    assert PRICES == load_packed(file)


def test_another_python_is_refused(tmp_path: Path, file: Path, artifact: Artifact) -> None:
    Manifest().with_artifact(replace(artifact, python="3.9")).write(tmp_path)

    with pytest.raises(LoadError, match=r"was written by Python 3\.9, here is 3\."):
        load_packed(file)


def test_another_version_of_a_package_is_refused_with_the_line_to_run(
    tmp_path: Path, file: Path, artifact: Artifact
) -> None:
    other = replace(artifact, packages={**artifact.packages, "numpy": "1.0.0", "yore": "2"})
    Manifest().with_artifact(other).write(tmp_path)

    with pytest.raises(LoadError) as caught:
        load_packed(file)

    assert f"'shop.pkl' was packed with numpy 1.0.0 (here {NUMPY}), yore 2 (here none)" == (
        caught.value.what
    )
    assert caught.value.fix.startswith("run: pip install numpy==1.0.0 yore==2;")


def test_a_pickle_that_no_manifest_names_is_not_loaded(tmp_path: Path, file: Path) -> None:
    (tmp_path / "models.json").unlink()

    with pytest.raises(LoadError, match="which runs code when loaded"):
        load_packed(file)


def test_other_bytes_are_not_loaded(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-3] ^= 0xFF
    file.write_bytes(data)

    with pytest.raises(LoadError, match=r"is not the file that models\.json names"):
        load_packed(file)


def test_a_missing_file_is_told(file: Path) -> None:
    file.unlink()

    with pytest.raises(LoadError, match=r"there is no file 'shop\.pkl'"):
        load_packed(file)


def test_what_is_no_pickle_is_told(tmp_path: Path, file: Path, artifact: Artifact) -> None:
    file.write_bytes(b"text")
    digest = sha256(b"text").hexdigest()
    Manifest().with_artifact(replace(artifact, sha256=digest, size_bytes=4)).write(tmp_path)

    with pytest.raises(LoadError, match=r"'shop\.pkl' cannot be read: UnpicklingError"):
        load_packed(file)
