"""The models that the recorded servers offered, as funcs has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import funcs
from funcs.errors import RequestError
from funcs.host import Host
from funcs.settings import Settings


class Sum(funcs.Model):
    """Row sums."""

    inputs = {"x": funcs.Tensor("float32", (-1, -1))}
    outputs = {"y": funcs.Tensor("float32", (-1,))}

    def predict(self, inputs: Any) -> Any:
        return {"y": inputs["x"].sum(axis=-1)}


class Echo(funcs.Model):
    """Every input comes back."""

    def predict(self, inputs: Any) -> Any:
        return inputs


class Multi(funcs.Model):
    """Four outputs of one input."""

    inputs = {"x": funcs.Tensor("float32", (-1, -1))}
    outputs = {
        "total": funcs.Tensor("float32", (-1,)),
        "largest": funcs.Tensor("float32", (-1,)),
        "count": funcs.Tensor("int64", (1,)),
        "label": funcs.Tensor("str", (-1,)),
    }

    def predict(self, inputs: Any) -> Any:
        rows = inputs["x"]
        total = rows.sum(axis=1)
        label = ["big" if number > 10 else "small" for number in total]
        return {"total": total, "largest": rows.max(axis=1), "count": [len(rows)], "label": label}


class Fail(funcs.Model):
    def predict(self, inputs: Any) -> Any:
        raise RuntimeError("boom")


class Refuse(funcs.Model):
    def predict(self, inputs: Any) -> Any:
        raise RequestError("refused")


class NotReady(Sum):
    def load(self) -> None:
        raise OSError("no such model")


class Quiet:
    """A logger that keeps nothing."""

    def error(self, message: str) -> None: ...

    def debug_with(self, message: str, **more: object) -> None: ...

    def error_with(self, message: str, **more: object) -> None: ...


class Context:
    logger = Quiet()


def corpus_host(protocols: tuple[str, ...], *, versioned: bool = False) -> Host:
    """A host of all of them; ``versioned`` gives ``sum`` the version 1, as MLServer's has."""
    router = funcs.Router()
    router.add_model("sum:1" if versioned else "sum", Sum)
    others = (Echo, Multi, Fail, Refuse)
    for model in others:
        router.add_model(model.__name__.lower(), model)
    router.add_model("broken", Fail)
    router.add_model("slow", Sum)
    router.add_model("notready", NotReady)
    graph = funcs.Graph("corpus")
    graph.to(router, name="models").respond()
    host = Host(graph, Settings(protocols=protocols, load="async"), Path(__file__).parent)
    host.start(Context())
    assert host.server is not None
    assert host.server.compiled.models.wait(30)
    return host
