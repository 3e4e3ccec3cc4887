"""What a processor is told by processor.yaml and platform.yaml: frozen, parsed once.

Read as leniently as Nuclio does: unknown keys are passed over, key names match in any case, an
absent file of the platform means its defaults. What Nuclio refuses is refused in its words.
"""

from __future__ import annotations

import os.path

from funcs.errors import SpecError
from funcs.processor.document import Document
from funcs.processor.duration import parse_duration
from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from typing import Any

_PROJECT_LABEL = "nuclio.io/project-name"
_DEFAULT_AVAILABILITY_S = 10.0
_DEFAULT_TERMINATION = "10s"
_DEFAULT_CONNECTIONS = 1000


class Address(Record):
    """Where a server listens; no ``host`` means the processor's own, port 0 any free one."""

    port: int
    host: str = ""

    @classmethod
    def parse(cls, text: str, *, where: str) -> Address:
        """``:8080``, ``127.0.0.1:8080``, ``[::1]:8080`` or a port alone.

        Raises:
            SpecError: there is no port from 0 to 65535 in it.
        """
        host, _, port = text.rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            fix = 'write it as ":8080" or "127.0.0.1:8080"'
            raise SpecError(f"{text!r} is no address to listen at", where=where, fix=fix)
        return cls(int(port), host.removeprefix("[").removesuffix("]"))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Function(Record):
    """What of the function the processor needs to know.

    ``settings`` is ``spec.runtimeAttributes.funcs``; ``event_timeout_s`` 0.0 means none.
    """

    name: str = ""
    namespace: str = ""
    project: str = ""
    description: str = ""
    version: int = 0
    handler: str = "main:handler"
    runtime: str = ""
    event_timeout_s: float = 0.0
    default_http_is_off: bool = False
    settings: Mapping[str, Any] = {}


class Batching(Record):
    """How events are gathered: at most ``size``, none waiting longer than ``timeout_s``."""

    size: int = 10
    timeout_s: float = 1.0


class TriggerConfig(Record):
    """One trigger: its key in the map is its name.

    ``availability_timeout_s`` is how long an event waits for a worker: 0.0 not at all.
    ``allocator`` names workers shared by several triggers; empty for workers of its own.
    ``connections`` is how many events a worker has at once in Nuclio 1.15's async mode; 0 is off.
    """

    name: str
    kind: str
    workers: int = 1
    url: str = ""
    availability_timeout_s: float = _DEFAULT_AVAILABILITY_S
    termination_timeout_s: float = 10.0
    allocator: str = ""
    batching: Batching | None = None
    connections: int = 0
    attributes: Mapping[str, Any] = {}

    @property
    def where(self) -> str:
        """The place in processor.yaml, for errors."""
        return f"processor.yaml  spec.triggers.{self.name}"


class LogTarget(Record):
    """A sink that logs go to, from ``level`` upwards.

    ``kind`` is Nuclio's (``stdout``); ``attributes`` hold encoding and field names.
    """

    level: str = "debug"
    kind: str = "stdout"
    attributes: Mapping[str, Any] = {}


class PlatformConfig(Record):
    """platform.yaml, or its defaults; an address of None is a server that is off."""

    kind: str = "local"
    admin: Address | None = Address(8081)
    health: Address | None = Address(8082)
    metrics: Address | None = None
    logs: tuple[LogTarget, ...] = (LogTarget(),)


class ProcessorConfig(Record):
    """Both files. ``document`` is processor.yaml as read, for the admin server to show."""

    function: Function = Function()
    triggers: tuple[TriggerConfig, ...] = ()
    platform: PlatformConfig = PlatformConfig()
    document: Mapping[str, Any] = {}

    @classmethod
    def load(
        cls, processor_yaml: str | PathLike[str], platform_yaml: str | PathLike[str] = ""
    ) -> ProcessorConfig:
        """The configuration in the two files; the platform's may be absent.

        Raises:
            SpecError: a file cannot be read or says what cannot be; in Nuclio's words.
        """
        document = Document.read(processor_yaml)
        there = os.path.isfile(platform_yaml)
        platform = Document.read(platform_yaml) if there else Document({})
        return cls.from_documents(document, platform)

    @classmethod
    def from_documents(cls, document: Document, platform: Document) -> ProcessorConfig:
        """The same from what the files hold."""
        spec = document.map("spec")
        return cls(
            function=_function(document.map("metadata"), spec),
            triggers=tuple(_trigger(*pair) for pair in spec.map("triggers").items()),
            platform=_platform(platform, spec),
            document=document.value,
        )


def _function(metadata: Document, spec: Document) -> Function:
    timeout = _duration(spec.text("eventTimeout"), spec.at("eventTimeout"))
    return Function(
        name=metadata.text("name"),
        namespace=metadata.text("namespace"),
        project=metadata.map("labels").text(_PROJECT_LABEL),
        description=spec.text("description"),
        version=spec.number("version"),
        handler=spec.text("handler") or "main:handler",
        runtime=spec.text("runtime"),
        event_timeout_s=max(0.0, timeout),
        default_http_is_off=spec.flag("disableDefaultHTTPTrigger"),
        settings=spec.map("runtimeAttributes").map("funcs").value,
    )


def _duration(text: str, where: str) -> float:
    try:
        return parse_duration(text) if text else 0.0
    except ValueError as error:
        raise SpecError(str(error), where=where, fix="write it as 30s, 500ms or 1m30s") from error


def _trigger(name: str, trigger: Document) -> TriggerConfig:
    trigger.text("name")  # Nuclio reads it, so its type must be right, and then takes the key
    wait_ms = trigger.number("workerAvailabilityTimeoutMilliseconds", default=-1)
    return TriggerConfig(
        name=name,
        kind=trigger.text("kind"),
        workers=max(1, trigger.number("numWorkers")),
        url=trigger.text("url"),
        availability_timeout_s=wait_ms / 1000 if wait_ms >= 0 else _DEFAULT_AVAILABILITY_S,
        termination_timeout_s=_termination(trigger),
        allocator=trigger.text("workerAllocatorName"),
        batching=_batching(trigger.map("batch")),
        connections=_connections(trigger),
        attributes=trigger.map("attributes").value,
    )


def _batching(batch: Document) -> Batching | None:
    timeout_s = _duration(batch.text("timeout") or "1s", batch.at("timeout"))
    size = batch.number("batchSize") or Batching().size
    if batch.text("mode").lower() != "enable":
        return None
    if size < 1 or timeout_s <= 0:
        what = f"a batch of {size} events that wait {timeout_s:g} s cannot be gathered"
        raise SpecError(what, where=batch.at("batchSize"), fix="write batchSize: 10, timeout: 1s")
    return Batching(size, timeout_s)


def _connections(trigger: Document) -> int:
    if trigger.text("mode") != "async":
        return 0
    own = trigger.map("async")
    number = own.number("maxConnectionsNumber") or _DEFAULT_CONNECTIONS
    if number < 1:
        where = own.at("maxConnectionsNumber")
        raise SpecError(f"a worker cannot have {number} events at once", where=where)
    return number


def _termination(trigger: Document) -> float:
    try:
        return parse_duration(trigger.text("workerTerminationTimeout") or _DEFAULT_TERMINATION)
    except ValueError as error:
        what = "Failed to parse worker termination timeout from trigger configuration"
        raise SpecError(
            what, where=trigger.at("workerTerminationTimeout"), fix="try 10s"
        ) from error


def _platform(platform: Document, spec: Document) -> PlatformConfig:
    return PlatformConfig(
        kind=platform.text("kind") or "local",
        admin=_server(platform.map("webAdmin"), 8081),
        health=_server(platform.map("healthCheck"), 8082),
        metrics=_metrics(platform.map("metrics")),
        logs=_logs(platform.map("logger"), spec),
    )


def _server(server: Document, port: int) -> Address | None:
    if not server.flag("enabled", default=True):
        return None
    text = server.text("listenAddress")
    return Address.parse(text, where=server.at("listenAddress")) if text else Address(port)


def _metrics(metrics: Document) -> Address | None:
    """Where the first sink of kind prometheusPull that the function uses is to be read."""
    sinks = metrics.map("sinks")
    for name in metrics.texts("functions"):
        sink = sinks.map(name)
        if sink.text("kind") == "prometheusPull" and sink.flag("enabled", default=True):
            return Address.parse(sink.text("url") or ":8090", where=sink.at("url"))
    return None


def _logs(logger: Document, spec: Document) -> tuple[LogTarget, ...]:
    """The function's own sinks, else the platform's for functions, else stdout with all."""
    wanted = spec.maps("loggerSinks") or logger.maps("functions")
    sinks = logger.map("sinks")
    return tuple(_log_target(each, sinks) for each in wanted) or (LogTarget(),)


def _log_target(wanted: Document, sinks: Document) -> LogTarget:
    name, level = wanted.text("sink"), wanted.text("level") or "debug"
    if name not in sinks and name != "stdout":
        known = ", ".join(str(key) for key in sinks.value) or "none"
        fix = f"name a sink of platform.yaml's logger.sinks ({known})"
        raise SpecError(f"Failed to find logger sink {name}", where=wanted.at("sink"), fix=fix)
    sink = sinks.map(name)
    return LogTarget(level, sink.text("kind") or "stdout", sink.map("attributes").value)
