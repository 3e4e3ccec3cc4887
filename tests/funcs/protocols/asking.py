"""A host of small models, and requests to it without a worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import funcs
from funcs.event import Event, TriggerInfo
from funcs.host import Host
from funcs.settings import Settings


class Log:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.errors: list[dict[str, Any]] = []

    def debug_with(self, message: str, **more: Any) -> None: ...

    def error(self, message: str) -> None:
        self.errors.append({"message": message})

    def error_with(self, message: str, **more: Any) -> None:
        self.errors.append({"message": message, **more})


class Context:
    def __init__(self) -> None:
        self.logger = Log()


class Sums(funcs.Model):
    """Declared: row sums."""

    inputs = {"x": funcs.Tensor("float32", (-1, 2))}
    outputs = {"y": funcs.Tensor("float32", (-1,))}

    def predict(self, inputs: Any) -> Any:
        return {"y": inputs["x"].sum(axis=1)}


class Given(funcs.Model):
    """Answers what its parameter ``answer`` says, or calls it with the inputs."""

    def predict(self, inputs: Any) -> Any:
        answer = self.params.get("answer", inputs)
        return answer(inputs) if callable(answer) else answer

    def op_shout(self, inputs: Any) -> Any:
        return str(inputs).upper()


def host_of(*, settings: Settings | None = None, **models: Any) -> Host:
    """A started host whose router has ``models``; a value that is no class is a Given's answer."""
    router = funcs.Router()
    for key, model in models.items():
        is_class = isinstance(model, type) and issubclass(model, funcs.Model)
        target, params = (model, {}) if is_class else (Given, {"answer": model})
        router.add_model(key.replace("__", ":"), target, **params)
    graph = funcs.Graph("asked")
    graph.to(router, name="models").respond()
    return started(graph, settings)


def started(graph: funcs.Graph, settings: Settings | None = None) -> Host:
    host = Host(graph, settings or Settings(), Path(__file__).parent)
    host.start(Context())
    return host


def log_of(host: Host) -> Log:
    assert host.server is not None
    log: Log = host.server.logger
    return log


def event(
    path: str = "/",
    body: Any = b"",
    *,
    method: str | None = None,
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
    kind: str = "http",
    id: str = "e1",
) -> Any:
    """An event as our worker makes it; a body that is no text is its JSON."""
    raw = body if isinstance(body, (bytes, str)) else json.dumps(body).encode()
    return Event(
        body=raw,
        content_type=content_type,
        path=path,
        method=("POST" if raw else "GET") if method is None else method,
        headers=headers or {},
        trigger=TriggerInfo(kind, "name"),
        _id=id,
    )


def ask(host: Host, path: str = "/", body: Any = b"", **more: Any) -> Any:
    """The Response to one event."""
    return host.handle(event(path, body, **more))


def asked(host: Host, path: str = "/", body: Any = b"", **more: Any) -> tuple[int, Any]:
    """The status, and the JSON of the body."""
    response = ask(host, path, body, **more)
    assert "application/json" == response.content_type, response.body
    return response.status_code, json.loads(response.body)


def tensor(data: Any, shape: list[int], datatype: str = "FP32", name: str = "x") -> dict[str, Any]:
    """A body of one named tensor."""
    return {"inputs": [{"name": name, "shape": shape, "datatype": datatype, "data": data}]}
