"""A graph, a model or a handler that is an object here and a function in its image."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from funcs.errors import FuncsError
from funcs.graph import Graph, Router
from funcs.manifest import Manifest
from funcs.model import Model
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.models import PackedModel, PackedModels, packed_models
from funcs.packaging.objects import PackedObject, packed_object
from funcs.packaging.runtime import own_python
from funcs.packaging.source import FunctionSource, added_entries
from funcs.settings import Settings
from funcs.spec.function import GRAPH_HANDLER, FunctionSpec
from funcs.spec.reader import read_function
from funcs.worker.handler import init_context_of
from funcs_builder.entry import Entry

_GRAPH, _HANDLER = "graph", "handler"


def object_source(
    obj: object,
    name: str,
    *,
    requirements: Sequence[str] = (),
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> FunctionSource:
    """The function called ``name`` that serves ``obj``: a Graph, a Model's class, or a handler.

    Its image has this Python, and all packages that the object and its models were made with in
    the versions that are here; ``requirements`` are further ones. ``folder`` is where the models
    lie that a graph loads, and their models.json; ``env`` are the function's variables.

    Raises:
        GraphError: the graph is not valid.
        FuncsError: it is none of these, or holds what cannot be packed.
        LoadError: a model is missing, or is not what models.json says.
    """
    served = served_object(obj, name)
    packed = packed_object(served, _GRAPH if isinstance(served, Graph) else _HANDLER)
    function = FunctionFacts.of(object_spec(served, name, folder=folder, env=env))
    models = _models(packed, function, folder)
    code = [*_entries(packed, models), *added_entries(function, models)]
    ordered = tuple(sorted(code, key=lambda entry: entry.path))
    lines = (*_packages(models), *requirements)
    return FunctionSource(function, ordered, models, (), lines)


def served_object(obj: object, name: str) -> Graph | Callable[..., Any]:
    """What the function called ``name`` serves for ``obj``: a graph, or a handler as it is.

    Raises:
        GraphError: the graph is not valid.
        FuncsError: it is neither these nor a Model's class, or a handler with an init_context,
            which would not go along.
    """
    if isinstance(obj, Graph):
        obj.plan()  # said now, and not when the image starts
        return obj
    if isinstance(obj, type) and issubclass(obj, Model):
        graph = Graph(name)
        graph.to(Router(), name="models").respond()
        graph["models"].add_model(name, obj)
        graph.plan()
        return graph
    if callable(obj) and not isinstance(obj, type):
        if init_context_of(obj) is not None:
            what = "a handler that is given as an object is packed alone, without its init_context"
            fix = "make in the handler what that makes, once; or keep both in a folder: funcs init"
            raise FuncsError(what, where=f"{obj.__module__}.init_context", fix=fix)
        return obj
    fix = "give a funcs.Graph, a subclass of funcs.Model, or handler(context, event)"
    raise FuncsError(f"{obj!r} is nothing that a function can serve", fix=fix)


def object_spec(
    served: Graph | Callable[..., Any],
    name: str,
    *,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> FunctionSpec:
    """The function called ``name`` whose image serves what was packed of ``served``.

    Raises:
        InvalidSpecError: the name, or that of a variable, is none.
    """
    is_graph = isinstance(served, Graph)
    graph = f"main:{_GRAPH}" if is_graph else ""
    handler = GRAPH_HANDLER if is_graph else f"main:{_HANDLER}"
    document = {
        "metadata": {"name": name},
        "spec": {
            "handler": handler,
            "runtime": f"python:{own_python()}",
            "runtimeAttributes": {"funcs": {"graph": graph}} if is_graph else {},
            "env": [{"name": key, "value": value} for key, value in (env or {}).items()],
        },
    }
    yaml = read_function(json.dumps(document), name)
    return FunctionSpec(folder or Path(), None, name, handler, Settings(graph=graph), yaml)


def _models(packed: PackedObject, function: FunctionFacts, folder: Path | None) -> PackedModels:
    """The models of the folder, and the packed object, which models.json names like one."""
    found = PackedModels((), Manifest())
    if folder is not None:
        found = packed_models(function, python=own_python())
    bytes_of = {Path(entry.path).name: entry for entry in packed.entries}
    own = PackedModel(packed.artifact, bytes_of[packed.artifact.path])
    return PackedModels((*found.models, own), found.manifest.with_artifact(packed.artifact))


def _packages(models: PackedModels) -> list[str]:
    """What the object and the models were made with, in the versions that are here."""
    made = {name: version for m in models.models for name, version in m.artifact.packages.items()}
    return [f"{name}=={_version(name) or made[name]}" for name in sorted(made)]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _entries(packed: PackedObject, models: PackedModels) -> list[Entry]:
    """The module that loads the object; its bytes are among the models."""
    placed = {model.entry.path for model in models.models if model.entry is not None}
    return [entry for entry in packed.entries if entry.path not in placed]
