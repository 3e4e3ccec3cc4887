"""Turn a trained model into a serverless function.

Names are imported when first used (PEP 562): ``import funcs`` itself loads nothing else.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself is a tenth of a worker's start
if TYPE_CHECKING:
    from funcs.errors import (
        EventError,
        FuncsError,
        GraphError,
        Kind,
        LoadError,
        RequestError,
        SpecError,
        StepError,
    )
    from funcs.function import Function
    from funcs.graph import Graph, Router
    from funcs.model import Model
    from funcs.request import Request
    from funcs.save import save_model
    from funcs.sklearn import SklearnModel
    from funcs.tensor import Tensor

__version__ = "0.1.0"

__all__ = [
    "EventError",
    "FuncsError",
    "Function",
    "Graph",
    "GraphError",
    "Kind",
    "LoadError",
    "Model",
    "Request",
    "RequestError",
    "Router",
    "SklearnModel",
    "SpecError",
    "StepError",
    "Tensor",
    "save_model",
]

_HOMES = {
    "EventError": "funcs.errors",
    "FuncsError": "funcs.errors",
    "Function": "funcs.function",
    "Graph": "funcs.graph",
    "GraphError": "funcs.errors",
    "Kind": "funcs.errors",
    "LoadError": "funcs.errors",
    "Model": "funcs.model",
    "Request": "funcs.request",
    "RequestError": "funcs.errors",
    "Router": "funcs.graph",
    "SklearnModel": "funcs.sklearn",
    "SpecError": "funcs.errors",
    "StepError": "funcs.errors",
    "Tensor": "funcs.tensor",
    "save_model": "funcs.save",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'funcs' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
