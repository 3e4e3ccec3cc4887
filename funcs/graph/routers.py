"""The router: one of several models answers, as the request says."""

from __future__ import annotations

from funcs.graph.plan import PlannedRoute
from funcs.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Router:
    """A step that passes the request to one of its models.

    A request names the model and perhaps a version; without a version it reaches the key
    ``model`` itself, else the version declared last. Without a model it reaches ``default``, or
    the route declared first. A subclass may choose otherwise by ``pick``.

    >>> router = Router()
    >>> router.add_model("svm:v1", "main:Digits", path="models/svm")
    >>> [route.key for route in router.routes]
    ['svm:v1']
    """

    def __init__(self, *, default: str = "") -> None:
        self.default = default
        self.routes: list[PlannedRoute] = []

    def add_model(self, key: str, target: Any, *, path: str = "", **params: Any) -> None:
        """Serve ``target`` as ``key``, ``"name"`` or ``"name:version"``.

        ``target`` is a Model class, a Model, or ``"module:Class"``; ``path`` and ``params`` are
        given to its constructor.
        """
        self.routes.append(PlannedRoute(str(key), target, path, tuple(params.items())))

    def pick(self, request: Request) -> str:
        """The key of the route for ``request``, or "" to go by its model and version.

        The answer here; a subclass may split traffic or look at ``request.inputs``.
        """
        del request
        return ""
