from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from funcs.errors import FuncsError
from funcs.packaging.facts import FunctionFacts
from funcs.spec.function import FunctionSpec
from funcs_builder.cache import Cache

YAML = """
metadata: {name: shop}
spec:
  handler: main:handler
  runtime: python:3.11
  description: Sells.
  version: 3
  readinessTimeoutSeconds: 7
  env:
  - {name: GREETING, value: Hello}
  - {name: KEY, valueFrom: {secretKeyRef: {name: a, key: b}}}
  volumes:
  - volume: {name: weights, hostPath: {path: /srv}}
    volumeMount: {name: weights, mountPath: /mnt}
  build:
    baseImage: python:3.11
    image: shop:v2
    registry: localhost:5000
    commands: [pip install numpy, apt-get update]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "function"
    folder.mkdir()
    (folder / "main.py").write_text("def handler(context, event): ...\n")
    (folder / "function.yaml").write_text(YAML)
    return folder


def test_the_second_time_they_are_remembered_and_the_same(folder: Path, cache: Cache) -> None:
    first = FunctionFacts.at(folder, cache)
    memo = next((cache.root / "memo" / "function").iterdir())
    value = json.loads(memo.read_text())
    memo.write_text(json.dumps({**value, "description": "Remembered."}))

    assert FunctionFacts.of(FunctionSpec.of(folder)) == first
    second = FunctionFacts.at(folder, cache)
    assert "Remembered." == second.description
    assert first.steps == second.steps
    assert first.processor_yaml("python:3.11") == second.processor_yaml("python:3.11")
    assert str(folder / "function.yaml") == second.file


def test_variables_stay_in_their_order(folder: Path, cache: Cache) -> None:
    (folder / "function.yaml").write_text(
        YAML.replace("  volumes:", "  - {name: ACCENT, value: é}\n  volumes:")
    )
    orders = [list(FunctionFacts.at(folder, cache).env) for _ in range(2)]

    assert [["GREETING", "ACCENT"]] * 2 == orders


def test_another_text_is_another_function(folder: Path, cache: Cache) -> None:
    FunctionFacts.at(folder, cache)
    (folder / "function.yaml").write_text(YAML.replace("Sells.", "Buys."))

    assert "Buys." == FunctionFacts.at(folder, cache).description


def test_an_invalid_function_is_never_remembered(folder: Path, cache: Cache) -> None:
    (folder / "function.yaml").write_text("spec: {handlr: main:handler}")

    for _ in range(2):
        with pytest.raises(FuncsError, match="handlr"):
            FunctionFacts.at(folder, cache)


def test_what_the_code_decides_is_looked_up_each_time(folder: Path, cache: Cache) -> None:
    (folder / "function.yaml").write_text("metadata: {name: shop}")
    first = FunctionFacts.at(folder, cache)
    (folder / "main.py").write_text("import funcs\n\ngraph = funcs.Graph('g')\n")
    second = FunctionFacts.at(folder, cache)

    assert ("main:handler", "") == (first.handler, first.graph)
    assert ("function:handler", "main:graph") == (second.handler, second.graph)


def test_comments_that_configure_are_heeded_whenever_they_come(folder: Path, cache: Cache) -> None:
    FunctionFacts.at(folder, cache)
    text = "# @nuclio.configure\n#\n# function.yaml:\n#   spec:\n#     minReplicas: 2\n"
    (folder / "main.py").write_text(text + "def handler(context, event): ...\n")
    found = FunctionFacts.at(folder, cache)

    assert 2 == found.processor["spec"]["minReplicas"]


def test_they_hold_what_an_image_needs(folder: Path, cache: Cache) -> None:
    found = FunctionFacts.at(folder, cache)

    assert {"GREETING": "Hello"} == found.env
    assert ("KEY",) == found.foreign_env
    assert {"/mnt": "weights"} == found.mounts
    assert (3, 7) == (found.version, found.readiness_s)
    assert ("numpy",) == found.steps.lines
    assert ("RUN apt-get update",) == found.steps.before
    processor = json.loads(found.processor_yaml("python:3.12"))
    assert "python:3.12" == processor["spec"]["runtime"]
    assert "env" not in processor["spec"]


def test_a_function_without_a_function_yaml_gets_one(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "main.py").write_text("import funcs\n\ngraph = funcs.Graph('g')\n")
    found = FunctionFacts.at(tmp_path, cache)
    (tmp_path / "function.yaml").write_text(found.function_yaml)
    written = FunctionSpec.of(tmp_path)

    assert "" == found.file
    assert found.handler == written.handler
    assert "main:graph" == written.settings.graph


def test_a_warm_build_imports_no_pydantic(folder: Path, cache: Cache) -> None:
    import subprocess
    import sys

    FunctionFacts.at(folder, cache)
    code = (
        "import sys; from pathlib import Path; from funcs.packaging.facts import FunctionFacts\n"
        "from funcs_builder.cache import Cache\n"
        f"FunctionFacts.at(Path({str(folder)!r}), Cache(Path({str(cache.root)!r})))\n"
        "import funcs.packaging.building, funcs.packaging.planning, funcs.cli.build\n"
        "print(sorted({'pydantic', 'requests', 'docker', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ
    )

    assert "[]\n" == done.stdout, done.stderr
