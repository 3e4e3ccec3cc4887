"""A processor waits for the processor.yaml of its own deploy."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from funcs.processor.deploy_id import VARIABLE, await_configuration

OWN = {VARIABLE: "00ff"}


def config(deploy_id: str) -> str:
    return f"spec: {{env: [{{name: {VARIABLE}, value: {deploy_id}}}]}}\n"


def test_without_an_id_nothing_is_waited_for(tmp_path: Path) -> None:
    assert await_configuration(tmp_path / "processor.yaml", {})


def test_the_file_of_this_deploy_is_taken_at_once(tmp_path: Path) -> None:
    path = tmp_path / "processor.yaml"
    path.write_text(config("00ff"))

    assert await_configuration(path, OWN, patience_s=0)


@pytest.mark.parametrize("before", ["", config("1234")])
def test_a_missing_or_previous_file_is_waited_out(tmp_path: Path, before: str) -> None:
    path = tmp_path / "processor.yaml"
    if before:
        path.write_text(before)
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(await_configuration(path, OWN)))
    thread.start()
    draft = tmp_path / "draft"
    draft.write_text(config("00ff"))
    draft.replace(path)
    thread.join()

    assert [True] == results


def test_a_file_that_never_comes_is_told(tmp_path: Path) -> None:
    assert not await_configuration(tmp_path / "processor.yaml", OWN, patience_s=0)


def test_a_pod_that_starts_again_reads_what_is_mounted(tmp_path: Path) -> None:
    path = tmp_path / "processor.yaml"
    path.write_text(config("1234"))

    assert await_configuration(path, OWN | {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
