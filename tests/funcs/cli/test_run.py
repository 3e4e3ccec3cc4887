"""`funcs run`'s command line; what it does is tested in tests/funcs/emulator."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from funcs.cli.main import main


@pytest.mark.parametrize(
    "arguments",
    [
        ["--workers", "0"],
        ["--workers", "many"],
        ["--port", "65536"],
        ["--port", "-1"],
        ["--nuclio", "2.0"],
        ["--metrics-port", "x"],
    ],
)
def test_wrong_usage_is_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", *arguments])

    assert 2 == ended.value.code
    assert "usage: funcs run" in capsys.readouterr().err


def test_on_windows_wsl_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")

    assert 2 == main(["run"])
    assert "WSL" in capsys.readouterr().err


def test_a_folder_without_a_function_is_told_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == main(["run", str(tmp_path)])
    assert "funcs new" in capsys.readouterr().err


def test_a_debugger_for_several_functions_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["run", "shop", "billing", "--debug"])
    assert "funcs run shop --debug" in capsys.readouterr().err


def test_one_port_of_metrics_for_several_functions_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 1 == main(["run", "shop", "billing", "--metrics-port", "8090"])
    assert "--metrics-port is for one function" in capsys.readouterr().err


def test_several_functions_need_names_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [tmp_path / "a" / "shop", tmp_path / "b" / "shop"]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "main.py").write_text("def handler(context, event): ...")

    assert 1 == main(["run", *map(str, folders)])
    assert "two functions are called 'shop'" in capsys.readouterr().err


def test_as_json_a_refusal_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["run", str(tmp_path), str(tmp_path), "--json"])

    assert "error" == json.loads(capsys.readouterr().out)["kind"]
