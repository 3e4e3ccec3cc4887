"""Kubernetes as a platform, by way of kubectl."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from funcs.deploy.deployed import Deployed, Outcome
from funcs.deploy.document import PROJECT_LABEL
from funcs.deploy.guards import Surroundings
from funcs.deploy.kubernetes.found import (
    Resource,
    applied_replicas,
    deployed,
    is_as_planned,
    is_ours,
    part,
    reasons,
)
from funcs.deploy.kubernetes.kubectl import Kubectl, UnknownKindError
from funcs.deploy.kubernetes.names import FUNCTION_LABEL, MANAGER_LABEL, resource_name
from funcs.deploy.kubernetes.planner import APPLY, DELETE
from funcs.deploy.nuclio.failure import failure
from funcs.deploy.nuclio.status import SETTLED
from funcs.deploy.plan import DeployPlan
from funcs.deploy.platform import Request, Session, missing
from funcs.emulator.answer import Answer
from funcs.errors import DeployError

_CR = "nucliofunctions.nuclio.io"
_MAIN = {"Deployment": "deployment", "NuclioFunction": _CR}
_PARTS = "horizontalpodautoscaler,deployment,service,configmap,secret"
#: The state in which Nuclio's controller takes a function up; it is blind to one without.
_WAITING = {"state": "waitingForResourceConfiguration"}


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
        kind, name = _MAIN[main["kind"]], main["metadata"]["name"]
        found = self._kubectl.get(kind, name)
        if found is not None and is_as_planned(found, main, plan):
            return Outcome(deployed(found), has_changed=False)
        for line in self._kubectl.apply(resources):
            self._session.progress.platform("info", line)
        if main["kind"] == "Deployment":
            self._start(main)
            self._await_pods(plan.function)
        else:
            self._await_controller(plan.function)
        for step in plan.steps:
            if step.call == DELETE:
                gone = step.document
                self._kubectl.delete_labelled(gone["kind"], gone["selector"], but=gone["except"])
        now = self._kubectl.get(kind, name)
        if now is None:
            raise DeployError(f"function {plan.function!r} was deleted while it was deployed")
        return Outcome(deployed(now), has_changed=True)

    def functions(self, project: str) -> tuple[Deployed, ...]:
        """All functions of the namespace that are ours or Nuclio's, or those of one project."""
        of_project = f"{PROJECT_LABEL}={project}" if project else ""
        labels = ",".join(filter(None, (FUNCTION_LABEL, of_project)))
        found = {each.name: each for each in map(deployed, self._list("deployments", labels))}
        for each in map(deployed, self._list(_CR, of_project)):
            pods = found[each.name].replicas if each.name in found else each.replicas
            found[each.name] = replace(each, replicas=pods)
        return tuple(found[name] for name in sorted(found))

    def function(self, name: str) -> Deployed | None:
        """One function; None where there is none."""
        found = self._kubectl.get("deployment", resource_name(name))
        if found is not None and is_ours(found):
            return deployed(found)
        try:
            nuclios = self._kubectl.get(_CR, name)
        except UnknownKindError:
            nuclios = None
        if nuclios is None:
            return deployed(found) if found is not None else None
        function = deployed(nuclios)
        return replace(function, replicas=deployed(found).replicas) if found else function

    def logs(self, name: str, *, tail: int, since: str, follow: bool) -> Iterator[str]:
        """What the function's pods wrote."""
        self._known(name)
        selector = f"{FUNCTION_LABEL}={name}"
        if follow:
            self._kubectl.follow(selector, tail=tail or -1, since=since)
            return
        yield self._kubectl.logs(selector, tail=tail or -1, since=since)

    def delete(self, name: str, *, force: bool) -> None:
        """Remove what belongs to a function; what is not there too."""
        found = self.function(name)
        if found is not None and not is_ours(found.document):
            self._kubectl.delete(_CR, name)  # Nuclio's controller removes the rest
            return
        self._kubectl.delete_labelled(_PARTS, f"{FUNCTION_LABEL}={name},{MANAGER_LABEL}=funcs")

    def enable(self, name: str, *, on: bool) -> Deployed:
        """Start a function's pods, as many as it was deployed with, or end them."""
        found = self._known(name).document
        if is_ours(found):
            self._kubectl.scale(resource_name(name), applied_replicas(found) if on else 0)
            if on:
                self._await_pods(name)
        else:
            self._kubectl.patch(_CR, name, {"spec": {"disable": not on}, "status": _WAITING})
            self._await_controller(name)
        return self._known(name)

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

    def _list(self, kind: str, labels: str) -> list[Resource]:
        """The resources of a kind; none where the cluster does not know it."""
        try:
            return self._kubectl.list(kind, labels)
        except UnknownKindError:
            return []

    def _known(self, name: str) -> Deployed:
        found = self.function(name)
        if found is None:
            raise missing(self, name, self._session.target)
        return found

    def _start(self, main: Resource) -> None:
        """Give pods to a Deployment that was disabled, and whose number an autoscaler sets."""
        now = self._kubectl.get("deployment", main["metadata"]["name"]) or {}
        if "replicas" not in main["spec"] and part(now, "spec").get("replicas") == 0:
            self._kubectl.scale(main["metadata"]["name"], 1)

    def _await_pods(self, name: str) -> None:
        self._session.progress.step(f"waiting for the pods of {name!r}")
        timeout_s = self._session.timeout_s
        if said := self._kubectl.wait_for_rollout(resource_name(name), timeout_s):
            self._fail(name, said)

    def _await_controller(self, name: str) -> None:
        self._session.progress.step(f"waiting for Nuclio's controller to take up {name!r}")
        deadline = time.monotonic() + self._session.timeout_s
        while True:
            status = part(self._kubectl.get(_CR, name) or {}, "status")
            if status.get("state") in SETTLED:
                break
            if time.monotonic() > deadline:
                fix = f"is Nuclio's controller running? kubectl describe {_CR} {name}"
                state = status.get("state")
                raise DeployError(f"function {name!r} is still in state {state!r}", fix=fix)
            time.sleep(self._session.poll_s)
        if status.get("state") in ("error", "unhealthy"):
            self._fail(name, str(status.get("message", "")))

    def _fail(self, name: str, said: str) -> None:
        selector = f"{FUNCTION_LABEL}={name}"
        why = [text for pod in self._list("pods", selector) for text in reasons(pod)]
        log = self._log(selector, previous=True) + self._log(selector, previous=False)
        raise failure(name, "\n".join([*why, said]), log, self._session.folder)

    def _log(self, selector: str, *, previous: bool) -> str:
        """What the pods printed, as far as they have started."""
        try:
            return self._kubectl.logs(selector, previous=previous)
        except DeployError:
            return ""
