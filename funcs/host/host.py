"""Nuclio's two entrypoints for a graph: ``init_context`` makes it ready, ``handler`` answers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

from funcs.errors import LoadError
from funcs.graph import Graph, Plan, compile_plan
from funcs.graph.named import plan_of
from funcs.host.folder import function_folder
from funcs.host.server import Answer, Server
from funcs.loader import load_object
from funcs.protocols.protocol import Service
from funcs.protocols.table import spoken
from funcs.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from nuclio_sdk import Context, Event, Response
else:
    from funcs.response import Response


class Host:
    """Serves one graph in one worker: ``start`` is ``init_context``, ``handle`` is ``handler``."""

    def __init__(self, graph: Graph | Plan, settings: Settings, folder: Path) -> None:
        """``folder`` is the function's own: models find their files there.

        Raises:
            GraphError: the graph cannot run.
            SpecError: the settings name a protocol that does not exist.
        """
        self.plan = graph if isinstance(graph, Plan) else graph.plan()
        self.settings = settings
        self.folder = folder
        self.spoken = spoken(settings.protocols)
        self.server: Server | None = None
        #: Answers an event, or a batch of them; see Server.handle.
        self.handle: Callable[[Any], Answer | Coroutine[Any, Any, Answer]] = _not_started

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, entry: Path) -> Host:
        """The host of the graph that the environment of a process names.

        ``entry`` is the handler's file; function_folder says where the user's code is.

        Raises:
            FuncsError: the settings, the code or the graph are not right.
        """
        folder = function_folder(environ, entry.parent)
        settings = Settings.from_environ(environ, folder=folder)
        if not settings.graph:
            raise LoadError(
                "no graph is named to be served",
                where=str(folder / "function.yaml"),
                fix="set spec.runtimeAttributes.funcs.graph to, say, main:graph",
            )
        named = load_object(settings.graph, folder=folder)
        return cls(plan_of(named, settings.graph, where=str(folder)), settings, folder)

    def start(self, context: Context) -> None:
        """Construct the steps and load the models; a debug record, "Graph is ready", names them.

        Raises:
            LoadError: a step or a model could not be made ready.
        """
        load: Literal["sync", "async"] = "async" if self.settings.load == "async" else "sync"
        files = self.folder / self.settings.models if self.settings.models else None
        compiled = compile_plan(
            self.plan, context=context, folder=self.folder, files_folder=files, load=load
        )
        routers = (step for step in self.plan.steps if step.kind == "router")
        default = next((step.default for step in routers), "")
        service = Service(
            compiled.name, compiled.models, compiled.router_name, self.spoken, default
        )
        full = self.settings.error_detail == "full"
        self.server = Server(compiled, service, context.logger, full_errors=full)
        self.handle = self.server.handle
        context.logger.debug_with("Graph is ready", models=compiled.models.names())


def _not_started(event: Event | list[Event]) -> Answer:
    body = '{"error":"init_context has not run yet","code":"not_ready"}'
    answer = Response(body=body, content_type="application/json", status_code=503)
    return [answer for _ in event] if isinstance(event, list) else answer


def serve(
    graph: Graph | Plan, settings: Settings, folder: Path
) -> tuple[Callable[[Context], None], Callable[[Context, Any], Any]]:
    """``init_context`` and ``handler`` for a graph; see Host for what is raised.

    Nuclio takes ``init_context`` from the module that defines the handler, so an entry file
    defines both itself and calls these.
    """
    host = Host(graph, settings, folder)

    def handler(context: Context, event: Event | list[Event]) -> Any:
        return host.handle(event)

    # The worker then leaves JSON bodies to us, instead of decoding some of them twice.
    handler.bytes_wanted = True  # type: ignore[attr-defined]
    return host.start, handler
