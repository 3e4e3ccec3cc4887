"""Kubernetes as a platform, by way of kubectl."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from funcs.deploy.deployed import Deployed, Outcome
from funcs.deploy.document import PROJECT_LABEL
from funcs.deploy.drift import holds
from funcs.deploy.errors import nothing_there
from funcs.deploy.guards import Surroundings
from funcs.deploy.kubernetes.kubectl import Kubectl
from funcs.deploy.kubernetes.names import FUNCTION_LABEL, MANAGER_LABEL, resource_name
from funcs.deploy.kubernetes.planner import APPLY, DELETE
from funcs.deploy.nuclio.failure import failure
from funcs.deploy.nuclio.status import SETTLED
from funcs.deploy.plan import PLAN_ANNOTATION, DeployPlan
from funcs.deploy.platform import Request, Session
from funcs.emulator.answer import Answer
from funcs.errors import DeployError

_CR = "nucliofunctions.nuclio.io"
_MAIN = {"Deployment": "deployment", "NuclioFunction": _CR}
_PARTS = "horizontalpodautoscaler,deployment,service,configmap,secret"


class KubernetesPlatform:
    """The cluster of a session's target."""

    def __init__(self, session: Session) -> None:
        self._session = session
        target = session.target
        self._namespace = target.namespace
        self._kubectl = Kubectl(session.environ, namespace=target.namespace, context=target.context)

    def surroundings(self, image: str) -> Surroundings:
        """A cluster: it asks over HTTP for health, whatever the image says."""
        return Surroundings("kube", has_healthcheck=True)

    def apply(self, plan: DeployPlan, files: Mapping[str, bytes]) -> Outcome:
        """Apply the plan's resources and wait for the pods, unless all of it is so already."""
        resources = [step.document for step in plan.steps if step.call == APPLY]
        main = next(each for each in resources if each["kind"] in _MAIN)
        found = self._kubectl.get(_MAIN[main["kind"]], main["metadata"]["name"])
        if found is not None and _is_as_planned(found, main, plan):
            return Outcome(self._deployed(found), has_changed=False)
        for line in self._kubectl.apply(resources):
            self._session.progress.platform("info", line)
        self._await(plan.function, main)
        for step in plan.steps:
            if step.call == DELETE:
                gone = step.document
                self._kubectl.delete_labelled(gone["kind"], gone["selector"], but=gone["except"])
        now = self._kubectl.get(_MAIN[main["kind"]], main["metadata"]["name"])
        if now is None:
            raise DeployError(f"function {plan.function!r} was deleted while it was deployed")
        return Outcome(self._deployed(now), has_changed=True)

    def functions(self, project: str) -> tuple[Deployed, ...]:
        """All functions of the namespace that are ours or Nuclio's, or those of one project."""
        labels = FUNCTION_LABEL if not project else f"{FUNCTION_LABEL},{PROJECT_LABEL}={project}"
        found = self._kubectl.list("deployments", labels)
        return tuple(sorted(map(self._deployed, found), key=lambda each: each.name))

    def function(self, name: str) -> Deployed | None:
        """One function; None where there is none."""
        found = self._kubectl.get("deployment", resource_name(name))
        return self._deployed(found) if found is not None else None

    def logs(self, name: str, *, tail: int, since: str, follow: bool) -> Iterator[str]:
        """What the function's pods wrote."""
        selector = f"{FUNCTION_LABEL}={name}"
        if follow:
            self._kubectl.follow(selector, tail=tail or -1)
            return
        yield self._kubectl.logs(selector, tail=tail or -1, since=since)

    def delete(self, name: str, *, force: bool) -> None:
        """Remove what belongs to a function; what is not there too."""
        if self._is_nuclios(name):
            self._kubectl.delete(_CR, name)  # Nuclio's controller removes the rest
            return
        self._kubectl.delete_labelled(_PARTS, f"{FUNCTION_LABEL}={name},{MANAGER_LABEL}=funcs")

    def enable(self, name: str, *, on: bool) -> Deployed:
        """Start a function's pods, or end them."""
        if self.function(name) is None:
            raise nothing_there(name, self._namespace)
        if self._is_nuclios(name):
            status = {"state": "waitingForResourceConfiguration"}  # else its controller is blind
            self._kubectl.patch(_CR, name, {"spec": {"disable": not on}, "status": status})
        else:
            self._kubectl.scale(resource_name(name), 1 if on else 0)
        if on:
            self._rollout(name, resource_name(name))
        found = self.function(name)
        if found is None:
            raise DeployError(f"function {name!r} was deleted meanwhile")
        return found

    def call(self, name: str, request: Request, *, is_direct: bool) -> Answer:
        """Nothing here leads into a cluster.

        Raises:
            DeployError: always; it says how to get there.
        """
        fix = (
            f"kubectl port-forward service/{resource_name(name)} 8080 --namespace "
            f"{self._namespace}, then: funcs invoke http://localhost:8080"
        )
        raise DeployError("a function in a cluster is called at an address of it", fix=fix)

    def close(self) -> None:
        """Nothing is held."""

    def _is_nuclios(self, name: str) -> bool:
        """Whether Nuclio's controller owns the function's resources."""
        found = self._kubectl.get("deployment", resource_name(name))
        labels = _map(_map(found or {}, "metadata"), "labels")
        return found is not None and labels.get(MANAGER_LABEL) != "funcs"

    def _await(self, name: str, main: Mapping[str, Any]) -> None:
        if main["kind"] == "Deployment":
            self._rollout(name, main["metadata"]["name"])
            return
        deadline = time.monotonic() + self._session.timeout_s
        while True:
            found = self._kubectl.get(_CR, name) or {}
            status = _map(found, "status")
            if status.get("state") in SETTLED:
                break
            if time.monotonic() > deadline:
                fix = f"is Nuclio's controller running? kubectl describe {_CR} {name}"
                state = status.get("state")
                raise DeployError(f"function {name!r} is still in state {state!r}", fix=fix)
            time.sleep(self._session.poll_s)
        if status.get("state") in ("error", "unhealthy"):
            self._fail(name, str(status.get("message", "")))

    def _rollout(self, name: str, deployment: str) -> None:
        self._session.progress.step(f"waiting for the pods of {name!r}")
        if said := self._kubectl.wait_for_rollout(deployment, self._session.timeout_s):
            self._fail(name, said)

    def _fail(self, name: str, said: str) -> None:
        selector = f"{FUNCTION_LABEL}={name}"
        pods = self._kubectl.list("pods", selector)
        reasons = [text for pod in pods for text in _reasons(pod)]
        log = self._kubectl.logs(selector, previous=True) + self._kubectl.logs(selector)
        raise failure(name, "\n".join([*reasons, said]), log, self._session.folder)

    def _deployed(self, found: Mapping[str, Any]) -> Deployed:
        metadata, spec, status = (_map(found, key) for key in ("metadata", "spec", "status"))
        labels = _map(metadata, "labels")
        wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
        state = str(status.get("state") or ("ready" if ready >= wanted else "not ready"))
        name = str(labels.get(FUNCTION_LABEL) or metadata.get("name", ""))
        pods = _map(_map(spec, "template"), "spec").get("containers") or [{}]
        return Deployed(
            name=name,
            namespace=str(metadata.get("namespace", "")),
            project=str(labels.get(PROJECT_LABEL, "default")),
            state="disabled" if wanted == 0 else state,
            is_serving=state == "ready" and wanted > 0,
            replicas=f"{ready}/{wanted}",
            image=str(spec.get("image") or pods[0].get("image", "")),
            port=0,
            urls=(f"http://{resource_name(name)}.{metadata.get('namespace')}:8080",),
            plan=str(_map(metadata, "annotations").get(PLAN_ANNOTATION, "")),
            message=str(status.get("message", "")),
            document=found,
        )


def _is_as_planned(found: Mapping[str, Any], main: Mapping[str, Any], plan: DeployPlan) -> bool:
    annotations = _map(_map(found, "metadata"), "annotations")
    if annotations.get(PLAN_ANNOTATION) != plan.digest or not holds(found["spec"], main["spec"]):
        return False
    status = _map(found, "status")
    if main["kind"] == "NuclioFunction":
        return status.get("state") in ("ready", "scaledToZero")
    return bool(status.get("readyReplicas", 0) >= main["spec"].get("replicas", 1))


def _reasons(pod: Mapping[str, Any]) -> Iterator[str]:
    """Why a pod's containers do not run, in the cluster's words."""
    for status in _map(pod, "status").get("containerStatuses") or ():
        for part in (_map(status, "state"), _map(status, "lastState")):
            waiting = _map(part, "waiting") or _map(part, "terminated")
            if waiting.get("reason"):
                yield f"{waiting['reason']} {waiting.get('message', '')}".strip()
    for condition in _map(pod, "status").get("conditions") or ():
        if condition.get("status") == "False" and condition.get("message"):
            yield str(condition["message"])


def _map(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}
