"""The containers of one function: the one that holds its port, and those that serve at it.

The holder runs nothing but a wait. It owns the network in which the function's containers listen,
as the pause container of a Kubernetes pod does: a port of the host leads into that network, not to
a container, so that two of them can listen at it while one takes the other's place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from funcs.deploy.docker.parts import HANDOVER_S, HEALTH_PORTS, METRICS_PORT, Part
from funcs.emulator.call import CallError, call
from funcs.errors import DeployError
from funcs_builder.container import Container, ContainerPlan
from funcs_builder.engine import Engine
from funcs_builder.errors import EngineError

#: Labels of our containers: which function they belong to, the plan that made them.
FUNCTION, NAMESPACE = "io.funcs.deployed", "io.funcs.namespace"
PORT = "io.funcs.port"
ROLE, PLAN, SLOT, PROJECT = "io.funcs.role", "io.funcs.plan", "io.funcs.slot", "io.funcs.project"
_HOLD = "import signal as s;s.pthread_sigmask(s.SIG_BLOCK,{15});s.sigwait({15})"
_FIRST_PORT, _PORTS = 8080, 100
_TAKEN = ("already allocated", "already in use")
_NOT_ITS_OWN = "cannot assign requested address"
_PROBE_S = 3.0
#: Longer than a processor stays for its clients, and gives its workers to finish.
_STOP_S = HANDOVER_S + 30.0


class OvertakenError(DeployError):
    """Another deploy of the function took this one's container away."""


class Pod:
    """One function's containers, by their names: ``funcs.shop``, ``.next``, ``.old``, ``.port``."""

    def __init__(self, engine: Engine, namespace: str, function: str) -> None:
        self.engine = engine
        self.function = function
        self.namespace = namespace
        self.name = f"{namespace}.{function}"

    @property
    def now(self) -> Part | None:
        """The container that serves."""
        return self._part("")

    @property
    def next(self) -> Part | None:
        """The one that is to take its place."""
        return self._part(".next")

    @property
    def holder(self) -> Part | None:
        """The one that holds the port."""
        return self._part(".port")

    @property
    def old(self) -> Part | None:
        """The one whose place was taken."""
        return self._part(".old")

    def parts(self) -> Iterator[Part]:
        """All that there are, the holder last: the others are in its network."""
        for suffix in (".next", "", ".old", ".port"):
            if part := self._part(suffix):
                yield part

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but the holder of the port."""
        return all(part is None for part in (self.next, self.now, self.old))

    def settle(self) -> None:
        """Bring to its end what a deploy that was killed has begun.

        Its container has the function's requests if it was ready: it then stays, else it goes.

        Raises:
            DeployError: a container of somebody else has one of the names.
        """
        parts = {part.name: part for part in self.parts()}
        coming, old = parts.get(f"{self.name}.next"), parts.get(f"{self.name}.old")
        if old is not None and self.name not in parts:
            if coming is not None and self.is_ready(coming):
                coming.container.rename(self.name)
                coming = None
            else:
                old.container.rename(self.name)
                old = None
        if old is not None:
            self.end(old)
        if coming is not None:
            if self.is_ready(coming):
                replaced = self.promote(coming)
                if replaced is not None:
                    self.end(replaced)
            else:
                coming.container.remove()

    def hold(self, image: str, document: Mapping[str, Any]) -> Part:
        """The holder of the function's port, made if it is not there, started if it rests.

        Raises:
            DeployError: it holds another port than the plan wants, or none is free.
            EngineError: the engine refuses.
        """
        publish, port = document["publish"], int(document["port"])
        found = self.holder
        if found is None:
            return self._held(image, port, publish)
        inside = int(found.labels.get(PORT) or port)
        if inside != port:
            raise self._immovable(f"listens at port {inside} of its container", "spec.triggers")
        held = found.published(port) or ("", 0)
        if held != (publish["host"] or held[0], publish["port"] or held[1]):
            raise self._immovable(f"is published at {held[0]}:{held[1]}", "--publish")
        if not found.is_running:
            found.container.start()
        return self._existing(".port")

    def promote(self, coming: Part) -> Part | None:
        """Let a container that is ready be the one that serves; the one that is to end, if any."""
        coming.restart()
        before = self.now
        if before is not None:
            before.container.rename(f"{self.name}.old")
        coming.container.rename(self.name)
        return before

    def again(self, container: Container) -> Part:
        """One of its containers as it is now.

        Raises:
            OvertakenError: it is gone.
        """
        found: Mapping[str, Any] = self.engine.inspect_container(container.id)
        if (found.get("State") or {}).get("Status", "removing") in ("removing", "dead"):
            what = f"the new container of {self.function!r} was removed meanwhile"
            fix = "does another deploy go on? let it end, and deploy again"
            raise OvertakenError(what, where=self.engine.where, fix=fix)
        return Part(self.engine, found)

    def stop(self, part: Part) -> None:
        """End a container once its clients have their answers."""
        part.container.stop(_STOP_S)

    def end(self, part: Part) -> None:
        """End a container, once its clients have their answers, and take it away."""
        if part.is_running:
            self.stop(part)
        part.container.remove()

    def url(self, port: int) -> str:
        """Where the host leads to a port of the function's network; empty where nowhere."""
        found = self.holder
        published = found.published(port) if found is not None else None
        if published is None:
            return ""
        host = published[0] if published[0] not in ("", "0.0.0.0", "::") else self.engine.host
        return f"http://[{host}]:{published[1]}" if ":" in host else f"http://{host}:{published[1]}"

    def is_ready(self, part: Part) -> bool:
        """Whether the processor in a container says so."""
        if not part.is_running:
            return False
        try:
            url = self.url(HEALTH_PORTS[part.slot])
            return bool(url) and call(url, path="/ready", timeout_s=_PROBE_S).status == 200
        except CallError:
            return False

    def labels(self, role: str) -> dict[str, str]:
        """What tells our containers from others'."""
        return {FUNCTION: self.function, NAMESPACE: self.namespace, ROLE: role}

    def _immovable(self, how: str, where: str) -> DeployError:
        """The network is the holder's, and opened as it was when that was made."""
        fix = f"funcs delete {self.function}, then deploy; or leave the port as it is"
        what = f"{self.function!r} {how}, and cannot move at once"
        return DeployError(what, where=where, fix=fix)

    def _held(self, image: str, port: int, publish: Mapping[str, Any]) -> Part:
        wanted = publish["port"]
        for tried in [wanted] if wanted else range(_FIRST_PORT, _FIRST_PORT + _PORTS):
            holder = Container(self.engine, self._holder_plan(image, port, tried, publish["host"]))
            try:
                holder.start()
                return self._existing(".port")
            except BaseException as error:
                holder.remove()
                said = str(error) if isinstance(error, EngineError) else ""
                if _NOT_ITS_OWN in said:
                    raise _foreign(publish["host"]) from error
                if not any(words in said for words in _TAKEN):
                    raise
        what = f"port {wanted} is taken" if wanted else f"no port from {_FIRST_PORT} on is free"
        fix = "choose another: --publish PORT, or attributes.port of the http trigger"
        raise DeployError(what, where=self.engine.where, fix=fix)

    def _holder_plan(self, image: str, port: int, published: int, host: str) -> ContainerPlan:
        """Published on loopback unless a host is said, or the engine is another machine's."""
        own = "127.0.0.1" if self.engine.host == "127.0.0.1" else ""
        return ContainerPlan(
            image,
            name=f"{self.name}.port",
            entrypoint=("python3", "-I", "-S", "-c", _HOLD),
            ports={port: published, **dict.fromkeys((*HEALTH_PORTS, METRICS_PORT), 0)},
            host=own,
            hosts={port: host or own},
            labels={**self.labels("port"), PORT: str(port)},
            healthcheck=("NONE",),
            drops_capabilities=True,
            restart="unless-stopped",
        )

    def _part(self, suffix: str) -> Part | None:
        found = self.engine.inspect_container(self.name + suffix)
        if not found:
            return None
        part = Part(self.engine, found)
        if FUNCTION not in part.labels:
            what = f"there is a container called {self.name}{suffix} that funcs did not make"
            fix = f"call it otherwise: docker rename {self.name}{suffix} NAME; or deploy with -n"
            raise DeployError(what, where=self.engine.where, fix=fix)
        return part

    def _existing(self, suffix: str) -> Part:
        part = self._part(suffix)
        if part is None:
            raise DeployError(f"the container {self.name}{suffix} was removed meanwhile")
        return part


def _foreign(host: str) -> DeployError:
    fix = "publish it on one that it has, or on all: --publish 0.0.0.0:PORT"
    return DeployError(f"the engine's host has no address {host}", where="--publish", fix=fix)
