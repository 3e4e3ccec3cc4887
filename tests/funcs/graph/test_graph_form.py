"""A graph as plain data and back."""

from __future__ import annotations

import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.errors import FuncsError, GraphError
from funcs.graph import Graph, Router, compile_plan
from funcs.request import Request


def local() -> Any:
    def inside(value: Any) -> Any:
        return value

    return inside


def full_graph() -> Graph:
    graph = Graph("shop")
    first = graph.to("math:fabs", "fabs", input_path="x", result_path="y", copy=True)
    first.error_handler("math:log", "oops", before="models", base=2)
    graph.add_step("math:ceil", "log", after="fabs").sink()
    models = graph.add_step(Router(default="m"), "models", after=[first])
    models.add_model("m", "main:M", path="models/m", depth=[1, 2]).add_model("n:v1", "main:N")
    models.respond()
    graph.add_step("main:Step", "between", after="fabs", before="models", factor=2, full_event=True)
    graph.error_handler("main:Sorry", handler="answer", text="no")
    return graph


def test_what_is_written_is_plain_and_reads_back_the_same() -> None:
    form = full_graph().to_dict()

    assert form == json.loads(json.dumps(form))
    assert form == Graph.from_dict(form).to_dict()
    assert {
        "name": "fabs",
        "target": "math:fabs",
        "input_path": "x",
        "result_path": "y",
        "copy": True,
        "error_handler": {
            "name": "oops",
            "target": "math:log",
            "args": {"base": 2},
            "before": "models",
        },
    } == form["steps"][0]


def test_the_graph_that_was_read_has_the_same_shape() -> None:
    graph = full_graph()
    again = Graph.from_dict(graph.to_dict())

    shape = [(step.name, step.after, step.sink) for step in graph.plan().steps]
    assert shape == [(step.name, step.after, step.sink) for step in again.plan().steps]
    assert graph.plan().responder == again.plan().responder


def test_the_graph_that_was_read_runs(tmp_path: Path) -> None:
    (tmp_path / "shopping.py").write_text(
        "import funcs\n"
        "def double(value):\n    return value * 2\n"
        "class Sums(funcs.Model):\n"
        "    def predict(self, inputs):\n        return sum(inputs) + self.params['plus']\n"
        "graph = funcs.Graph('shop')\n"
        "graph.to(double).to(funcs.Router(), 'models').add_model('m', Sums, plus=1)\n"
        "graph['models'].to(str)\n"
    )
    from funcs.loader import load_object

    form = load_object("shopping:graph", folder=tmp_path).to_dict()
    compiled = compile_plan(Graph.from_dict(form).plan(), folder=tmp_path)

    assert "7" == compiled(Request([1, 2]))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (lambda value: value, "step 'a' is a lambda"),
        (local(), r"step 'a' is defined inside local\(\)"),
        (Path("x").joinpath, "step 'a' is not what pathlib:PurePath.joinpath is"),
        (partial(math.log, 2), "step 'a' is an object"),
    ],
)
def test_what_no_name_leads_to_cannot_be_written(target: Any, words: str) -> None:
    graph = Graph("g")
    graph.to(target, "a")

    with pytest.raises(GraphError, match=words) as caught:
        graph.to_dict()

    assert caught.value.fix


def test_what_a_script_defines_cannot_be_written() -> None:
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec("def step(value): return value", scope)
    graph = Graph("g")
    graph.to(scope["step"])

    with pytest.raises(GraphError, match="is defined in a script"):
        graph.to_dict()


@pytest.mark.parametrize("value", [Path(), {1: 2}, (1,), {1}, math.nan])
def test_arguments_that_are_no_plain_data_cannot_be_written(value: Any) -> None:
    graph = Graph("g")
    graph.to("main:Step", "a", given=value)

    with pytest.raises(GraphError, match="step 'a' has the argument given"):
        graph.to_dict()


STEP = {"name": "a", "target": "math:fabs"}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ([], "the graph is list, not a mapping"),
        ({"step": []}, "the graph has the unknown key 'step'"),
        ({"steps": {}}, "the graph has 'steps', which is no list"),
        ({"steps": [1]}, r"steps\[0\] is int, not a mapping"),
        ({"steps": [{"name": "a"}]}, r"steps\[0\] lacks 'target'"),
        ({"steps": [{"target": "a:b"}]}, r"steps\[0\] lacks 'name'"),
        ({"steps": [{**STEP, "afer": []}]}, r"steps\[0\] has the unknown key 'afer'"),
        ({"steps": [{**STEP, "after": "b"}]}, r"steps\[0\] has 'after', which is no list"),
        ({"steps": [{**STEP, "after": [1]}]}, "'after', which must hold names of steps"),
        ({"steps": [{**STEP, "args": []}]}, "'args', which is no mapping by name"),
        ({"steps": [{**STEP, "args": {"name": "x"}}]}, "the argument 'name', a word of the graph"),
        ({"steps": [{"name": "a", "router": {"models": [{}]}}]}, r"models\[0\] lacks 'key'"),
        ({"steps": [{**STEP, "input_path": 5}]}, "has 'input_path', which is no str"),
        ({"steps": [{"name": "a", "router": {"class": "math:pi"}}]}, "is no funcs.Router"),
        ({"steps": [STEP], "error_handler": {"on": 1}}, "error_handler has the unknown key 'on'"),
    ],
)
def test_a_form_that_is_not_right_is_refused_at_its_place(form: Any, words: str) -> None:
    with pytest.raises(GraphError, match=words):
        Graph.from_dict(form)


class Choosy(Router):
    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share


def test_a_router_that_needs_arguments_cannot_be_read() -> None:
    graph = Graph("g")
    graph.to(Choosy(0.5), "models").add_model("m", "main:M")

    with pytest.raises(GraphError, match="Choosy' cannot be made"):
        Graph.from_dict(graph.to_dict())


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
WORDS = st.sampled_from(["a", "b", "math:fabs", "main:x", "", "5"]) | LEAVES
ARGS = st.dictionaries(st.sampled_from(["name", "path", "x", "self"]), LEAVES, max_size=2) | LEAVES
MODELS = st.fixed_dictionaries({}, optional={"key": WORDS, "target": WORDS, "params": ARGS})
ROUTERS = st.fixed_dictionaries(
    {}, optional={"class": WORDS, "default": WORDS, "models": st.lists(MODELS, max_size=2) | LEAVES}
)
HANDLERS = st.fixed_dictionaries(
    {}, optional={"name": WORDS, "target": WORDS, "args": ARGS, "before": WORDS, "handler": WORDS}
)
STEPS = st.fixed_dictionaries(
    {"name": WORDS},
    optional={
        "target": WORDS,
        "router": ROUTERS | LEAVES,
        "after": st.lists(WORDS, max_size=2) | LEAVES,
        "before": st.lists(WORDS, max_size=2) | LEAVES,
        "args": ARGS,
        "input_path": WORDS,
        "full_event": LEAVES,
        "respond": LEAVES,
        "sink": LEAVES,
        "error_handler": HANDLERS | LEAVES,
    },
)
FORMS = st.fixed_dictionaries(
    {"steps": st.lists(STEPS, max_size=4)},
    optional={"name": WORDS, "error_handler": HANDLERS | LEAVES},
)


@given(FORMS | LEAVES)
def test_any_form_is_a_graph_or_refused(form: Any) -> None:
    try:
        graph = Graph.from_dict(form)
        assert graph.to_dict() == Graph.from_dict(graph.to_dict()).to_dict()
        graph.plan()
    except FuncsError:
        return
