"""Kubernetes as a platform, by way of kubectl."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from funcs.deploy.deployed import Deployed, Outcome
from funcs.deploy.document import PROJECT_LABEL
from funcs.deploy.guards import Surroundings
from funcs.deploy.kubernetes.found import (
    applied_replicas,
    deployed,
    is_ours,
    is_whole,
    number_given_up,
    says,
)
from funcs.deploy.kubernetes.kubectl import ForbiddenError, Kubectl, UnknownKindError
from funcs.deploy.kubernetes.names import FUNCTION_LABEL, MANAGER_LABEL, resource_name
from funcs.deploy.kubernetes.planner import APPLY, DELETE
from funcs.deploy.kubernetes.rollout import Resource, Rollout, part
from funcs.deploy.kubernetes.waiting import NUCLIO_FUNCTIONS, Waiter
from funcs.deploy.plan import DeployPlan, Step
from funcs.deploy.platform import Request, Session, missing
from funcs.emulator.answer import Answer
from funcs.errors import DeployError

T = TypeVar("T")

_MAIN = {"Deployment": "deployment", "NuclioFunction": NUCLIO_FUNCTIONS}
_SCALER = "HorizontalPodAutoscaler"
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
        self._waiter = Waiter(self._kubectl, session)

    def surroundings(self, image: str) -> Surroundings:
        """A cluster: it asks over HTTP for health, whatever the image says."""
        return Surroundings("kube", has_healthcheck=True)

    def apply(self, plan: DeployPlan, files: Mapping[str, bytes]) -> Outcome:
        """Apply the plan's resources and wait for the pods, unless all of it is so already."""
        resources = [step.document for step in plan.steps if step.call == APPLY]
        main = _main(resources)
        kind, name = _MAIN[main["kind"]], main["metadata"]["name"]
        found = self._kubectl.present(resources)
        self._refuse_others(plan.function, main, found)
        there = next((each for each in found if each["kind"] == main["kind"]), None)
        if there is not None and self._is_scaled_by_others(there, main):
            resources = [_without_number(each) for each in resources]
            main = _main(resources)
        if there is not None and is_whole(found, plan, resources):
            return Outcome(deployed(there), has_changed=False)
        first = next(at for at, step in enumerate(plan.steps) if step.call == APPLY)
        self._remove(plan.steps[:first])
        if there is not None and (change := number_given_up(there, main)):
            self._kubectl.patch(kind, name, change)
        for line in self._kubectl.apply(resources):
            self._session.progress.platform("info", line)
        if main["kind"] == "Deployment":
            self._start(resources, main)
            if there is not None:
                self._insist(resources)
            self._waiter.pods(plan.function)
        else:
            self._waiter.controller(plan.function)
        self._remove(plan.steps[first:])
        now = self._kubectl.get(kind, name)
        if now is None:
            raise DeployError(f"function {plan.function!r} was deleted while it was deployed")
        return Outcome(deployed(now), has_changed=True)

    def functions(self, project: str) -> tuple[Deployed, ...]:
        """All functions of the namespace that are ours or Nuclio's, or those of one project."""
        of_project = f"{PROJECT_LABEL}={project}" if project else ""
        labels = ",".join(filter(None, (FUNCTION_LABEL, of_project)))
        deployments = self._kubectl.list("deployments", labels)
        found = {each.name: each for each in map(deployed, deployments)}
        nuclios = self._of_nuclio(lambda: self._kubectl.list(NUCLIO_FUNCTIONS, of_project))
        for each in map(deployed, nuclios or ()):
            pods = found[each.name].replicas if each.name in found else each.replicas
            found[each.name] = replace(each, replicas=pods)
        return tuple(found[name] for name in sorted(found))

    def function(self, name: str) -> Deployed | None:
        """One function; None where there is none."""
        found = self._kubectl.get("deployment", resource_name(name))
        if found is not None and is_ours(found):
            return self._explained(found)
        if found is not None and FUNCTION_LABEL not in part(part(found, "metadata"), "labels"):
            found = None  # it is nobody's function
        nuclios = self._of_nuclio(lambda: self._kubectl.get(NUCLIO_FUNCTIONS, name))
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
            self._kubectl.delete(NUCLIO_FUNCTIONS, name)  # Nuclio's controller removes the rest
            return
        try:
            self._kubectl.delete_labelled(_PARTS, f"{FUNCTION_LABEL}={name},{MANAGER_LABEL}=funcs")
        except ForbiddenError as error:
            if self._kubectl.get("deployment", resource_name(name)) is not None:
                raise
            self._session.progress.platform("warn", error.what)

    def enable(self, name: str, *, on: bool) -> Deployed:
        """Start a function's pods, as many as it was deployed with, or end them."""
        found = self._known(name).document
        if is_ours(found):
            self._kubectl.scale(resource_name(name), self._wanted(name, found) if on else 0)
            if on:
                self._waiter.pods(name)
        else:
            self._kubectl.patch(
                NUCLIO_FUNCTIONS, name, {"spec": {"disable": not on}, "status": _WAITING}
            )
            self._waiter.controller(name)
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

    def _of_nuclio(self, ask: Callable[[], T]) -> T | None:
        """What is there of Nuclio's, which a cluster may not know, or not show to everybody."""
        try:
            return ask()
        except UnknownKindError:
            return None
        except ForbiddenError as error:
            self._session.progress.platform("warn", error.what)
            return None

    def _known(self, name: str) -> Deployed:
        found = self.function(name)
        if found is None:
            raise missing(self, name, self._session.target)
        return found

    def _explained(self, found: Resource) -> Deployed:
        """A Deployment of ours, with why it is not ready."""
        function = deployed(found)
        if function.state in ("ready", "disabled"):
            return function
        reasons = Rollout.of(found, self._waiter.of_function(function.name)).reasons
        return replace(function, message="\n".join(reasons))

    def _refuse_others(self, name: str, main: Resource, found: Sequence[Resource]) -> None:
        """Leave alone what another made: kubectl would merge ours into it.

        Raises:
            DeployError: there is something of another's.
        """
        if main["kind"] == "NuclioFunction":
            other = self._kubectl.get("deployment", resource_name(name))
            if other is not None and is_ours(other):
                fix = f"delete it first: funcs delete {name}; or deploy with --kind deployment"
                raise DeployError(f"function {name!r} is there as a Deployment of funcs", fix=fix)
            return
        for each in found:
            if is_ours(each):
                continue
            what = f"there is a {each['kind']} {each['metadata']['name']!r} that funcs did not make"
            fix = "call the function otherwise, or remove that"
            if FUNCTION_LABEL in part(part(each, "metadata"), "labels"):
                what = f"function {name!r} is there as Nuclio's own"
                fix = f"delete it first: funcs delete {name}; or deploy with --kind nuclio"
            raise DeployError(what, where=f"namespace {self._namespace}", fix=fix)

    def _insist(self, resources: Sequence[Resource]) -> None:
        """Take away what others put in: kubectl leaves what it has not applied itself."""
        there = {each["kind"]: each for each in self._kubectl.present(resources)}
        for wanted in resources:
            found = there.get(wanted["kind"])
            if found is not None and not says(found, wanted):
                name = f"{wanted['kind'].lower()}/{wanted['metadata']['name']}"
                self._kubectl.patch(wanted["kind"], wanted["metadata"]["name"], _spec(wanted))
                self._session.progress.platform("info", f"{name} set back to what is planned")

    def _is_scaled_by_others(self, there: Resource, main: Resource) -> bool:
        """Whether an autoscaler that is not funcs' has set another number of pods."""
        number, wanted = part(there, "spec").get("replicas"), main["spec"].get("replicas")
        if main["kind"] != "Deployment" or not wanted or number in (0, wanted):
            return False
        scalers: Sequence[Resource] = ()
        with suppress(ForbiddenError):
            scalers = self._kubectl.list(_SCALER.lower())
        target = {"kind": "Deployment", "name": main["metadata"]["name"]}
        for each in scalers:
            aim = part(part(each, "spec"), "scaleTargetRef")
            if not is_ours(each) and target.items() <= aim.items():
                who = f"the autoscaler {each['metadata']['name']!r}, which funcs did not make,"
                said = f"{who} sets the number of pods: it stays {number}"
                self._session.progress.platform("warn", said)
                return True
        return False

    def _start(self, resources: Sequence[Resource], main: Resource) -> None:
        """Give its least pods to a Deployment whose number an autoscaler sets."""
        scaler = next((each for each in resources if each["kind"] == _SCALER), None)
        if scaler is None or "replicas" in main["spec"]:
            return
        now = self._kubectl.get("deployment", main["metadata"]["name"]) or {}
        if part(now, "spec").get("replicas", 0) < scaler["spec"]["minReplicas"]:
            self._kubectl.scale(main["metadata"]["name"], scaler["spec"]["minReplicas"])

    def _wanted(self, name: str, found: Resource) -> int:
        """How many pods a function that was disabled is to have."""
        scaler = None
        with suppress(ForbiddenError):
            scaler = self._kubectl.get(_SCALER.lower(), resource_name(name))
        least = part(scaler or {}, "spec").get("minReplicas", 1)
        return max(int(least), applied_replicas(found))

    def _remove(self, steps: Sequence[Step]) -> None:
        """What an earlier deploy left; the function does without its going."""
        for step in steps:
            if step.call != DELETE:
                continue
            gone = step.document
            try:
                self._kubectl.delete_labelled(gone["kind"], gone["selector"], but=gone["except"])
            except ForbiddenError as error:
                self._session.progress.platform("warn", error.what)


def _main(resources: Sequence[Resource]) -> Resource:
    """The one that holds the function."""
    return next(each for each in resources if each["kind"] in _MAIN)


def _without_number(resource: Resource) -> Resource:
    """A Deployment of which another sets the number of pods; any other as it is."""
    if resource["kind"] != "Deployment":
        return resource
    return {**resource, "spec": {k: v for k, v in resource["spec"].items() if k != "replicas"}}


def _spec(wanted: Resource) -> Resource:
    """What a resource is to say, and that it is not held back, where that can be."""
    paused = {"paused": None} if wanted["kind"] == "Deployment" else {}
    return {"spec": {**wanted["spec"], **paused}}
