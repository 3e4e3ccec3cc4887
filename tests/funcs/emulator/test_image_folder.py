"""A function's folder at /opt/nuclio, for its workers alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from funcs.cli.checks.image_folder import check_image_folder
from funcs.emulator import mounted
from funcs.emulator.image_folder import ImageFolder, is_allowed
from funcs.testing import Emulator
from tests.funcs.emulator.terminal import write_files

LABELS = """
import os

import yaml


def init_context(context):
    with open("/opt/nuclio/function.yaml") as file:
        context.user_data.labels = yaml.safe_load(file)["metadata"]["labels"]


def handler(context, event):
    return {"labels": context.user_data.labels, "folder": os.getcwd()}
"""
YAML = """
metadata: {name: labels, labels: {model: svm}}
spec: {handler: "main:handler", runtime: "python:3.11"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "labels", {"main.py": LABELS, "function.yaml": YAML})


def _skip_where_forbidden(folder: Path) -> None:
    if not is_allowed(folder):
        pytest.skip("the kernel allows no mount namespace here")


def _listing(place: str) -> list[str]:
    return sorted(str(entry) for entry in Path(place).glob("*"))


def test_a_handler_reads_its_own_function_yaml(folder: Path) -> None:
    _skip_where_forbidden(folder)
    before = _listing("/opt")
    with Emulator(folder) as emulator:
        answer = emulator.get("/").json()
        during = _listing("/opt")

    assert {"labels": {"model": "svm"}, "folder": str(folder)} == answer
    assert before == during


def test_everything_else_below_opt_is_still_there(folder: Path) -> None:
    _skip_where_forbidden(folder)
    head = ImageFolder.of(folder).head(sys.executable)

    seen = subprocess.run([*head, "ls", "/opt", "/opt/nuclio"], capture_output=True, text=True)

    names = [Path(place).name for place in _listing("/opt")]
    assert not set(names) - set(seen.stdout.split())
    assert {"main.py", "function.yaml"} <= set(seen.stdout.split())


def test_a_command_that_is_not_there_is_told_as_ever(folder: Path) -> None:
    _skip_where_forbidden(folder)
    command = [sys.executable, "-I", "-S", mounted.__file__, str(folder), "no-such-command"]

    ended = subprocess.run(command, capture_output=True, text=True)

    assert 1 == ended.returncode
    assert "FileNotFoundError" in ended.stderr


def test_a_folder_that_cannot_be_mounted_is_an_exit_status(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", mounted.__file__, str(tmp_path / "none"), "true"]

    ended = subprocess.run(command, capture_output=True, text=True)

    assert mounted.NOT_ALLOWED == ended.returncode
    assert ended.stderr.startswith("/opt/nuclio cannot be mounted: ")
    assert not is_allowed(tmp_path / "none")


def test_only_those_who_look_there_pay_for_it(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def handler(context, event): ...")

    assert ImageFolder(tmp_path, is_shown=False) == ImageFolder.of(tmp_path)
    assert [] == ImageFolder.of(tmp_path).head(sys.executable)


def test_a_variable_may_look_there_too(tmp_path: Path) -> None:
    _skip_where_forbidden(tmp_path)

    assert ImageFolder.of(tmp_path, ["/opt/nuclio/model.onnx"]).is_shown


def _never(folder: Path) -> bool:
    return False


def test_where_it_is_forbidden_check_names_the_line(folder: Path) -> None:
    check = check_image_folder(folder, may=_never)
    shown = ImageFolder.of(folder, may=_never)

    assert check is not None
    assert [f"{folder}/main.py:8"] == [each.where for each in check.failures]
    assert "write pathlib.Path(__file__).parent / 'function.yaml'" == check.failures[0].fix
    notice = "/opt/nuclio cannot be shown to the function here (main.py:8); see: funcs check"
    assert ImageFolder(folder, is_shown=False, notices=(notice,)) == shown


def test_where_it_is_allowed_check_is_content(folder: Path) -> None:
    _skip_where_forbidden(folder)
    check = check_image_folder(folder)

    assert check is not None
    assert check.is_ok
