"""What ``spec.runtimeAttributes.funcs.graph`` may name: a graph, or one model class alone."""

from __future__ import annotations

import re

from funcs.errors import LoadError
from funcs.graph.graph import Graph
from funcs.graph.plan import Plan
from funcs.graph.routers import Router
from funcs.model import Model

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def plan_of(found: object, reference: str, *, where: str = "") -> Plan:
    """The plan of what ``reference`` led to: a Graph, a Plan, or a subclass of Model.

    A class is served by a router of its own, under its name in small letters: ``model_name``.
    ``where`` is the function's folder, for errors.

    Raises:
        LoadError: it is something else.
        GraphError: the graph cannot run.
    """
    if isinstance(found, Plan):
        return found
    if isinstance(found, Graph):
        return found.plan()
    if isinstance(found, type) and issubclass(found, Model):
        return _alone(found).plan()
    what = f"{reference!r} is of type {type(found).__name__}, not a funcs.Graph"
    fix = "write graph = funcs.Graph(…) and join its steps, or name a subclass of funcs.Model"
    raise LoadError(what, where=where, fix=fix)


def model_name(class_name: str) -> str:
    """What a class is served as.

    >>> model_name("DigitReader"), model_name("SVM")
    ('digit-reader', 'svm')
    """
    return _WORD.sub("-", class_name.strip("_")).lower().replace("_", "-")


def _alone(model: type[Model]) -> Graph:
    name = model_name(model.__name__)
    router = Router()
    router.add_model(name, model)
    graph = Graph(name)
    graph.to(router, name="models").respond()
    return graph
