from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from funcs.packaging.facts import FunctionFacts
from funcs.packaging.inputs import Inputs
from funcs.spec.function import FunctionSpec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text("def handler(context, event): ...\n")
    return tmp_path


def digests(folder: Path) -> dict[str, str]:
    return Inputs(FunctionFacts.of(FunctionSpec.of(folder))).digests


def model(folder: Path, path: str) -> None:
    text = json.dumps(
        {"version": 1, "models": {path: {"sha256": "0" * 64, "size": 2, "format": "skops"}}}
    )
    (folder / "models.json").write_text(text)


def test_the_files_of_an_image_are_those_that_go_in(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.bin\n")
    (folder / "a.bin").write_bytes(b"1")
    (folder / "run.sh").write_bytes(b"2")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("run.sh")
    found = digests(folder)

    assert ["link", "main.py", "run.sh"] == sorted(found)
    assert "-> run.sh" == found["link"]
    assert f"{sha256(b'2').hexdigest()} may run" == found["run.sh"]


def test_a_model_and_its_manifest_go_in_whatever_gitignore_says(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.skops\nmodels.json\n")
    (folder / "digits.skops").write_bytes(b"42")
    model(folder, "digits.skops")

    assert ["digits.skops", "main.py", "models.json"] == sorted(digests(folder))


@pytest.mark.parametrize("path", ["{}/elsewhere", "../elsewhere", "no/such"])
def test_a_model_that_is_not_in_the_folder_is_for_others_to_refuse(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    model(folder, path.format(tmp_path_factory.mktemp("other")))

    assert ["main.py", "models.json"] == sorted(digests(folder))
