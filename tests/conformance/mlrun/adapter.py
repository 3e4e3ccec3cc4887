"""MLRun's verbs over a funcs graph, as far as the recorded cases of routers and models use them.

Thin on purpose: what MLRun's Python API has beyond this is named in differences.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import funcs
from funcs.host import Host
from funcs.settings import Settings

DATA = Path(__file__).parent / "data"


class V2ModelServer(funcs.Model):
    """A model whose hooks get the request's body, as MLRun's do."""

    version: Any  # None where the key has none

    def __init__(
        self,
        context: Any = None,
        name: str = "",
        model_path: str | None = None,
        model: Any = None,
        protocol: str | None = None,
        **params: Any,
    ) -> None:
        super().__init__(name=name, context=context, **params)
        self.model_path = model_path
        self.model = model
        self.protocol = protocol or "v2"

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value or None if name == "version" else value)

    def load(self) -> None:
        if self.model is None:
            raise ValueError("load() must be written, or a model given")

    def get_param(self, key: str, default: Any = None) -> Any:
        return self.params.get(key, self.context.parameters.get(key, default))

    def validate(self, request: Any, operation: str) -> Any:
        return request

    def predict(self, request: Any) -> Any:
        raise NotImplementedError

    def explain(self, request: Any) -> Any:
        raise NotImplementedError


class ModelRouter(funcs.Router):
    """The plain router, under the name that MLRun's answers have."""


def with_body(request: funcs.Request) -> funcs.Request:
    """Give models the whole body, or the event for their own operations."""
    raw = request.event.body
    body = json.loads(raw) if isinstance(raw, (bytes, str)) and raw else raw or None
    if request.operation in ("infer", "explain"):
        rest = body if isinstance(body, dict) else {}
        request.inputs = {**rest, "inputs": request.inputs}
    else:
        event = request.event
        request.inputs = SimpleNamespace(
            path=request.operation, method=event.method, id=event.id, body=body
        )
    return request


class Function:
    """What a build snippet calls ``fn``."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self.router: type[funcs.Router] = ModelRouter
        self.models: dict[str, tuple[Any, dict[str, Any]]] = {}
        self.spec = SimpleNamespace(load_mode="sync", parameters={})

    def set_topology(self, kind: str, class_name: Any = None, **args: Any) -> Any:
        if kind != "router" or args:
            raise NotImplementedError(f"set_topology({kind!r}, {', '.join(args)})")
        if class_name is not None:
            self.router = self.names[class_name]
        return SimpleNamespace()

    def add_model(
        self, key: str, class_name: Any, model_path: str | None = None, **args: Any
    ) -> None:
        target = self.names[class_name] if isinstance(class_name, str) else class_name
        given = {"model_path": model_path} if model_path else {}
        self.models[key] = (target, given | args)

    def graph(self) -> funcs.Graph:
        router = self.router()
        for key, (target, args) in self.models.items():
            router.add_model(key, target, **args)
        graph = funcs.Graph("function")
        graph.to(with_body, name="body", full_event=True).to(router, name="router").respond()
        return graph

    def host(self, logger: Any) -> Host:
        """The function's host, with only MLRun's protocol spoken, after its init_context."""
        settings = Settings(protocols=("mlrun",), load=self.spec.load_mode)
        host = Host(self.graph(), settings, DATA)
        parameters = self.spec.parameters
        host.start(
            SimpleNamespace(
                logger=logger,
                parameters=parameters,
                get_param=lambda key, default=None: parameters.get(key, default),
                Response=_response,
            )
        )
        return host


def _response(**fields: Any) -> Any:
    from funcs.response import Response

    return Response(**fields)


@contextmanager
def user_code() -> Iterator[ModuleType]:
    """The recorded cases' own classes, imported over this adapter instead of MLRun."""
    api = ModuleType("serving_api")
    vars(api).update(V2ModelServer=V2ModelServer, ModelRouter=ModelRouter)
    # Used by other areas' cases alone; the module names them at its top.
    for name in ("Choice", "MapClass", "Merge", "Model", "ModelRunnerSelector", "ParallelRun"):
        setattr(api, name, type(name, (), {}))
    vars(api)["VotingEnsemble"] = type("VotingEnsemble", (), {})
    sys.modules["serving_api"] = api
    try:
        spec = spec_from_file_location("recorded_models", DATA / "models.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules["serving_api"]
