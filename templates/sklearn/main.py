"""Reads handwritten digits: images of 8 × 8 pixels in, digits out."""

from __future__ import annotations

from typing import Any

import skops.io

import funcs


class Digits(funcs.Model):
    """The classifier that train.py saves."""

    inputs = {"pixels": funcs.Tensor("float32", (-1, 64))}  # one row an image, 0 to 16 a pixel
    outputs = {"digit": funcs.Tensor("int64", (-1,))}

    def load(self) -> None:
        """Runs once in each worker, before its first event."""
        self.classifier = skops.io.load(self.artifact("digits.skops"))

    def predict(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """The digit in each image."""
        return {"digit": self.classifier.predict(inputs["pixels"])}


graph = funcs.Graph("digits")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("digits", Digits, path="models/digits")
