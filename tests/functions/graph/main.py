from __future__ import annotations

import funcs


class Sum(funcs.Model):
    def predict(self, inputs: list[list[float]]) -> list[float]:
        return [sum(row) for row in inputs]


def positive(rows: list[list[float]]) -> list[list[float]]:
    return [[abs(value) for value in row] for row in rows]


graph = funcs.Graph("sums")
graph.to(positive).to(funcs.Router(), name="models").respond()
graph["models"].add_model("sum:v1", Sum)
