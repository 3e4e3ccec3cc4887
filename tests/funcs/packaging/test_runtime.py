from __future__ import annotations

from pathlib import Path

import pytest

from funcs.errors import SpecError
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.runtime import agreed_python, named_python, own_python
from funcs.spec.function import FunctionSpec


def facts(folder: Path, runtime: str) -> FunctionFacts:
    (folder / "main.py").write_text("def handler(context, event): ...\n")
    (folder / "function.yaml").write_text(f"spec: {{handler: main:handler, runtime: {runtime}}}")
    return FunctionFacts.of(FunctionSpec.of(folder))


def test_the_runtime_names_a_minor_version(tmp_path: Path) -> None:
    assert "3.12" == named_python(facts(tmp_path, "python:3.12"))
    assert "" == named_python(facts(tmp_path, "python"))


def test_a_python_older_than_funcs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"'python:3\.9' is too old") as got:
        named_python(facts(tmp_path, "python:3.9"))
    assert got.value.where.endswith("function.yaml  spec.runtime")


def test_the_base_decides_where_the_function_does_not() -> None:
    assert "3.12" == agreed_python("", "3.12", "b")
    assert "3.12" == agreed_python("3.12", "", "b")
    assert own_python() == agreed_python("", "", "b")
    with pytest.raises(SpecError, match=r"wants Python 3\.12, the base b has 3\.11"):
        agreed_python("3.12", "3.11", "b")
