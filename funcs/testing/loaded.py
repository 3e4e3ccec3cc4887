"""A function, loaded into the test's own process as a worker would load it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funcs.processor.config import ProcessorConfig, TriggerConfig
from funcs.processor.document import Document
from funcs.settings import Settings
from funcs.testing.surroundings import Surroundings
from funcs.worker.handler import check_async, init_context_of, load_handler
from funcs.worker.runner import Runner
from funcs.worker.wire import LOG, LineSplitter, parse_log

if TYPE_CHECKING:
    from funcs.graph import Graph, Plan

Handler = Callable[[Any, Any], Any]
Start = Callable[[Any], Any]

#: handlers/serving/function.py, as a worker imports it: it holds one graph.
_HOST_MODULE = "function"
#: What it logs when the graph is ready, with the models it serves.
_READY = "Graph is ready"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A handler that is ready for events, the trigger they come by, and what it sees around it."""

    runner: Runner
    trigger: TriggerConfig
    settings: Settings
    surroundings: Surroundings

    @property
    def models(self) -> tuple[str, ...]:
        """The models that the graph said it serves when it was made ready."""
        lines = LineSplitter().feed(self.runner.startup)
        records = [parse_log(line) for line in lines if line[:1] == bytes((LOG,))]
        told = [
            each.fields.get("models", ()) for each in records if each and each.message == _READY
        ]
        return tuple(map(str, told[-1])) if told else ()

    @classmethod
    def of_path(cls, path: Path, choices: Mapping[str, str]) -> Loaded:
        """The function at ``path``: its folder, its function.yaml or its Python file.

        ``choices`` are settings that win over function.yaml, as ``FUNCS_*`` variables.

        Raises:
            FuncsError: function.yaml is not valid, or the graph cannot run.
            Exception: whatever the function's own code raises while it is loaded.
        """
        from funcs.emulator.environment import worker_environment  # reads YAML, for a graph too
        from funcs.emulator.workplace import Workplace
        from funcs.spec import FunctionSpec

        spec = FunctionSpec.of(path)
        environ = worker_environment(spec, choices)
        document = Workplace.of(spec, workers=1).document
        config = ProcessorConfig.from_documents(Document(document), Document({}))
        folders = environ["NUCLIO_PYTHON_PATH"].split(os.pathsep)
        surroundings = Surroundings([Path(folder) for folder in folders], environ)
        settings = Settings.from_environ(environ)
        with surroundings.entered():
            handler, start = _entry(config.function.handler, is_graph=spec.is_graph)
            runner = _runner(handler, start, settings, config)
        return cls(runner, config.triggers[0], settings, surroundings)

    @classmethod
    def of_object(
        cls,
        function: Graph | Plan | Handler,
        folder: Path,
        settings: Settings,
        environ: Mapping[str, str],
    ) -> Loaded:
        """A graph, its models' files in ``folder``, or a handler; ``environ`` is what it sees.

        Raises:
            GraphError: the graph cannot run.
            LoadError: a step or a model could not be made ready.
        """
        from funcs.graph import Graph, Plan
        from funcs.host import serve

        trigger = TriggerConfig(name="default-http", kind="http")
        config = ProcessorConfig(triggers=(trigger,))
        surroundings = Surroundings([], environ)
        with surroundings.entered():
            start: Start | None = None
            if isinstance(function, Graph | Plan):
                start, handler = serve(function, settings, folder)
            else:
                handler = function
            runner = _runner(handler, start, settings, config)
        return cls(runner, trigger, settings, surroundings)


def _runner(
    handler: Handler, init_context: Start | None, settings: Settings, config: ProcessorConfig
) -> Runner:
    trigger = config.triggers[0]
    is_async = settings.nuclio == "1.15" and trigger.kind == "http" and trigger.connections
    if is_async:
        check_async(handler)
    return Runner(
        handler,
        init_context,
        full_errors=settings.error_detail == "full",
        streams=settings.nuclio == "1.15",
        trigger_kind=trigger.kind,
        trigger_name=trigger.name,
        platform_kind=config.platform.kind,
        namespace=config.function.namespace or "nuclio",
    )


def _entry(reference: str, *, is_graph: bool) -> tuple[Handler, Start | None]:
    """The handler and its init_context; the module that hosts a graph is imported for it alone."""
    if is_graph:
        sys.modules.pop(_HOST_MODULE, None)
    handler = load_handler(reference, _Silence())
    start = init_context_of(handler)
    if is_graph:
        del sys.modules[_HOST_MODULE]
    return handler, start


class _Silence:
    """A logger for what is raised too."""

    def error_with(self, message: str, **fields: Any) -> None:
        """Say nothing."""
