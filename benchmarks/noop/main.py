"""The no-op model as a graph of ours: the sum of each row, in plain Python."""

from __future__ import annotations

from typing import Any

import funcs


class Sum(funcs.Model):
    """The sum of each row."""

    def load(self) -> None:
        """Nothing to load."""

    def predict(self, inputs: Any) -> Any:
        """Rows in, sums out."""
        return [sum(row) for row in inputs]


class NamedSum(Sum):
    """The same over named tensors, as the Open Inference Protocol sends them."""

    def predict(self, inputs: Any) -> Any:
        """``{"x": rows}`` to ``{"y": sums}``."""
        return {"y": [sum(row) for row in inputs["x"]]}


graph = funcs.Graph("noop")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("m", Sum)
graph["models"].add_model("named", NamedSum)
