"""Makes the plan of a deploy to Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from funcs.deploy.document import Document, stamped
from funcs.deploy.kubernetes.manifests import manifests
from funcs.deploy.kubernetes.names import config_name, resource_name, selector
from funcs.deploy.kubernetes.pod import secret_variables
from funcs.deploy.kubernetes.scaling import Replicas, unmeasured
from funcs.deploy.plan import DeployPlan, Step, digest_of
from funcs.deploy.target import Target

_EXPANDED = re.compile(r"\$\$|\$\([^()]+\)")
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
        steps = [*_removed_before(whole), *steps, _removed_after(whole)]
    return DeployPlan(document["metadata"]["name"], "kube", target.place, digest, tuple(steps), {})


def notes(document: Document, kind: str) -> list[str]:
    """What a person should know of what Kubernetes cannot do alone."""
    spec, found = document["spec"], list(_expanded(document))
    if kind != "deployment":
        return found
    if Replicas.of(spec).may_be_none:
        found.append(
            "minReplicas 0: a plain Deployment keeps one pod, since nothing would wake it for a "
            "request; with Nuclio in the cluster, --kind nuclio scales to zero"
        )
    triggers = spec.get("triggers", {}).items()
    found += [
        f"triggers.{name}.attributes.ingresses: a plain Deployment gets a Service and no Ingress; "
        f"write one for service {resource_name(document['metadata']['name'])!r}, or deploy with "
        "--kind nuclio"
        for name, each in triggers
        if each.get("attributes", {}).get("ingresses")
    ]
    return [*found, *(f"{each}: the autoscaler cannot tell its load" for each in unmeasured(spec))]


def _expanded(document: Document) -> Iterator[str]:
    """The variables that arrive otherwise than they are written, and otherwise than on Docker."""
    secrets = secret_variables(document)
    for each in document["spec"].get("env", ()):
        if each["name"] not in secrets and _EXPANDED.search(str(each.get("value", ""))):
            yield (
                f"the variable {each['name']}: Kubernetes reads $(NAME) as that variable's value, "
                "and $$ as $; write $$ for each $ that is to arrive"
            )


def _removed_before(document: Document) -> list[Step]:
    """The autoscaler of an earlier deploy: it would fight for its own number of pods."""
    if Replicas.of(document["spec"]).is_scaled:
        return []
    gone = {"kind": "horizontalpodautoscaler", "selector": _labels(document), "except": ""}
    return [Step("remove the autoscaler of an earlier deploy", DELETE, gone)]


def _removed_after(document: Document) -> Step:
    """What an earlier deploy may have left, and nothing needs once the new pods serve."""
    old = {
        "kind": "configmap,secret",
        "selector": _labels(document),
        "except": config_name(document),
    }
    return Step("remove the configurations of earlier deploys", DELETE, old)


def _labels(document: Document) -> str:
    return ",".join(f"{key}={value}" for key, value in selector(document).items())
