"""One container of a function, and what the engine says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from funcs_builder.container import Container
from funcs_builder.engine import Engine

#: Two containers of one network have their health at ports of their own.
HEALTH_PORTS = (8082, 8083)
METRICS_PORT = 8090
#: So long a container stays for clients that it has, while the next one takes the new ones.
HANDOVER_S = 10
_SLOT, _RESTART = "io.funcs.slot", "io.funcs.restart"


class Part:
    """A container as it was when it was looked at."""

    def __init__(self, engine: Engine, document: Mapping[str, Any]) -> None:
        self.document = document
        self.container = Container.found(engine, str(document["Id"]))
        self.labels: Mapping[str, str] = (document.get("Config") or {}).get("Labels") or {}

    @property
    def id(self) -> str:
        """The engine's."""
        return self.container.id

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.document["Name"]).removeprefix("/")

    @property
    def state(self) -> Mapping[str, Any]:
        """What the engine says of its process."""
        return self.document.get("State") or {}

    @property
    def is_running(self) -> bool:
        """Whether it has a process that is not about to be started again."""
        return bool(self.state.get("Running")) and not self.state.get("Restarting")

    @property
    def slot(self) -> int:
        """Which of the ports for health is its own."""
        return int(self.labels.get(_SLOT, "0"))

    @property
    def user(self) -> str:
        """Whom its processes run as, as its plan or its image says it; empty for root."""
        return str((self.document.get("Config") or {}).get("User") or "")

    def published(self, port: int) -> tuple[str, int] | None:
        """The host's address and port that lead to a port of it."""
        bindings = (self.document.get("HostConfig") or {}).get("PortBindings") or {}
        current = (self.document.get("NetworkSettings") or {}).get("Ports") or {}
        found = current.get(f"{port}/tcp") or bindings.get(f"{port}/tcp")
        if not found:
            return None
        return str(found[0].get("HostIp", "")), int(found[0].get("HostPort") or 0)

    def shown(self) -> dict[str, Any]:
        """The engine's description, its variables by their names, so that secrets are known."""
        config = dict(self.document.get("Config") or {})
        config["Env"] = dict(each.partition("=")[::2] for each in config.get("Env") or ())
        return {**self.document, "Config": config}

    def restart(self) -> None:
        """Have the engine start it again as its plan says, from now on."""
        self.container.restart_by(self.labels.get(_RESTART, "unless-stopped"))
