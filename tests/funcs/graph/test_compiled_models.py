"""Models in a graph: routes and versions, operations, hooks, typed tensors, loading."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, ClassVar

import numpy
import pytest

from funcs.errors import Kind, LoadError, RequestError, StepError
from funcs.graph import Compiled, Graph, Router, compile_plan
from funcs.model import Model
from funcs.request import Request
from funcs.tensor import Tensor


class Sums(Model):
    def predict(self, inputs: Any) -> Any:
        return [sum(row) + self.params.get("plus", 0) for row in inputs]


class Hooks(Model):
    """Every hook leaves a mark."""

    def preprocess(self, inputs: Any) -> Any:
        return [*inputs, "preprocess"]

    def validate(self, inputs: Any) -> Any:
        if inputs[0] == "bad":
            raise RequestError("a bad one")
        return [*inputs, "validate"]

    def predict(self, inputs: Any) -> Any:
        return [*inputs, "predict"]

    def explain(self, inputs: Any) -> Any:
        return [*inputs, "explain"]

    def postprocess(self, outputs: Any) -> Any:
        return [*outputs, "postprocess"]

    def op_count(self, inputs: Any) -> Any:
        return len(inputs)


class Asking(Model):
    """Every hook asks for what it may be given."""

    def preprocess(self, inputs: Any, operation: str) -> Any:
        return [operation]

    def validate(self, inputs: Any, parameters: dict[str, Any], operation: str) -> None:
        inputs.extend([parameters, operation])

    def predict(self, inputs: Any, parameters: dict[str, Any]) -> Any:
        return [*inputs, parameters]

    def op_tell(self, inputs: Any, operation: str, parameters: dict[str, Any]) -> Any:
        return [inputs, operation, parameters]


class Digits(Model):
    inputs: ClassVar = {"pixels": Tensor("float32", (-1, 2))}
    outputs: ClassVar = {"digit": Tensor("int64", (-1,))}

    def predict(self, inputs: Any) -> Any:
        assert numpy.dtype("float32") == inputs["pixels"].dtype
        return {"digit": inputs["pixels"].sum(axis=1).astype(self.params.get("as", "int32"))}

    def explain(self, inputs: Any) -> Any:
        return "because"


def ready(graph: Graph, **options: Any) -> Compiled:
    return compile_plan(graph.plan(), **{"folder": Path(), **options})


def routed(*keys: str, router: Router | None = None, **options: Any) -> Compiled:
    """A router whose models add 1, 2, 3 … to the sums."""
    graph = Graph("g")
    step = graph.to(router or Router(), "models")
    for plus, key in enumerate(keys, 1):
        step.add_model(key, Sums, plus=plus)
    return ready(graph, **options)


def model(target: Any, **params: Any) -> Compiled:
    graph = Graph("g")
    graph.to(target, "m", **params)
    return ready(graph)


# --------------------------------------------------------------------------- routes and versions


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("a", "", 1),
        ("b", "v1", 2),
        ("b", "v2", 3),
        ("b:v1", "", 2),
        ("b", "", 3),
        ("", "", 1),
        ("c", "", 4),
        ("c", "v9", 5),
    ],
)
def test_a_request_reaches_the_model_and_version_it_names(
    name: str, version: str, expected: int
) -> None:
    compiled = routed("a", "b:v1", "b:v2", "c", "c:v9")

    assert [expected] == compiled(Request([[0]], model=name, version=version))
    if name:
        found = compiled.models.find(name, version)
        assert expected == found.model.params["plus"]


def test_the_default_answers_requests_that_name_no_model() -> None:
    compiled = routed("a:v1", "b:v1", "b:v2", router=Router(default="b"))

    assert [3] == compiled(Request([[0]]))
    assert [2] == compiled(Request([[0]], version="v1"))


@pytest.mark.parametrize(
    ("request_", "kind", "what"),
    [
        (Request([], model="d"), Kind.UNKNOWN_MODEL, "there is no model 'd'"),
        (Request([], model="b", version="v3"), Kind.UNKNOWN_VERSION, "'b' has no version 'v3'"),
        (Request([], model="b:v3"), Kind.UNKNOWN_VERSION, "model 'b' has no version 'v3'"),
        (Request([], model="a", version="v1"), Kind.UNKNOWN_VERSION, "'a' has no version 'v1'"),
        (Request([], version="v3"), Kind.UNKNOWN_VERSION, "model 'a' has no version 'v3'"),
        (Request([], model="a", operation="guess"), Kind.UNKNOWN_OPERATION, "no operation 'guess'"),
        (
            Request([], operation="explain"),
            Kind.UNKNOWN_OPERATION,
            "'a' has no operation 'explain'",
        ),
    ],
)
def test_what_is_not_there_is_refused(request_: Request, kind: Kind, what: str) -> None:
    with pytest.raises(RequestError) as caught:
        routed("a", "b:v1", "b:v2")(request_)

    assert kind is caught.value.kind
    assert what in caught.value.what
    assert "models" == caught.value.step
    assert len(caught.value.fix) < 100


def test_a_clients_long_name_is_not_sent_back_whole() -> None:
    for request in (Request(model="x" * 9999), Request(operation="y" * 9999, model="a")):
        with pytest.raises(RequestError) as caught:
            routed("a")(request)

        assert len(str(caught.value)) < 400


def test_the_catalog_lists_routes_in_declared_order() -> None:
    models = routed("b", "a:v2", "a:v1").models

    assert ["b", "a:v2", "a:v1"] == models.names()
    assert ["v2", "v1"] == models.versions("a")
    assert [] == models.versions("b")
    assert [] == models.versions("c")
    assert 3 == len(models)
    assert ["b", "a", "a"] == [entry.name for entry in models]


def test_an_entry_says_what_the_model_is() -> None:
    graph = Graph("g")
    graph.to(Router(), "models").add_model("digits:v1", Digits).add_model("hooks", Hooks)
    digits, hooks = ready(graph).models

    assert ("digits:v1", "digits", "v1", "models") == (
        digits.key,
        digits.name,
        digits.version,
        digits.router,
    )
    assert (True, "") == (digits.ready, digits.load_error)
    assert Digits.inputs == digits.inputs
    assert Digits.outputs == digits.outputs
    assert ("infer", "explain") == digits.operations
    assert ("infer", "explain", "count") == hooks.operations


def test_a_plain_graph_has_no_models() -> None:
    graph = Graph("g")
    graph.to(str)
    compiled = ready(graph)

    assert [] == compiled.models.names()
    assert "" == compiled.router_name
    with pytest.raises(RequestError, match="there is no model 'm'"):
        compiled.models.find("m")


def test_a_router_may_pick_by_itself() -> None:
    class ByInputs(Router):
        def pick(self, request: Request) -> str:
            return "b" if request.parameters.get("b") else ""

    compiled = routed("a", "b", router=ByInputs())

    assert [2] == compiled(Request([[0]], parameters={"b": True}))
    assert [1] == compiled(Request([[0]]))
    assert [2] == compiled(Request([[0]], model="b"))
    assert "ByInputs" == compiled.router_name


def test_a_pick_that_is_no_model_is_an_unknown_model() -> None:
    class Astray(Router):
        def pick(self, request: Request) -> str:
            return "nowhere"

    with pytest.raises(RequestError, match="there is no model 'nowhere'"):
        routed("a", router=Astray())(Request([[0]]))


def test_a_model_step_is_a_router_of_one() -> None:
    compiled = model(Sums, plus=5)

    assert ["m"] == compiled.models.names()
    assert "Router" == compiled.router_name
    assert [6] == compiled(Request([[1]]))
    assert [6] == compiled(Request([[1]], model="m"))
    with pytest.raises(RequestError, match="there is no model 'n'"):
        compiled(Request([[1]], model="n"))


def test_a_string_may_name_a_model(tmp_path: Path) -> None:
    (tmp_path / "models_of_mine.py").write_text(
        "import funcs\nclass M(funcs.Model):\n"
        "    def predict(self, inputs):\n        return [self.path, self.params]\n"
        "m = M()\nclass N: ...\n"
    )
    graph = Graph("g")
    graph.to("models_of_mine:M", "m", path="here", a=1)

    assert ["here", {"a": 1}] == ready(graph, folder=tmp_path)(Request())
    graph = Graph("g")
    graph.to(Router(), "models").add_model("m", "models_of_mine:m", path="there")
    assert ["there", {}] == ready(graph, folder=tmp_path)(Request())
    graph["models"].add_model("n", "models_of_mine:N")
    with pytest.raises(
        LoadError, match=r"model 'n' is 'models_of_mine:N', which is no funcs.Model"
    ):
        ready(graph, folder=tmp_path)


class Named(Sums):
    def __init__(self, plus: int, **rest: Any) -> None:
        super().__init__(**rest)
        self.plus = plus

    def predict(self, inputs: Any) -> Any:
        return [self.name, self.version, self.path, str(self.folder), self.plus, self.context]


class Forgetful(Named):
    def __init__(self, plus: int) -> None:
        self.plus = plus


@pytest.mark.parametrize("cls", [Named, Forgetful])
def test_a_model_knows_its_place_whatever_its_constructor_does(cls: type, tmp_path: Path) -> None:
    graph = Graph("g")
    graph.to(Router(), "models").add_model("m:v1", cls, path="models/m", plus=7)
    compiled = ready(graph, folder=tmp_path, context="context")

    assert ["m", "v1", "models/m", str(tmp_path), 7, "context"] == compiled(Request())
    assert {"plus": 7} == compiled.models.find("m").model.params


# ------------------------------------------------------------------------- steps around, several


def test_steps_run_before_and_after_the_router() -> None:
    graph = Graph("g")
    graph.to(lambda rows: [[value * 2 for value in row] for row in rows], "scale").to(
        Router(), "models"
    ).add_model("m", Sums).to(lambda sums: {"sums": sums}, "label").respond()

    assert {"sums": [6, 14]} == ready(graph)(Request([[1, 2], [3, 4]], model="m"))


def test_of_two_routers_each_takes_what_is_its_own() -> None:
    graph = Graph("g")
    first = graph.to(Router(), "first").add_model("wide", Hooks).add_model("other", Hooks)
    first.to(Router(), "second").add_model("m", Hooks).add_model("n", Hooks)
    compiled = ready(graph)
    marks = ["preprocess", "validate", "predict", "postprocess"]

    assert [*marks, *marks] == compiled(Request([]))
    assert [*marks, *marks] == compiled(Request([], model="other"))
    explained = ["preprocess", "validate", "explain", "postprocess"]
    assert [*marks, *explained] == compiled(Request([], model="n", operation="explain"))
    assert [*explained, *marks] == compiled(Request([], model="wide", operation="explain"))
    assert [*marks, *explained] == compiled(Request([], operation="explain"))
    assert 4 == compiled(Request([], operation="count"))
    with pytest.raises(RequestError, match="there is no model 'x'"):
        compiled(Request([], model="x"))
    assert ["wide", "other", "m", "n"] == compiled.models.names()


# ----------------------------------------------------------------------- operations and hooks


def test_hooks_run_in_their_order() -> None:
    compiled = model(Hooks)

    assert ["a", "preprocess", "validate", "predict", "postprocess"] == compiled(Request(["a"]))
    assert ["a", "preprocess", "validate", "explain", "postprocess"] == compiled(
        Request(["a"], operation="explain")
    )
    assert 2 == compiled(Request(["a", "b"], operation="count"))


def test_a_hook_may_refuse_the_request() -> None:
    with pytest.raises(RequestError, match="a bad one") as caught:
        model(Hooks)(Request(["bad"]))

    assert ("m", "m") == (caught.value.step, caught.value.model)


def test_hooks_are_given_what_they_ask_for() -> None:
    parameters = {"k": 1}
    compiled = model(Asking)

    assert ["infer", parameters, "infer", parameters] == compiled(Request(parameters=parameters))
    assert [5, "tell", parameters] == compiled(Request(5, operation="tell", parameters=parameters))


def test_async_hooks_are_awaited() -> None:
    class Later(Hooks):
        async def preprocess(self, inputs: Any) -> Any:
            await asyncio.sleep(0)
            return super().preprocess(inputs)

        async def op_count(self, inputs: Any) -> Any:
            await asyncio.sleep(0)
            return super().op_count(inputs)

    graph = Graph("g")
    graph.to(Router(), "models").add_model("later", Later).add_model("now", Hooks)
    compiled = ready(graph)
    expected = ["preprocess", "validate", "predict", "postprocess"]

    assert compiled.is_async
    assert expected == asyncio.run(compiled(Request([])))
    assert expected == asyncio.run(compiled(Request([], model="now")))
    assert 0 == asyncio.run(compiled(Request([], operation="count")))


@pytest.mark.parametrize("name", ["preprocess", "validate", "predict", "postprocess"])
def test_a_hook_that_fails_names_the_model(name: str) -> None:
    def fail(self: Any, value: Any) -> Any:
        raise ZeroDivisionError("by zero")

    graph = Graph("g")
    cls = type("Failing", (Hooks,), {name: fail})
    graph.to(Router(), "models").add_model("m:v1", cls)
    with pytest.raises(StepError, match="ZeroDivisionError: by zero") as caught:
        ready(graph)(Request(["a"]))

    error = caught.value
    assert ("models", "m:v1", ["a"]) == (error.step, error.model, error.value)
    assert Kind.MODEL_FAILED is error.kind
    assert isinstance(error.__cause__, ZeroDivisionError)


# ------------------------------------------------------------------------------- typed tensors


def test_declared_inputs_are_arrays_and_declared_outputs_too() -> None:
    result = model(Digits)(Request([[1, 2], [3, 4.0]]))

    assert [3, 7] == result["digit"].tolist()
    assert numpy.dtype("int64") == result["digit"].dtype


def test_an_input_that_does_not_fit_is_the_clients_error() -> None:
    with pytest.raises(RequestError, match=r"input 'pixels': text came") as caught:
        model(Digits)(Request([["a", 1]]))

    assert ("m", "m", Kind.BAD_INPUT) == (
        caught.value.step,
        caught.value.model,
        caught.value.kind,
    )


def test_an_output_that_does_not_fit_is_the_models_failure() -> None:
    with pytest.raises(StepError, match=r"output 'digit': float32 came, expected int64") as caught:
        model(Digits, **{"as": "float32"})(Request([[1, 2]]))

    assert Kind.MODEL_FAILED is caught.value.kind


def test_an_explanation_need_not_fit_the_outputs() -> None:
    assert "because" == model(Digits)(Request([[1, 2]], operation="explain"))


def test_tensors_that_are_none_are_told_when_the_model_loads() -> None:
    class Wrong(Sums):
        inputs: ClassVar[Any] = {"x": "float32"}

    with pytest.raises(LoadError, match=r"Wrong.inputs is no mapping of names to funcs.Tensor"):
        model(Wrong)


def test_numpy_is_imported_only_where_tensors_are_declared() -> None:
    script = """
import json, sys
from pathlib import Path
import funcs
from funcs.graph import compile_plan
class Plain(funcs.Model):
    def predict(self, inputs):
        return inputs
class Typed(Plain):
    inputs = {"x": funcs.Tensor("float32", (-1,))}
seen = []
for cls in (Plain, Typed):
    graph = funcs.Graph("g")
    graph.to(cls)
    compile_plan(graph.plan(), folder=Path())(funcs.Request([1.0]))
    heavy = ("numpy", "asyncio", "yaml", "pydantic", "rich", "hashlib")
    seen.append([name for name in heavy if name in sys.modules])
print(json.dumps(seen))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    plain, typed = json.loads(done.stdout)

    assert [] == plain
    assert "numpy" in typed


# -------------------------------------------------------------------------------------- loading


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
