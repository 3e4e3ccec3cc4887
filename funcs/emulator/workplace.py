"""The two files that a processor is started on, as Nuclio's dashboard would write them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from funcs.processor.config import ProcessorConfig
from funcs.spec import FunctionSpec

_DEFAULT_PORT = "8080"
#: The side servers of the processor: on free ports, since 8081 and its like are others' favourites.
_PLATFORM = {
    "kind": "local",
    "webAdmin": {"enabled": True, "listenAddress": "127.0.0.1:0"},
    "healthCheck": {"enabled": True, "listenAddress": "127.0.0.1:0"},
}
#: The kinds of trigger that the processor has, besides HTTP.
_TIMED = frozenset({"cron"})
_BY_HAND = {"kind": "http", "name": "default-http", "class": "", "numWorkers": 1}


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a processor is started on.

    ``trigger`` is its HTTP trigger, ``host`` and ``port`` where function.yaml wants that ("" and
    None: anywhere); ``notices`` say what differs here from function.yaml.
    """

    document: dict[str, Any]
    trigger: str
    host: str
    port: int | None
    notices: tuple[str, ...]

    @classmethod
    def of(cls, spec: FunctionSpec, *, workers: int = 0) -> Workplace:
        """For a function; ``workers`` above 0 takes the place of function.yaml's number.

        Triggers of a kind that the processor does not have bring no events here, and are left
        out; a function without an HTTP trigger gets one, so that events can be sent by hand.
        """
        document = spec.processor_yaml()
        document["spec"].pop("loggerSinks", None)  # a cluster's; here the terminal is the sink
        triggers = document["spec"]["triggers"]
        http = {key: each for key, each in triggers.items() if each["kind"] == "http"}
        timed = {key: each for key, each in triggers.items() if each["kind"] in _TIMED}
        known = http.keys() | timed.keys()
        idle = [f"{key} ({each['kind']})" for key, each in triggers.items() if key not in known]
        notices = [f"no events from {', '.join(idle)}: not emulated yet"] if idle else []
        if not http:
            http = {"default-http": dict(_BY_HAND)}
            document["spec"]["disableDefaultHTTPTrigger"] = False
        name, trigger = next(iter(http.items()))
        if workers:
            trigger["numWorkers"] = workers
        document["spec"]["triggers"] = http | timed
        host, _, port = str(trigger.get("url") or "").rpartition(":")
        wanted = int(port) if port not in ("", _DEFAULT_PORT) else None
        return cls(document, name, host, wanted, tuple(notices))

    @property
    def workers(self) -> int:
        """How many workers there are."""
        return int(self.document["spec"]["triggers"][self.trigger]["numWorkers"])

    @property
    def limits(self) -> tuple[Any, ...]:
        """What a processor is told once, when it starts: its triggers and its time limits."""
        spec = self.document["spec"]
        triggers = {**spec["triggers"], self.trigger: self._at_any_port()}
        return (self.trigger, triggers, spec.get("eventTimeout"))

    def _at_any_port(self) -> dict[str, Any]:
        trigger: dict[str, Any] = self.document["spec"]["triggers"][self.trigger]
        return trigger | {"url": ""}

    def write(self, folder: Path, *, port: int, metrics_port: int = 0) -> ProcessorConfig:
        """Write the files in ``folder``, the trigger at ``port``, and read them as a processor."""
        pull = {"kind": "prometheusPull", "url": f"127.0.0.1:{metrics_port}"}
        platform = _PLATFORM | {"metrics": {"sinks": {"pull": pull}, "functions": ["pull"]}}
        self.document["spec"]["triggers"][self.trigger]["url"] = f"{self.host}:{port}"
        processor_yaml = folder / "processor.yaml"
        platform_yaml = folder / "platform.yaml"
        for file, document in ((processor_yaml, self.document), (platform_yaml, platform)):
            file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        return ProcessorConfig.load(processor_yaml, platform_yaml)
