"""One callable for a router: the request's model, version and operation in a table of calls."""

from __future__ import annotations

from collections.abc import Callable

from funcs.errors import Kind, RequestError
from funcs.graph.catalog import Catalog, ModelEntry
from funcs.graph.models import ModelCall, operation_call, refusal
from funcs.graph.routers import Router
from funcs.request import Request
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Routing:
    """The calls of one router or single model step, by what a request says.

    ``others`` are the names that other routers of the graph serve: a request for one of those is
    answered here by the default, and by "infer", whatever it asks of the other.
    ``is_last`` says that no other router comes after: it serves the operation of a request that
    names no model.
    """

    def __init__(
        self,
        step: str,
        entries: list[ModelEntry],
        router: Router | None,
        *,
        awaited: bool,
        others: frozenset[str] = frozenset(),
        is_last: bool = True,
    ) -> None:
        self.step = step
        self.catalog = Catalog(entries)
        self.router = router
        self.awaited = awaited
        self.others = others
        self.is_last = is_last
        default = router.default if router is not None else ""
        self.default = self.catalog.find(default) if default else entries[0]
        self.calls: dict[tuple[str, str, str], ModelCall] = {}
        for entry in entries:
            self._fill(entry, {})

    def open(self, entry: ModelEntry) -> None:
        """Let requests through to a model that has loaded."""
        self._fill(
            entry, {operation: self._call(entry, operation) for operation in entry.operations}
        )

    def _call(self, entry: ModelEntry, operation: str) -> ModelCall:
        return operation_call(entry, operation, self.step, awaited=self.awaited)

    def _fill(self, entry: ModelEntry, ready: dict[str, ModelCall]) -> None:
        refuse = refusal(entry, self.step, awaited=self.awaited)
        for operation in entry.operations:
            call = ready.get(operation)
            if call is None:
                # Its own operations are served before it has loaded, too.
                own = operation not in ("infer", "explain")
                call = self._call(entry, operation) if own else refuse
            for model, version in self._addresses(entry):
                # The operation of a request that names no model is the last router's to serve.
                if model or self.is_last or operation == "infer":
                    self.calls[model, version, operation] = call

    def _addresses(self, entry: ModelEntry) -> list[tuple[str, str]]:
        """The (model, version) of the requests that reach ``entry``."""
        found = [(entry.key, "")]
        if entry.version:
            found.append((entry.name, entry.version))
            if self.catalog.find(entry.name) is entry:
                found.append((entry.name, ""))
        if entry is self.default:
            found.append(("", ""))
        return found

    def call(self) -> ModelCall:
        """What is called with a Request and the value that has come to the router."""
        calls, other = self.calls, self._other

        def route(request: Request, value: Any) -> Any:
            call = calls.get((request.model, request.version, request.operation))
            if call is None:
                call = other(request)
            return call(request, value)

        if self.router is None or type(self.router).pick is Router.pick:
            return route
        return self._picked(self.router.pick, route)

    def _picked(self, pick: Callable[[Request], str], route: ModelCall) -> ModelCall:
        """By the key that the author's router picks, else as ``route``."""

        def picked(request: Request, value: Any) -> Any:
            key = pick(request)
            if not key:
                return route(request, value)
            return self._at(self.catalog.find(key), request.operation)(request, value)

        return picked

    def _other(self, request: Request) -> ModelCall:
        """The call for a request that the table has no line for.

        Raises:
            RequestError: there is no such model, version or operation.
        """
        if request.model in self.others or not request.model:
            operation = request.operation if self.is_last and not request.model else "infer"
            entry = self.default
            if not request.model and request.version:
                entry = self.catalog.find(entry.name, request.version)
            return self._at(entry, operation)
        return self._at(self.catalog.find(request.model, request.version), request.operation)

    def _at(self, entry: ModelEntry, operation: str) -> ModelCall:
        call = self.calls.get((entry.key, "", operation))
        if call is None:
            what = f"model {entry.key!r} has no operation {operation[:100]!r}"
            fix = did_you_mean(operation[:100], entry.operations, noun="operations")
            raise RequestError(
                what, kind=Kind.UNKNOWN_OPERATION, fix=fix, step=self.step, model=entry.key
            )
        return call
