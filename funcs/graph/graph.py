"""The author's graph: a draft that can be planned, written down and read again."""

from __future__ import annotations

from funcs.graph.check import planned
from funcs.graph.draft import Draft
from funcs.graph.plan import Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self


class Graph(Draft):
    """Steps from a request's inputs to its answer.

    >>> graph = Graph("double")
    >>> _ = graph.to(abs).to(str).respond()
    >>> [step.name for step in graph.plan().steps]
    ['abs', 'str']
    """

    def plan(self) -> Plan:
        """The graph as a valid, frozen Plan.

        Raises:
            PlanError: names every step that keeps the graph from running, and how to fix it.
        """
        return planned(self)

    def to_dict(self) -> dict[str, Any]:
        """The graph as plain data, targets as ``"module:name"``.

        Raises:
            GraphError: a target is an object, a lambda or a local, which no name leads to.
        """
        from funcs.graph.form import draft_to_dict  # a worker that starts has no use for it

        return draft_to_dict(self)

    @classmethod
    def from_dict(cls, form: dict[str, Any]) -> Self:
        """The graph that ``to_dict`` wrote; targets are loaded when it starts.

        Raises:
            GraphError: the form has an unknown key, or lacks one.
        """
        from funcs.graph.form import draft_from_dict

        graph = cls(str(form.get("name", "graph")) if isinstance(form, dict) else "graph")
        draft_from_dict(form, graph)
        return graph
