"""Models that compiled graphs are tested with, and such graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy

from funcs.errors import RequestError
from funcs.graph import Compiled, Graph, compile_plan
from funcs.model import Model
from funcs.tensor import Tensor


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


class Sums(Model):
    def predict(self, inputs: Any) -> Any:
        return [sum(row) + self.params.get("plus", 0) for row in inputs]


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


def model(target: Any, **params: Any) -> Compiled:
    graph = Graph("g")
    graph.to(target, "m", **params)
    return ready(graph)
