"""What a function of a notebook is made of, as its cells define it now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funcs.errors import FuncsError
from funcs.graph import Graph
from funcs.graph.draw import to_text
from funcs.graph.renew import renew, renewed
from funcs.packaging.notebook import object_source, object_spec, served_object

if TYPE_CHECKING:
    from funcs.packaging.source import FunctionSource
    from funcs.spec import FunctionSpec


class Definition:
    """The function called ``name`` that serves a graph, a subclass of Model or a handler.

    ``folder`` holds what `save_model` wrote. Of a cell that was run again it serves what that
    defines, and not what it was given first.

    Raises on construction:
        GraphError: the graph cannot run.
        FuncsError: the name is none, or nothing that can be served is given.
    """

    def __init__(
        self,
        name: str,
        serves: object,
        folder: Path,
        *,
        requirements: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.folder = folder
        self._requirements = tuple(requirements)
        self._serves = serves
        self._object: Graph | Callable[..., Any] | None = None
        spec = object_spec(self.served(), name, env=env)
        self.env = {each.name: each.value for each in spec.spec.env}

    def served(self) -> Graph | Callable[..., Any]:
        """The graph or the handler, now."""
        now = renewed(self._serves)
        if isinstance(now, Graph):
            renew(now)
        elif self._object is not None and now is self._serves:
            return self._object  # of a class that is the same the graph is the same
        self._serves = now
        self._object = served_object(now, self.name)
        return self._object

    def spec(self) -> FunctionSpec:
        """Its function.yaml."""
        return object_spec(self.served(), self.name, folder=self.folder, env=self.env)

    def source(self) -> FunctionSource:
        """What is packed of it.

        Raises:
            FuncsError: it cannot be.
        """
        return object_source(
            self.served(),
            self.name,
            requirements=self._requirements,
            folder=self.folder,
            env=self.env,
        )

    def drawing(self) -> str:
        """What it does, in lines; of a graph that cannot run since it was changed, why."""
        try:
            served = self.served()
        except FuncsError as error:
            return str(error)
        if isinstance(served, Graph):
            return to_text(served.plan())
        return f"{getattr(served, '__qualname__', served)}(context, event)"
