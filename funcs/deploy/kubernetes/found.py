"""A function as a cluster describes it: its Deployment, or Nuclio's own resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from funcs.deploy.deployed import Deployed
from funcs.deploy.document import PROJECT_LABEL
from funcs.deploy.drift import holds
from funcs.deploy.kubernetes.names import FUNCTION_LABEL, MANAGER_LABEL, resource_name
from funcs.deploy.plan import PLAN_ANNOTATION, DeployPlan

#: Where kubectl notes what it applied last.
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

Resource = Mapping[str, Any]


def deployed(found: Resource) -> Deployed:
    """What every platform can say of a function."""
    metadata, spec, status = (part(found, key) for key in ("metadata", "spec", "status"))
    labels = part(metadata, "labels")
    wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    state = str(status.get("state") or ("ready" if ready >= wanted else "not ready"))
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
        plan=str(part(metadata, "annotations").get(PLAN_ANNOTATION, "")),
        message=str(status.get("message", "")),
        document=found,
    )


def is_ours(found: Resource) -> bool:
    """Whether funcs made it, and not Nuclio's controller."""
    return part(part(found, "metadata"), "labels").get(MANAGER_LABEL) == "funcs"


def is_as_planned(found: Resource, main: Resource, plan: DeployPlan) -> bool:
    """Whether a resource is what a plan's ``main`` one says, and serves."""
    annotations = part(part(found, "metadata"), "annotations")
    if annotations.get(PLAN_ANNOTATION) != plan.digest or not holds(found["spec"], main["spec"]):
        return False
    status = part(found, "status")
    if main["kind"] == "NuclioFunction":
        return status.get("state") in ("ready", "scaledToZero")
    return bool(status.get("readyReplicas", 0) >= main["spec"].get("replicas", 1))


def applied_replicas(found: Resource) -> int:
    """How many pods a Deployment was to have when it was applied; 1 where an autoscaler decides."""
    try:
        applied = json.loads(part(part(found, "metadata"), "annotations")[_APPLIED])
        return max(1, int(applied["spec"]["replicas"]))
    except (KeyError, TypeError, ValueError):
        return 1


def reasons(pod: Resource) -> Iterator[str]:
    """Why a pod's containers do not run, in the cluster's words."""
    for status in part(pod, "status").get("containerStatuses") or ():
        for state in (part(status, "state"), part(status, "lastState")):
            waiting = part(state, "waiting") or part(state, "terminated")
            if waiting.get("reason"):
                yield f"{waiting['reason']} {waiting.get('message', '')}".strip()
    for condition in part(pod, "status").get("conditions") or ():
        if condition.get("status") == "False" and condition.get("message"):
            yield str(condition["message"])


def part(value: Resource, key: str) -> Resource:
    """The map under a key; an empty one where there is none."""
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}
