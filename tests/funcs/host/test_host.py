from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import pytest

import funcs
from funcs.errors import GraphError, LoadError, SpecError
from funcs.host import Host, serve
from funcs.host.folder import function_folder
from funcs.settings import Settings
from tests.funcs.protocols.asking import Context, event

GRAPH = """
import funcs

def double(value):
    return value * 2

graph = funcs.Graph("doubled")
graph.to(double).respond()
number = 1
"""


def graph_of(step: Any) -> funcs.Graph:
    graph = funcs.Graph("one")
    graph.to(step, name="step").respond()
    return graph


def test_serve_gives_nuclios_two_entrypoints(tmp_path: Path) -> None:
    init_context, handler = serve(graph_of(abs), Settings(), tmp_path)
    context = Context()
    init_context(context)

    assert "3" == handler(context, event(body=b"-3")).body


def test_models_find_their_files_where_the_setting_says(tmp_path: Path) -> None:
    (tmp_path / "mnt").mkdir()
    (tmp_path / "mnt/weights.txt").write_text("7")

    class Weighted(funcs.Model):
        def load(self) -> None:
            self.weight = int(self.artifact("weights.txt").read_text())

        def predict(self, inputs: Any) -> Any:
            return [self.weight]

    graph = funcs.Graph("weighted")
    graph.to(Weighted, name="model").respond()
    host = Host(graph, Settings(models=str(tmp_path / "mnt")), tmp_path / "function")
    host.start(Context())
    answer: Any = host.handle(event("/v2/models/model/infer", {"inputs": [1]}))

    assert "7" in answer.body


def test_models_get_the_context_and_the_folder(tmp_path: Path) -> None:
    (tmp_path / "weights.txt").write_text("7")

    class Weighted(funcs.Model):
        def load(self) -> None:
            self.context.logger.error("loading")
            self.weight = int(self.artifact("weights.txt").read_text())

        def predict(self, inputs: Any) -> Any:
            return [self.weight]

    graph = funcs.Graph("weighted")
    graph.to(Weighted, name="model").respond()
    host = Host(graph, Settings(), tmp_path)
    context = Context()
    host.start(context)
    answer: Any = host.handle(event("/v2/models/model/infer", {"inputs": [1]}))

    assert [{"message": "loading"}] == context.logger.errors
    assert '"outputs":[7]' in answer.body


def test_before_init_context_it_says_so() -> None:
    host = Host(graph_of(abs), Settings(), Path())
    one: Any = host.handle(event(body=b"1"))
    batch: Any = host.handle([event(body=b"1"), event(body=b"1")])

    assert (503, "application/json") == (one.status_code, one.content_type)
    assert [503, 503] == [answer.status_code for answer in batch]


def test_a_graph_that_cannot_run_is_refused_at_once() -> None:
    with pytest.raises(GraphError):
        Host(funcs.Graph("empty"), Settings(), Path())


def test_an_unknown_protocol_is_refused_at_once() -> None:
    with pytest.raises(SpecError, match="there is no protocol 'grpc'"):
        Host(graph_of(abs), Settings(protocols=("grpc",)), Path())


def test_a_model_that_does_not_load_stops_the_start(tmp_path: Path) -> None:
    class Broken(funcs.Model):
        def load(self) -> None:
            raise OSError("no such file")

        def predict(self, inputs: Any) -> Any:
            return inputs

    graph = funcs.Graph("broken")
    graph.to(Broken, name="model").respond()

    with pytest.raises(LoadError, match="no such file"):
        Host(graph, Settings(), tmp_path).start(Context())


def test_only_an_async_graph_answers_an_awaitable(tmp_path: Path) -> None:
    async def later(value: Any) -> Any:
        return value

    sync, awaited = (Host(graph_of(step), Settings(), tmp_path) for step in (abs, later))
    sync.start(Context())
    awaited.start(Context())
    answer: Any = awaited.handle(event(body=b"1"))
    batch: Any = awaited.handle([event(body=b"1")])

    assert not inspect.isawaitable(sync.handle(event(body=b"1")))
    assert inspect.iscoroutine(answer)
    assert inspect.iscoroutine(batch)
    answer.close()
    batch.close()


def from_folder(folder: Path, **environ: str) -> Host:
    environ = {"NUCLIO_PYTHON_PATH": str(folder), **environ}
    return Host.from_environ(environ, entry=Path("/nowhere/function.py"))


def test_the_environment_names_the_graph(tmp_path: Path, clean_imports: None) -> None:
    (tmp_path / "main.py").write_text(GRAPH)
    host = from_folder(tmp_path, FUNCS_CONFIG='{"graph": "main:graph"}')

    assert "doubled" == host.plan.name
    assert tmp_path == host.folder


def test_without_funcs_config_the_function_yaml_does(tmp_path: Path, clean_imports: None) -> None:
    (tmp_path / "main.py").write_text(GRAPH)
    text = "spec: {runtimeAttributes: {funcs: {graph: main:graph, protocols: [mlrun]}}}"
    (tmp_path / "function.yaml").write_text(text)

    assert ("mlrun",) == from_folder(tmp_path).spoken


def test_no_graph_named_says_where_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="no graph is named") as caught:
        from_folder(tmp_path)

    assert str(tmp_path / "function.yaml") == caught.value.where
    assert "spec.runtimeAttributes.funcs.graph" in caught.value.fix


def test_what_is_no_graph_is_refused(tmp_path: Path, clean_imports: None) -> None:
    (tmp_path / "main.py").write_text(GRAPH)

    with pytest.raises(LoadError, match=r"'main:number' is of type int, not a funcs\.Graph"):
        from_folder(tmp_path, FUNCS_GRAPH="main:number")


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("", "entry"),
        ("entry", "entry"),
        ("user:entry", "user"),
        ("entry:user", "user"),
        ("user", "user"),
    ],
)
def test_the_users_folder_is_the_one_beside_the_handlers(
    tmp_path: Path, named: str, expected: str
) -> None:
    path = os.pathsep.join(str(tmp_path / name) for name in named.split(":") if name)
    found = function_folder({"NUCLIO_PYTHON_PATH": path}, tmp_path / "entry")

    assert tmp_path / expected == found
