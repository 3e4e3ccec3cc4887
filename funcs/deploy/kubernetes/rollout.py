"""How far a Deployment has come with its new pods, and what keeps it from going on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from funcs.deploy.plan import PLAN_ANNOTATION

Resource = Mapping[str, Any]

#: A container that waits for these goes on by itself.
_ON_ITS_WAY = frozenset({"ContainerCreating", "PodInitializing"})
#: Nothing that comes by itself mends these.
_HOPELESS = re.compile(
    r"InvalidImageName|ErrImageNeverPull|violates PodSecurity|ProgressDeadlineExceeded"
    r"|(?:ErrImagePull|ImagePullBackOff)\b.*(?:not found|NotFound|denied|unauthorized|unknown)",
    re.DOTALL,
)
#: As often as this a container ended before nobody waits for it any more.
_MOST_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Rollout:
    """What a cluster says of one: ``reasons`` are the cluster's words for what is in the way.

    ``broken`` is a pod and its container whose log tells more, where there is one.
    """

    is_done: bool
    is_hopeless: bool
    reasons: tuple[str, ...]
    broken: tuple[str, str] | None

    @classmethod
    def of(cls, deployment: Resource, pods: Sequence[Resource]) -> Rollout:
        """Of a Deployment and of all pods that have its labels."""
        if not is_seen(deployment):
            return cls(is_done=False, is_hopeless=False, reasons=(), broken=None)
        plan = plan_of(part(part(deployment, "spec"), "template"))
        new = [pod for pod in pods if plan_of(pod) == plan]
        found = (*conditions(deployment), *(text for pod in new for text in obstacles(pod)))
        return cls(
            is_done=has_new_pods(deployment),
            is_hopeless=any(map(_HOPELESS.search, found)) or any(map(_ends_always, new)),
            reasons=tuple(dict.fromkeys(found)),
            broken=next((each for pod in new for each in stopped(pod)), None),
        )


def is_seen(deployment: Resource) -> bool:
    """Whether its controller has looked at it as it is now."""
    generation = part(deployment, "metadata").get("generation", 0)
    return bool(part(deployment, "status").get("observedGeneration", generation) >= generation)


def has_new_pods(deployment: Resource) -> bool:
    """Whether all its pods are new ones, as many as it wants, and ready."""
    status, wanted = part(deployment, "status"), part(deployment, "spec").get("replicas", 1)
    new, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    is_all = status.get("replicas", 0) <= new >= wanted
    return is_seen(deployment) and is_all and ready >= wanted


def conditions(deployment: Resource) -> Iterator[str]:
    """Why no pods are made, in the cluster's words."""
    for condition in part(deployment, "status").get("conditions") or ():
        kind, is_true = condition.get("type"), condition.get("status") == "True"
        if (kind == "ReplicaFailure" and is_true) or (kind == "Progressing" and not is_true):
            yield _worded(condition)


def obstacles(pod: Resource) -> Iterator[str]:
    """Why a pod's containers do not run, in the cluster's words."""
    for status in _containers(pod):
        if status.get("ready"):
            continue
        waiting = part(part(status, "state"), "waiting")
        for state in (part(status, "lastState"), part(status, "state")):
            if (ended := part(state, "terminated")) and ended.get("reason") != "Completed":
                yield f"{_worded(ended)}: exit code {ended.get('exitCode', '')}"
        if waiting.get("reason") and waiting["reason"] not in _ON_ITS_WAY:
            yield _worded(waiting)
    for condition in part(pod, "status").get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            yield _worded(condition)


def stopped(pod: Resource) -> Iterator[tuple[str, str]]:
    """The containers that ended, or are not ready, those that ended first."""
    name = str(part(pod, "metadata").get("name", ""))
    found = [each for each in _containers(pod) if not each.get("ready")]
    for status in sorted(found, key=lambda each: not each.get("restartCount")):
        yield name, str(status.get("name", ""))


def plan_of(resource: Resource) -> str:
    """The digest of the plan that made it; empty where none did."""
    return str(part(part(resource, "metadata"), "annotations").get(PLAN_ANNOTATION, ""))


def part(value: Resource, key: str) -> Resource:
    """The map under a key; an empty one where there is none."""
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _worded(state: Resource) -> str:
    return f"{state.get('reason', '')} {state.get('message', '')}".strip()


def _containers(pod: Resource) -> Iterator[Resource]:
    for kind in ("initContainerStatuses", "containerStatuses"):
        yield from part(pod, "status").get(kind) or ()


def _ends_always(pod: Resource) -> bool:
    return any(
        part(part(status, "state"), "waiting").get("reason") == "CrashLoopBackOff"
        and status.get("restartCount", 0) >= _MOST_RESTARTS
        for status in _containers(pod)
    )
