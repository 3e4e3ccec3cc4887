"""Functions, and the gateways before them, as a dashboard describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from funcs.deploy.document import PROJECT_LABEL
from funcs.deploy.plan import PLAN_ANNOTATION

#: The states in which nothing goes on by itself (functionconfig/types.go); all others pass.
SETTLED = frozenset({"ready", "error", "unhealthy", "scaledToZero", "imported"})
FAILED = frozenset({"error", "unhealthy"})
SERVING = frozenset({"ready", "scaledToZero"})


@dataclass(frozen=True, slots=True)
class DeployLog:
    """One line of a dashboard's log of a deploy."""

    level: str
    message: str
    time_ms: float
    fields: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> DeployLog:
        """Of one entry of ``status.logs``."""
        time_ms = document.get("time")
        return cls(
            str(document.get("level", "info")),
            str(document.get("message", "")),
            float(time_ms) if isinstance(time_ms, int | float) else 0.0,
            document,
        )


@dataclass(frozen=True, slots=True)
class Function:
    """One function: who it is, its state, and where it is called. ``document`` is all of it.

    ``port`` is the host's or node's, 0 where none is published; addresses are ``host:port``.
    """

    name: str
    namespace: str
    state: str
    message: str
    port: int
    internal: tuple[str, ...]
    external: tuple[str, ...]
    logs: tuple[DeployLog, ...]
    document: Mapping[str, Any]

    @classmethod
    def described(cls, document: object) -> Function | None:
        """Of a GET's answer, or one entry of a list's; None if that describes no function."""
        metadata = _map(_map(document).get("metadata"))
        named = [metadata.get("name"), metadata.get("namespace")]
        is_one = all(isinstance(each, str) and each for each in named)
        return cls.from_document(_map(document)) if is_one else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Function:
        """Of what is known to describe one."""
        metadata = _map(document.get("metadata"))
        status = _map(document.get("status"))
        port = status.get("httpPort")
        logs = status.get("logs")
        return cls(
            name=str(metadata.get("name", "")),
            namespace=str(metadata.get("namespace", "")),
            state=str(status.get("state", "")),
            message=str(status.get("message") or ""),
            port=port if isinstance(port, int) and port > 0 else 0,
            internal=_addresses(status.get("internalInvocationUrls")),
            external=_addresses(status.get("externalInvocationUrls")),
            logs=tuple(DeployLog.from_document(_map(each)) for each in _list(logs)),
            document=document,
        )

    @property
    def is_settled(self) -> bool:
        """Whether a deploy of it came to its end."""
        return self.state in SETTLED

    @property
    def is_going_on(self) -> bool:
        """Whether a deploy of it is; one without any state was never begun."""
        return bool(self.state) and not self.is_settled

    @property
    def has_failed(self) -> bool:
        """Whether it should run, and does not."""
        return self.state in FAILED

    @property
    def is_serving(self) -> bool:
        """Whether it takes events."""
        return self.state in SERVING and not self.is_disabled

    @property
    def is_disabled(self) -> bool:
        """Whether it was stopped on purpose; its state stays ready then."""
        return bool(self.spec.get("disable"))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its name, labels and annotations."""
        return _map(self.document.get("metadata"))

    @property
    def spec(self) -> Mapping[str, Any]:
        """What it was told to be, and what the dashboard added."""
        return _map(self.document.get("spec"))

    @property
    def project(self) -> str:
        """The project it is in."""
        return str(_map(self.metadata.get("labels")).get(PROJECT_LABEL, "default"))

    @property
    def plan(self) -> str:
        """The digest of the plan that deployed it; empty if that was not one of ours."""
        return str(_map(self.metadata.get("annotations")).get(PLAN_ANNOTATION, ""))


@dataclass(frozen=True, slots=True)
class Gateway:
    """An API gateway: what it was told to be, what it is, and why not."""

    spec: Mapping[str, Any]
    state: str
    message: str

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Gateway:
        """Of one entry of a list's."""
        status = _map(document.get("status"))
        state, message = str(status.get("state", "")), str(status.get("lastError") or "")
        return cls(_map(document.get("spec")), state, message)

    @property
    def is_going_on(self) -> bool:
        """Whether it is being set."""
        return self.state == "waitingForProvisioning"

    @property
    def has_failed(self) -> bool:
        """Whether it could not be set."""
        return self.state == "error"


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _addresses(value: object) -> tuple[str, ...]:
    """Without those of a disabled function: ``:8080``, ``127.0.0.1:-1``."""
    texts = [str(each) for each in _list(value)]
    return tuple(
        text for text in texts if not text.startswith(":") and not text.endswith((":-1", ":0"))
    )
