"""Join steps, routers and models into a graph; plan it; compile it to one callable."""

from funcs.graph.catalog import Catalog, ModelEntry
from funcs.graph.compile import Compiled, compile_plan
from funcs.graph.errors import PlanError
from funcs.graph.graph import Graph
from funcs.graph.plan import Plan
from funcs.graph.routers import Router

__all__ = [
    "Catalog",
    "Compiled",
    "Graph",
    "ModelEntry",
    "Plan",
    "PlanError",
    "Router",
    "compile_plan",
]
