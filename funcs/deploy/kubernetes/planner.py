"""Makes the plan of a deploy to Kubernetes."""

from __future__ import annotations

from funcs.deploy.document import Document, stamped
from funcs.deploy.kubernetes.manifests import manifests
from funcs.deploy.kubernetes.names import resource_name
from funcs.deploy.kubernetes.scaling import Replicas
from funcs.deploy.plan import DeployPlan, Step, digest_of
from funcs.deploy.target import Target

APPLY, DELETE = "kubectl apply", "kubectl delete"


def kubernetes_plan(document: Document, target: Target, kind: str) -> DeployPlan:
    """The plan that applies one function as resources of a ``kind`` (`manifests.KINDS`)."""
    name = document["metadata"]["name"]
    digest = digest_of(target.place, manifests(document, kind), {})
    steps = [
        Step(f"apply {each['kind']} {each['metadata']['name']!r}", APPLY, each)
        for each in manifests(stamped(document, digest), kind)
    ]
    if kind == "deployment" and not Replicas.of(document["spec"]).is_scaled:
        gone = {"kind": "HorizontalPodAutoscaler", "name": resource_name(name)}
        steps.append(
            Step("remove an autoscaler that an earlier deploy may have left", DELETE, gone)
        )
    return DeployPlan(name, "kube", target.place, digest, tuple(steps), {})


def notes(document: Document, kind: str) -> list[str]:
    """What a person should know of what Kubernetes cannot do alone."""
    if kind == "deployment" and Replicas.of(document["spec"]).may_be_none:
        return [
            "minReplicas 0: a plain Deployment keeps one pod, since nothing would wake it for a "
            "request; with Nuclio in the cluster, --kind nuclio scales to zero"
        ]
    return []
