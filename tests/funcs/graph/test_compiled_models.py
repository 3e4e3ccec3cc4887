"""Operations of a model and its hooks; typed tensors at both ends."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any, ClassVar

import numpy
import pytest

from funcs.errors import Kind, LoadError, RequestError, StepError
from funcs.graph import Graph, Router
from funcs.model import Model
from funcs.request import Request
from tests.funcs.graph.compiled import Digits, Hooks, Sums, model, ready


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


def test_hooks_run_in_their_order() -> None:
    compiled = model(Hooks)

    assert ["a", "preprocess", "validate", "predict", "postprocess"] == compiled(Request(["a"]))
    assert ["a", "preprocess", "validate", "explain", "postprocess"] == compiled(
        Request(["a"], operation="explain")
    )
    assert 2 == compiled(Request(["a", "b"], operation="count"))


def test_an_operation_is_never_served_by_two_methods() -> None:
    class Twice(Hooks):
        def op_infer(self, inputs: Any) -> Any:
            return "never"

        def op_explain(self, inputs: Any) -> Any:
            return "never"

    assert ("infer", "explain", "count") == model(Twice).models.find("m").operations
    assert "never" != model(Twice)(Request([]))


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
