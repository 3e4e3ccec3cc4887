"""A function as a cluster describes it: its Deployment, or Nuclio's own resource."""

from __future__ import annotations

import json
from collections.abc import Sequence

from funcs.deploy.deployed import Deployed
from funcs.deploy.document import PROJECT_LABEL
from funcs.deploy.drift import holds
from funcs.deploy.kubernetes.names import FUNCTION_LABEL, MANAGER_LABEL, resource_name
from funcs.deploy.kubernetes.rollout import Resource, conditions, has_new_pods, part, plan_of
from funcs.deploy.plan import DeployPlan

#: Where kubectl notes what it applied last.
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
#: Their names hold the plan's, and nobody can change them.
_IMMUTABLE = ("ConfigMap", "Secret")


def deployed(found: Resource) -> Deployed:
    """What every platform can say of a function."""
    metadata, spec, status = (part(found, key) for key in ("metadata", "spec", "status"))
    labels = part(metadata, "labels")
    wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    state = str(status.get("state") or _state(found))
    is_off = wanted == 0 or bool(spec.get("disable"))
    name = str(labels.get(FUNCTION_LABEL) or metadata.get("name", ""))
    containers = part(part(spec, "template"), "spec").get("containers") or [{}]
    return Deployed(
        name=name,
        namespace=str(metadata.get("namespace", "")),
        project=str(labels.get(PROJECT_LABEL, "default")),
        state="disabled" if is_off else state,
        is_serving=state == "ready" and not is_off,
        replicas=f"{ready}/{wanted}",
        image=str(spec.get("image") or containers[0].get("image", "")),
        port=0,
        urls=(f"http://{resource_name(name)}.{metadata.get('namespace')}:8080",),
        plan=plan_of(found),
        message=str(status.get("message") or "\n".join(conditions(found))),
        document=found,
    )


def is_ours(found: Resource) -> bool:
    """Whether funcs made it, and not Nuclio's controller."""
    return part(part(found, "metadata"), "labels").get(MANAGER_LABEL) == "funcs"


def is_whole(found: Sequence[Resource], plan: DeployPlan, resources: Sequence[Resource]) -> bool:
    """Whether all resources of a plan are there as it says, and the function serves by it."""
    there = {(each["kind"], part(each, "metadata").get("name")): each for each in found}
    for wanted in resources:
        each = there.get((wanted["kind"], wanted["metadata"]["name"]))
        if each is None or not says(each, wanted):
            return False
        is_done = _MAIN.get(wanted["kind"])
        if is_done and not (plan_of(each) == plan.digest and is_done(each)):
            return False
    return True


def _is_taken_up(found: Resource) -> bool:
    """Whether Nuclio's controller has done what the resource says."""
    return part(found, "status").get("state") in ("ready", "scaledToZero")


#: The resource that says which plan a function is of, and whether it serves by it.
_MAIN = {"Deployment": has_new_pods, "NuclioFunction": _is_taken_up}


def says(found: Resource, wanted: Resource) -> bool:
    """Whether a resource says what it was told; what its kind's objects cannot change, it does."""
    spec, said = part(found, "spec"), part(wanted, "spec")
    is_off = spec.get("replicas") == 0 != said.get("replicas")  # an autoscaler sets no 0
    is_held = is_off or bool(spec.get("paused"))  # kubectl rollout pause
    return found["kind"] in _IMMUTABLE or (holds(spec, said) and not is_held)


def applied_replicas(found: Resource) -> int:
    """How many pods a Deployment was to have when it was applied; 1 where an autoscaler decides."""
    try:
        applied = json.loads(part(part(found, "metadata"), "annotations")[_APPLIED])
        return max(1, int(applied["spec"]["replicas"]))
    except (KeyError, TypeError, ValueError):
        return 1


def _state(found: Resource) -> str:
    """What a Deployment does: one that changes over serves by the pods it had."""
    if has_new_pods(found):
        return "ready"
    return "configuringResources" if part(found, "status").get("readyReplicas") else "not ready"


def number_given_up(found: Resource, wanted: Resource) -> Resource | None:
    """What is to be changed where an autoscaler takes a Deployment's number of pods over.

    kubectl would take a number that it applied, and is not told any more, for one that is to go:
    Kubernetes then writes 1. So it is to forget that it did.
    """
    try:
        applied = json.loads(part(part(found, "metadata"), "annotations")[_APPLIED])
        if "replicas" in wanted["spec"] or applied["spec"].pop("replicas", 0) < 1:
            return None
    except (KeyError, TypeError, ValueError):
        return None
    return {"metadata": {"annotations": {_APPLIED: json.dumps(applied)}}}
