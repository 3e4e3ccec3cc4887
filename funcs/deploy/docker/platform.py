"""A Docker engine as a platform."""

from __future__ import annotations

import codecs
import time
from collections.abc import Iterator, Mapping

from funcs.deploy.deployed import Deployed, Outcome
from funcs.deploy.docker.images import present
from funcs.deploy.docker.parts import Part
from funcs.deploy.docker.pod import FUNCTION, NAMESPACE, PLAN, PORT, PROJECT, Pod
from funcs.deploy.docker.replacement import Replacement
from funcs.deploy.docker.turn import turn
from funcs.deploy.guards import Surroundings
from funcs.deploy.plan import DeployPlan
from funcs.deploy.platform import Request, Session, missing
from funcs.emulator.answer import Answer
from funcs.emulator.call import call
from funcs.errors import DeployError
from funcs.processor.duration import parse_duration
from funcs_builder.engine import Engine, speaking
from funcs_builder.errors import EngineError

_LOOK_S = 0.05


class DockerPlatform:
    """The engine of a session's environment."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._namespace = session.target.namespace
        try:
            self._engine = Engine.connect(session.environ)
        except EngineError as error:
            fix = "start it, or name it in DOCKER_HOST; without one: --platform kube, or --url"
            raise EngineError(error.what, where=error.where, fix=fix) from error

    def surroundings(self, image: str) -> Surroundings:
        """An engine asks for health as the deploy tells it, whatever the image says."""
        return Surroundings("docker", has_healthcheck=True)

    def apply(self, plan: DeployPlan, files: Mapping[str, bytes]) -> Outcome:
        """Run the plan's container in the place of the one that serves, unless it does already."""
        with turn(self._session):
            return self._apply(plan)

    def functions(self, project: str) -> tuple[Deployed, ...]:
        """All functions of the namespace, or those of one project."""
        labels = [FUNCTION, f"{NAMESPACE}={self._namespace}"]
        if project:
            labels.append(f"{PROJECT}={project}")
        with speaking("list the containers", self._engine.where):
            found = self._engine.api.containers(all=True, filters={"label": labels})
        names = sorted({str(each["Labels"][FUNCTION]) for each in found})
        each_one = (self.function(name) for name in names)
        return tuple(each for each in each_one if each is not None)

    def function(self, name: str) -> Deployed | None:
        """One function; None where there is none."""
        pod = self._pod(name)
        part = pod.now or pod.old or pod.next
        return self._deployed(pod, part) if part is not None else None

    def logs(self, name: str, *, tail: int, since: str, follow: bool) -> Iterator[str]:
        """What the container that serves has printed."""
        part = self._serving(name)
        started = int(time.time() - _seconds(since)) if since else 0
        if follow:
            pieces = part.container.listen(tail=tail, since=started)
            yield from codecs.iterdecode(pieces, "utf-8", "replace")
            return
        yield part.container.printed(tail=tail, since=started).decode(errors="replace")

    def delete(self, name: str, *, force: bool) -> None:
        """End what serves once its clients have their answers, and give the port back."""
        pod = self._pod(name)
        for part in list(pod.parts()):
            if force:
                part.container.remove()
            else:
                pod.end(part)

    def enable(self, name: str, *, on: bool) -> Deployed:
        """Start the function's container, or end it; its port stays its own."""
        pod = self._pod(name)
        self._settle(pod)
        part = self._serving(name)
        if on and pod.holder is None:
            what = f"the container that holds the port of {name!r} is gone"
            raise DeployError(what, where=self._engine.where, fix="deploy it again: funcs deploy")
        if not on:
            if part.is_running:
                pod.stop(part)
            return self._known(name)
        if pod.holder is not None and not pod.holder.is_running:
            pod.holder.container.start()
        if not part.is_running:
            part.container.start()
        self._await_ready(pod)
        return self._known(name)

    def call(self, name: str, request: Request, *, is_direct: bool) -> Answer:
        """What a function answers at its port."""
        urls = self._known(name).urls
        if not urls:
            raise DeployError(f"function {name!r} has no port", fix="deploy it again")
        return call(
            urls[0],
            request.method,
            request.path,
            body=request.body,
            headers=request.headers,
            timeout_s=request.timeout_s,
        )

    def close(self) -> None:
        """Give the engine's connections back."""
        self._engine.close()

    def _await_ready(self, pod: Pod) -> None:
        """Wait until a container that was started says that it is ready.

        Raises:
            DeployError: it ended, or takes too long.
        """
        deadline = time.monotonic() + self._session.timeout_s
        while not pod.is_ready(part := self._serving(pod.function)):
            has_ended = not (part.state.get("Running") or part.state.get("Restarting"))
            if has_ended or time.monotonic() > deadline:
                fix = f"see what it says: funcs logs {pod.function}"
                what = f"function {pod.function!r} does not become ready: {_trouble(pod, part)}"
                raise DeployError(what, fix=fix)
            time.sleep(_LOOK_S)

    def _apply(self, plan: DeployPlan) -> Outcome:
        document = plan.steps[0].document
        pod = self._pod(plan.function)
        self._settle(pod)
        now = pod.now
        if now is not None and now.labels.get(PLAN) == plan.digest and pod.is_ready(now):
            return Outcome(self._deployed(pod, now), has_changed=False)
        ids = document.get("imageIds", ())
        image = present(self._engine, str(document["image"]), ids, self._session)
        Replacement(pod, self._session).carry_out(image, document)
        return Outcome(self._known(plan.function), has_changed=True)

    def _settle(self, pod: Pod) -> None:
        if pod.old is not None or pod.next is not None:
            self._session.progress.step("bringing the deploy before this one to its end")
        pod.settle()

    def _pod(self, name: str) -> Pod:
        return Pod(self._engine, self._namespace, name)

    def _serving(self, name: str) -> Part:
        pod = self._pod(name)
        part = pod.now or pod.old or pod.next
        if part is None:
            raise missing(self, name, self._session.target)
        return part

    def _known(self, name: str) -> Deployed:
        return self._deployed(self._pod(name), self._serving(name))

    def _deployed(self, pod: Pod, part: Part) -> Deployed:
        is_ready = pod.is_ready(part)
        state = "ready" if is_ready else "not ready"
        if not part.state.get("Running"):
            state = "disabled" if part.state.get("ExitCode") == 0 else "error"
        urls = tuple(filter(None, (pod.url(port) for port in _ports(pod))))
        return Deployed(
            name=pod.function,
            namespace=pod.namespace,
            project=part.labels.get(PROJECT, "") or "default",
            state=state,
            is_serving=is_ready,
            replicas=f"{int(is_ready)}/{int(state != 'disabled')}",
            image=part.labels.get("io.funcs.image", ""),
            port=int(urls[0].rpartition(":")[2]) if urls else 0,
            urls=urls,
            plan=part.labels.get(PLAN, ""),
            message="" if is_ready or state == "disabled" else _trouble(pod, part),
            document=part.shown(),
        )


def _trouble(pod: Pod, part: Part) -> str:
    """Why a container does not serve, as far as the engine knows."""
    holder, state = pod.holder, part.state
    if state.get("Error"):
        return str(state["Error"])
    if state.get("OOMKilled"):
        return "its memory was not enough: give it more in spec.resources.limits.memory"
    if not state.get("Running"):
        return f"its container ended with exit code {state.get('ExitCode')}"
    if holder is None or not holder.is_running:
        return "the container that holds its port is gone: deploy it again"
    if state.get("Paused"):
        return "its container is paused"
    return "its processor does not say that it is ready"


def _ports(pod: Pod) -> list[int]:
    """The port of the function's network that clients are led to."""
    holder = pod.holder
    labelled = holder.labels.get(PORT, "") if holder is not None else ""
    return [int(labelled)] if labelled else []


def _seconds(since: str) -> float:
    try:
        return parse_duration(since)
    except ValueError as error:
        raise DeployError(str(error), where="--since", fix="write 10m, or 1h30m") from error
