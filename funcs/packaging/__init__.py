"""A function as what the builder takes: its folder, its models, funcs' own wheel.

A `FunctionFacts` (of a folder) or an `object_source` (of a notebook) becomes plans, which `build`
carries out:

    workshop = Workshop(cache, access, environ)
    source = object_source(graph, "digits", requirements=["scikit-learn"])
    built = build(plans_of(source, Wanted(), workshop), publisher, reference, workshop)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.packaging.building import Built, build
    from funcs.packaging.facts import FunctionFacts
    from funcs.packaging.notebook import object_source
    from funcs.packaging.planning import Wanted, plans, plans_of
    from funcs.packaging.workshop import Workshop

__all__ = [
    "Built",
    "FunctionFacts",
    "Wanted",
    "Workshop",
    "build",
    "object_source",
    "plans",
    "plans_of",
]

_HOMES = {
    "Built": "building",
    "FunctionFacts": "facts",
    "Wanted": "planning",
    "Workshop": "workshop",
    "build": "building",
    "object_source": "notebook",
    "plans": "planning",
    "plans_of": "planning",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'funcs.packaging' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"funcs.packaging.{home}"), name)
