"""The resources of a function: Nuclio's own kind, or plain ones that need no Nuclio."""

from __future__ import annotations

from typing import Any

import yaml

from funcs.deploy.document import Document
from funcs.deploy.kubernetes.names import config_name, labels, resource_name, selector
from funcs.deploy.kubernetes.pod import HTTP_PORT, pod_spec, readiness_s, secret_variables
from funcs.deploy.kubernetes.scaling import Replicas, autoscaler
from funcs.deploy.masking import masked

KINDS = ("deployment", "nuclio")
_DEADLINE_S, _OWN_WAYS_S = 600, 60
_NODE_PORTS = range(30000, 32768)


def manifests(document: Document, kind: str) -> list[dict[str, Any]]:
    """The resources in the order in which they are applied; ``document`` has an image."""
    if kind == "nuclio":
        return [_nuclio_function(document)]
    has_secrets = masked(_config(document)) != _config(document)
    found = [
        _configuration(document, is_secret=has_secrets),
        _service(document),
        _deployment(document, config_is_secret=has_secrets),
        autoscaler(document),
    ]
    return [each for each in found if each is not None]


def _nuclio_function(document: Document) -> dict[str, Any]:
    """A NuclioFunction that Nuclio's controller takes up.

    It acts on nothing without a state (nuclio#2685), and fills in nothing that is left out.
    """
    spec = dict(document["spec"])
    replicas = Replicas.of(spec)
    if not spec.get("disable"):
        spec |= {"minReplicas": replicas.least, "maxReplicas": replicas.most}
        if replicas.least == replicas.most:
            spec["replicas"] = replicas.most
    spec.setdefault("imagePullPolicy", "IfNotPresent")
    return {
        "apiVersion": "nuclio.io/v1beta1",
        "kind": "NuclioFunction",
        "metadata": document["metadata"],
        "spec": spec,
        "status": {"state": "waitingForResourceConfiguration"},
    }


def _deployment(document: Document, *, config_is_secret: bool) -> dict[str, Any]:
    spec = document["spec"]
    replicas = Replicas.of(spec)
    rolling = {"maxUnavailable": 0, "maxSurge": 1}  # the old one serves until the new one is ready
    body: dict[str, Any] = {
        "selector": {"matchLabels": dict(selector(document))},
        "strategy": spec.get("deploymentStrategy")
        or {"type": "RollingUpdate", "rollingUpdate": rolling},
        "template": {
            "metadata": {"labels": labels(document)} | _annotations(document),
            "spec": pod_spec(document, config_is_secret=config_is_secret),
        },
    }
    patience_s = readiness_s(spec) + _OWN_WAYS_S
    if patience_s > _DEADLINE_S:  # Kubernetes' own, after which it calls the deploy a failure
        body["progressDeadlineSeconds"] = patience_s
    if not replicas.is_scaled:  # else the autoscaler's number stays through an apply
        body["replicas"] = max(replicas.least, min(replicas.most, 1))
    return _resource(document, "apps/v1", "Deployment") | {"spec": body}


def _service(document: Document) -> dict[str, Any]:
    """Port 8080, as Nuclio's service has it."""
    triggers = document["spec"].get("triggers", {}).values()
    http = [each.get("attributes", {}) for each in triggers if each.get("kind") == "http"]
    attributes = http[0] if http else {}
    kind = attributes.get("serviceType") or document["spec"].get("serviceType") or "ClusterIP"
    port: dict[str, Any] = {"name": "http", "port": HTTP_PORT, "targetPort": HTTP_PORT}
    if kind == "NodePort" and attributes.get("port") in _NODE_PORTS:
        port["nodePort"] = attributes["port"]
    body = {"type": kind, "selector": dict(selector(document)), "ports": [port]}
    return _resource(document, "v1", "Service") | {"spec": body}


def _configuration(document: Document, *, is_secret: bool) -> dict[str, Any]:
    """processor.yaml, as a Secret where it holds one."""
    text = yaml.safe_dump(_config(document), sort_keys=True, allow_unicode=True)
    kind, field = ("Secret", "stringData") if is_secret else ("ConfigMap", "data")
    resource = _resource(document, "v1", kind)
    resource["metadata"]["name"] = config_name(document)
    texts = {"processor.yaml": text}
    if is_secret:
        texts |= secret_variables(document)
    return resource | {field: texts, "immutable": True}


def _config(document: Document) -> dict[str, Any]:
    """What the processor reads, as Nuclio writes it."""
    return {**document, "PlatformConfig": None}


def _resource(document: Document, version: str, kind: str) -> dict[str, Any]:
    metadata = {
        "name": resource_name(document["metadata"]["name"]),
        "namespace": document["metadata"]["namespace"],
        "labels": labels(document),
    } | _annotations(document)
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _annotations(document: Document) -> dict[str, Any]:
    annotations = document["metadata"].get("annotations")
    return {"annotations": annotations} if annotations else {}
