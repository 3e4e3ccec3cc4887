"""How many pods a function has, and by what they become more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from funcs.deploy.document import Document
from funcs.deploy.kubernetes.names import labels, resource_name

_TARGET_CPU = 75


@dataclass(frozen=True, slots=True)
class Replicas:
    """The least and the most pods of a function, as Nuclio reads its spec."""

    least: int
    most: int

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Replicas:
        """Of ``replicas``, ``minReplicas``, ``maxReplicas`` and ``disable``."""
        if spec.get("disable"):
            return cls(0, 0)
        if spec.get("replicas") is not None:
            return cls(spec["replicas"], spec["replicas"])
        least = spec.get("minReplicas", spec.get("maxReplicas", 1))
        return cls(least, spec.get("maxReplicas", least))

    @property
    def is_scaled(self) -> bool:
        """Whether there may be more of them at times."""
        return self.most > max(self.least, 1)

    @property
    def may_be_none(self) -> bool:
        """Whether it scales to zero, which plain Kubernetes does not do for HTTP."""
        return self.least == 0 < self.most


def autoscaler(document: Document) -> dict[str, Any] | None:
    """The HorizontalPodAutoscaler; None where the number of pods is fixed."""
    spec, metadata = document["spec"], document["metadata"]
    replicas = Replicas.of(spec)
    if not replicas.is_scaled:
        return None
    name = resource_name(metadata["name"])
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": labels(document),
        },
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": max(replicas.least, 1),
            "maxReplicas": replicas.most,
            "metrics": _metrics(spec),
        },
    }


def unmeasured(spec: Mapping[str, Any]) -> list[str]:
    """Of what the autoscaler takes a share, and what does not say how much is the whole."""
    if not Replicas.of(spec).is_scaled:
        return []
    shares = [
        each["resource"]["name"]
        for each in _metrics(spec)
        if each.get("type") == "Resource" and each["resource"]["target"]["type"] == "Utilization"
    ]
    containers = [("spec.resources", spec.get("resources", {}))]
    containers += [
        (f"the sidecar {each.get('name', '')!r}", each.get("resources") or {})
        for each in spec.get("sidecars", ())
    ]
    return [
        f"{where} asks for no {share}"
        for share in shares
        for where, resources in containers
        if not any((resources.get(kind) or {}).get(share) for kind in ("requests", "limits"))
    ]


def _metrics(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if specs := spec.get("customScalingMetricSpecs"):
        return list(specs)
    if metrics := spec.get("autoScaleMetrics"):
        return [_metric(each) for each in metrics]
    percent = spec.get("targetCPU") or _TARGET_CPU
    return [_resource("cpu", {"type": "Utilization", "averageUtilization": percent})]


def _metric(metric: Mapping[str, Any]) -> Mapping[str, Any]:
    """One of Nuclio's ``autoScaleMetrics`` as Kubernetes writes it."""
    name, threshold = metric["metricName"], metric["threshold"]
    target = {"type": "AverageValue", "averageValue": str(threshold)}
    source = metric.get("sourceType", "")
    if source == "Resource":
        if metric.get("displayType") in ("", None, "percentage"):
            target = {"type": "Utilization", "averageUtilization": threshold}
        return _resource(name, target)
    if source == "Pods":
        return {"type": "Pods", "pods": {"metric": {"name": name}, "target": target}}
    return {"type": "External", "external": {"metric": {"name": name}, "target": target}}


def _resource(name: str, target: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "Resource", "resource": {"name": name, "target": target}}
