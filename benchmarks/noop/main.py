"""The no-op model as a graph of ours: the sum of each row, in plain Python."""

from __future__ import annotations

import funcs


class Sum(funcs.Model):
    """The sum of each row."""

    def load(self) -> None:
        """Nothing to load."""

    def predict(self, inputs: list[list[float]]) -> list[float]:
        """Rows in, sums out."""
        return [sum(row) for row in inputs]


graph = funcs.Graph("noop")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("m", Sum)
