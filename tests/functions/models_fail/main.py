from __future__ import annotations

from typing import Any

import funcs


class Missing(funcs.Model):
    def load(self) -> None:
        self.artifact("weights.bin")

    def predict(self, inputs: Any) -> Any:
        return inputs


class Fine(Missing):
    def load(self) -> None: ...


class Broken(Missing):
    def load(self) -> None:
        raise ValueError("no rate given")


graph = funcs.Graph("models")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("missing", Missing, path="models/missing")
graph["models"].add_model("broken", Broken)
graph["models"].add_model("fine", Fine)
