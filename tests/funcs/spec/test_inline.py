"""A function.yaml in the comments of the handler's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from funcs.spec import FunctionSpec, InvalidSpecError

INLINE = '''"""A handler."""
import os

# @nuclio.configure
#
# function.yaml:
#   metadata:
#     name: inlined
#     labels: {team: a, tier: low}
#   spec:
#     runtime: python:3.11
#     env:
#       - {name: A, value: "inline"}
#       - {name: B, value: "inline"}
#     triggers:
#       web: {kind: http, numWorkers: 3}


# spec: a comment that has nothing to do with it
def handler(context, event):
    return os.environ["A"]
'''
OVER = """
metadata: {labels: {tier: high}}
spec:
  handler: main:handler
  env:
    - {name: C, value: "file"}
    - {name: A, value: "file"}
"""


def _spec(folder: Path, main: str = INLINE, function_yaml: str = "") -> FunctionSpec:
    (folder / "main.py").write_text(main)
    if function_yaml:
        (folder / "function.yaml").write_text(function_yaml)
    return FunctionSpec.of(folder)


def _env(spec: FunctionSpec) -> dict[str, object]:
    return {each.name: each.value for each in spec.spec.env}


def _refused(folder: Path, main: str = INLINE, function_yaml: str = "") -> list[str]:
    with pytest.raises(InvalidSpecError) as refused:
        _spec(folder, main, function_yaml)
    return [f"{Path(each.where).name}: {each.what}" for each in refused.value.problems]


def test_a_comment_is_enough(tmp_path: Path) -> None:
    spec = _spec(tmp_path)

    assert ("inlined", "main:handler") == (spec.name, spec.handler)
    assert {"A": "inline", "B": "inline"} == _env(spec)
    assert 3 == spec.processor_yaml()["spec"]["triggers"]["web"]["numWorkers"]


def test_function_yaml_is_laid_over_it(tmp_path: Path) -> None:
    spec = _spec(tmp_path, function_yaml=OVER)

    assert "inlined" == spec.name
    assert {"team": "a", "tier": "high"} == spec.metadata.labels
    assert {"C": "file", "A": "file", "B": "inline"} == _env(spec)
    assert ["web"] == list(spec.spec.triggers)


def test_without_the_comment_nothing_is_read(tmp_path: Path) -> None:
    spec = _spec(tmp_path, main=INLINE.replace("@nuclio.configure", "@nuclio.other"))

    assert () == spec.spec.env


def test_a_mistake_has_its_line_in_the_python_file(tmp_path: Path) -> None:
    main = INLINE.replace("numWorkers: 3", "numWorkers: many").replace("name: B", "nam: B")

    first, *others = _refused(tmp_path, main)

    assert first.startswith("main.py:14  spec.env[1]")
    assert others[-1].startswith("main.py:16  spec.triggers.web.numWorkers")


def test_of_two_files_each_mistake_is_in_its_own(tmp_path: Path) -> None:
    main = INLINE.replace("name: B, value", "name: B, valeu")
    over = OVER.replace("name: C, value", "name: C, valeu")

    found = _refused(tmp_path, main, over)

    assert ["function.yaml:6  spec.env[0].valeu", "main.py:14  spec.env[2].valeu"] == [
        each.partition(": ")[0] for each in found
    ]


def test_a_comment_that_is_no_yaml_has_its_line(tmp_path: Path) -> None:
    (found,) = _refused(tmp_path, INLINE.replace("runtime: python:3.11", "runtime: [python"))

    assert found.startswith("main.py:1")


def test_an_empty_comment_is_told(tmp_path: Path) -> None:
    main = "# @nuclio.configure\n# function.yaml:\n#\ndef handler(context, event): ...\n"

    assert ["main.py: the file is empty"] == _refused(tmp_path, main)


def test_what_it_names_as_its_handler_is_served(tmp_path: Path) -> None:
    main = INLINE.replace("#   spec:\n", "#   spec:\n#     handler: main:score\n")
    named = _spec(tmp_path, main.replace("def handler", "def score"))

    assert "main:score" == named.handler
    assert () == named.notices
