"""Loading models: before the graph is there, or behind its back."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any, ClassVar

import pytest

from funcs.errors import Kind, LoadError, RequestError
from funcs.graph import Compiled, Graph, Router
from funcs.request import Request
from tests.funcs.graph.compiled import Sums, model, ready


class Gated(Sums):
    """Loads when the gate opens."""

    gate: ClassVar[threading.Event]

    def load(self) -> None:
        assert self.gate.wait(10)
        if self.params.get("broken"):
            raise OSError("no disk")

    def op_open(self, inputs: Any) -> Any:
        self.gate.set()
        return "opened"


@pytest.fixture
def gate() -> threading.Event:
    Gated.gate = threading.Event()
    return Gated.gate


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.logger = self

    def error(self, line: str) -> None:
        self.lines.append(line)


def gated(context: Any = None, **params: Any) -> Compiled:
    graph = Graph("g")
    graph.to(Router(), "models").add_model("slow", Gated, **params).add_model("fast", Sums)
    return ready(graph, load="async", context=context)


def test_a_model_is_loaded_before_the_graph_is_there(gate: threading.Event) -> None:
    gate.set()

    assert model(Gated).models.find("m").ready


def test_a_model_that_does_not_load_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "broken_model.py").write_text(
        "import funcs\nclass M(funcs.Model):\n"
        "    def load(self):\n        raise OSError('no disk')\n"
        "    def predict(self, inputs): ...\n"
    )
    graph = Graph("g")
    graph.to("broken_model:M", "m")

    with pytest.raises(LoadError, match="model 'm' did not load: OSError: no disk") as caught:
        ready(graph, folder=tmp_path)

    assert f"{tmp_path.resolve() / 'broken_model.py'}:4" == caught.value.where
    assert isinstance(caught.value.__cause__, OSError)


def test_a_model_that_leaves_the_program_in_load_is_a_load_error() -> None:
    class Leaving(Sums):
        def load(self) -> None:
            sys.exit(3)

    with pytest.raises(LoadError, match="model 'm' did not load: SystemExit: 3"):
        model(Leaving)


def test_a_model_that_loads_in_the_background_refuses_until_it_is_there(
    gate: threading.Event,
) -> None:
    compiled = gated()
    entry = compiled.models.find("slow")
    with pytest.raises(RequestError, match="model 'slow' is still loading") as caught:
        compiled(Request([[1]], model="slow"))

    assert Kind.NOT_READY is caught.value.kind
    assert ("models", "slow") == (caught.value.step, caught.value.model)
    assert (False, "") == (entry.ready, entry.load_error)
    assert not compiled.models.wait(0)

    assert "opened" == compiled(Request(model="slow", operation="open"))
    assert compiled.models.wait(10)
    assert entry.ready
    assert [1] == compiled(Request([[1]], model="slow"))
    assert "opened" == compiled(Request(model="slow", operation="open"))


def test_the_other_models_do_not_wait_for_a_slow_one(gate: threading.Event) -> None:
    compiled = gated()
    assert compiled.models.find("fast").settled.wait(10)

    assert [1] == compiled(Request([[1]], model="fast"))
    gate.set()
    assert compiled.models.wait(10)


def test_a_failure_in_the_background_is_shown_and_logged(gate: threading.Event) -> None:
    log = Log()
    compiled = gated(log, broken=True)
    gate.set()
    assert compiled.models.wait(10)
    entry = compiled.models.find("slow")

    assert not entry.ready
    assert "model 'slow' did not load: OSError: no disk" in entry.load_error
    with pytest.raises(RequestError, match="model 'slow' did not load: OSError: no disk") as caught:
        compiled(Request([[1]], model="slow"))
    assert Kind.NOT_READY is caught.value.kind
    assert [1] == compiled(Request([[1]], model="fast"))


def test_an_async_model_refuses_in_the_same_way(gate: threading.Event) -> None:
    class Later(Gated):
        async def predict(self, inputs: Any) -> Any:
            return inputs

    graph = Graph("g")
    graph.to(Later, "m")
    compiled = ready(graph, load="async")
    with pytest.raises(RequestError, match="still loading"):
        asyncio.run(compiled(Request([1])))
    gate.set()
    assert compiled.models.wait(10)

    assert [1] == asyncio.run(compiled(Request([1])))
