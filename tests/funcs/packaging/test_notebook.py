from __future__ import annotations

import sys
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest

import funcs
from funcs.errors import FuncsError, GraphError
from funcs.manifest import Artifact, Manifest
from funcs.packaging import object_source
from funcs.packaging.runtime import own_python
from funcs.packaging.source import FunctionSource


class Sum(funcs.Model):
    """Adds up."""

    def load(self) -> None: ...

    def predict(self, inputs: list[int]) -> list[int]:
        return [sum(inputs)]


def scale(inputs: list[int]) -> list[int]:
    return [2 * value for value in inputs]


def handler(context: object, event: object) -> str:
    return "answer"


def texts(source: FunctionSource) -> dict[str, str]:
    found = {}
    for entry in source.code:
        assert entry.content is not None
        with entry.content.open() as stream:
            found[Path(entry.path).name] = stream.read().decode()
    return found


def test_a_graph_becomes_a_function_with_its_entry() -> None:
    graph = funcs.Graph("sum")
    graph.to(scale).to(Sum, name="sum").respond()
    source = object_source(graph, "adder", requirements=["six"])
    found = texts(source)

    assert {"function.py", "function.yaml", "main.py", "models.json"} == set(found)
    assert ["opt/nuclio/graph.pkl"] == [m.entry.path for m in source.models.models if m.entry]
    assert "name: adder" in found["function.yaml"]
    assert f"python:{own_python()}" == source.function.runtime
    assert "six" == source.lines[-1]
    assert any(line.startswith("cloudpickle==") for line in source.lines)


def test_a_class_of_a_model_gets_a_graph_around_it() -> None:
    source = object_source(Sum, "adder")

    assert ("function:handler", "main:graph") == (source.function.handler, source.function.graph)


def test_a_handler_is_served_as_it_is() -> None:
    source = object_source(handler, "hello")

    assert ("main:handler", "") == (source.function.handler, source.function.graph)
    assert "function.py" not in texts(source)


def test_a_handler_that_would_lose_its_init_context_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "init_context", print, raising=False)

    with pytest.raises(FuncsError, match="without its init_context"):
        object_source(handler, "hello")


def test_models_of_a_folder_go_along(tmp_path: Path) -> None:
    (tmp_path / "m.skops").write_bytes(b"model")
    artifact = Artifact("m.skops", sha256(b"model").hexdigest(), 5, "skops")
    Manifest().with_artifact(artifact).write(tmp_path)
    source = object_source(Sum, "adder", folder=tmp_path)

    assert {"m.skops", "graph.pkl"} == set(source.models.manifest.artifacts)


def test_packages_of_models_are_installed_as_they_are_here(tmp_path: Path) -> None:
    (tmp_path / "m.skops").write_bytes(b"model")
    packages = {"numpy": "1.0", "no-such-package": "3.1"}
    artifact = Artifact("m.skops", sha256(b"model").hexdigest(), 5, "skops", packages=packages)
    Manifest().with_artifact(artifact).write(tmp_path)
    source = object_source(Sum, "adder", folder=tmp_path)

    assert f"numpy=={metadata.version('numpy')}" in source.lines
    assert "no-such-package==3.1" in source.lines


def test_what_no_function_can_serve_is_refused() -> None:
    with pytest.raises(FuncsError, match="is nothing that a function can serve"):
        object_source(3, "three")
    with pytest.raises(GraphError):
        object_source(funcs.Graph("empty"), "empty")
