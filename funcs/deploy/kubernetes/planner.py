"""Makes the plan of a deploy to Kubernetes."""

from __future__ import annotations

from funcs.deploy.document import Document, stamped
from funcs.deploy.kubernetes.manifests import manifests
from funcs.deploy.kubernetes.names import config_name, selector
from funcs.deploy.kubernetes.scaling import Replicas
from funcs.deploy.plan import DeployPlan, Step, digest_of
from funcs.deploy.target import Target

APPLY, DELETE = "kubectl apply", "kubectl delete"


def kubernetes_plan(document: Document, target: Target, kind: str) -> DeployPlan:
    """The plan that applies one function as resources of a ``kind`` (`manifests.KINDS`)."""
    digest = digest_of(target.place, manifests(document, kind), {})
    whole = stamped(document, digest)
    steps = [
        Step(f"apply {each['kind']} {each['metadata']['name']!r}", APPLY, each)
        for each in manifests(whole, kind)
    ]
    if kind == "deployment":
        steps += _removals(whole)
    return DeployPlan(document["metadata"]["name"], "kube", target.place, digest, tuple(steps), {})


def notes(document: Document, kind: str) -> list[str]:
    """What a person should know of what Kubernetes cannot do alone."""
    if kind == "deployment" and Replicas.of(document["spec"]).may_be_none:
        return [
            "minReplicas 0: a plain Deployment keeps one pod, since nothing would wake it for a "
            "request; with Nuclio in the cluster, --kind nuclio scales to zero"
        ]
    return []


def _removals(document: Document) -> list[Step]:
    """What an earlier deploy may have left, and nothing needs once the new pods serve."""
    labels = ",".join(f"{key}={value}" for key, value in selector(document).items())
    old = {"kind": "configmap,secret", "selector": labels, "except": config_name(document)}
    steps = [Step("remove the configurations of earlier deploys", DELETE, old)]
    if not Replicas.of(document["spec"]).is_scaled:
        gone = {"kind": "horizontalpodautoscaler", "selector": labels, "except": ""}
        steps.append(Step("remove the autoscaler of an earlier deploy", DELETE, gone))
    return steps
