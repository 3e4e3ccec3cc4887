"""The pod of a function: its container, probes, security, volumes and place in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from funcs.deploy.document import Document
from funcs.deploy.kubernetes.names import config_name
from funcs.deploy.masking import masked

#: Where the processor listens: events, health.
HTTP_PORT, HEALTH_PORT = 8080, 8082
CONFIG_FOLDER = "/etc/nuclio/config/processor"
_CONFIG = "processor-config"
_READINESS_S = 120
_STARTUP_PERIOD_S = 2
#: Keys of a Nuclio spec that mean the same in a pod, by their names there.
_SAME = {
    "affinity": "affinity",
    "hostIPC": "hostIPC",
    "initContainers": "initContainers",
    "nodeName": "nodeName",
    "nodeSelector": "nodeSelector",
    "preemptionPolicy": "preemptionPolicy",
    "priorityClassName": "priorityClassName",
    "serviceAccount": "serviceAccountName",
    "tolerations": "tolerations",
}
_STRICT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod_spec(document: Document, *, config_is_secret: bool) -> dict[str, Any]:
    """The ``spec`` of the function's pods."""
    spec = document["spec"]
    volumes, mounts = _volumes(document, config_is_secret=config_is_secret)
    pod: dict[str, Any] = {
        "containers": [_container(document, mounts), *spec.get("sidecars", ())],
        "volumes": volumes,
        # events that are being handled are answered before the processor ends
        "terminationGracePeriodSeconds": 30,
    }
    pod |= {ours: spec[theirs] for theirs, ours in _SAME.items() if theirs in spec}
    if spec.get("securityContext"):
        pod["securityContext"] = spec["securityContext"]
    if secret := spec.get("imagePullSecrets"):
        pod["imagePullSecrets"] = [{"name": secret}]
    return pod


def _container(document: Document, mounts: list[dict[str, Any]]) -> dict[str, Any]:
    spec = document["spec"]
    container: dict[str, Any] = {
        "name": "function",
        "image": spec["image"],
        "env": [*_env(document), *_identity(document["metadata"]["name"])],
        "ports": [{"name": "http", "containerPort": HTTP_PORT}],
        "resources": spec.get("resources", {}),
        "volumeMounts": mounts,
        "securityContext": _STRICT,
        "startupProbe": _probe(
            "/ready",
            periodSeconds=_STARTUP_PERIOD_S,
            failureThreshold=-(-readiness_s(spec) // _STARTUP_PERIOD_S),
        ),
        "readinessProbe": _probe("/ready", periodSeconds=2, timeoutSeconds=3),
        "livenessProbe": _probe("/live", periodSeconds=5, timeoutSeconds=3, failureThreshold=6),
    }
    if spec.get("envFrom"):
        container["envFrom"] = spec["envFrom"]
    if policy := spec.get("imagePullPolicy"):
        container["imagePullPolicy"] = policy
    return container


def readiness_s(spec: Mapping[str, Any]) -> int:
    """How long a pod may take to become ready."""
    return int(spec.get("readinessTimeoutSeconds") or _READINESS_S)


def secret_variables(document: Document) -> dict[str, str]:
    """The variables whose values are secrets: they lie beside processor.yaml, in the Secret."""
    given = document["spec"].get("env", ())
    return {each["name"]: each["value"] for each in given if masked(each) != each}


def _env(document: Document) -> list[dict[str, Any]]:
    """The variables; who may look at a Deployment alone is told no secret."""
    name, secrets = config_name(document), secret_variables(document)
    return [
        _from_secret(each["name"], name) if each["name"] in secrets else each
        for each in document["spec"].get("env", ())
    ]


def _from_secret(variable: str, secret: str) -> dict[str, Any]:
    reference = {"secretKeyRef": {"name": secret, "key": variable}}
    return {"name": variable, "valueFrom": reference}


def _probe(path: str, **timing: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": HEALTH_PORT}, **timing}


def _identity(name: str) -> list[dict[str, Any]]:
    """The variables that Nuclio's own controller sets."""
    return [
        {"name": "NUCLIO_FUNCTION_NAME", "value": name},
        {"name": "NUCLIO_FUNCTION_VERSION", "value": "latest"},
        {
            "name": "NUCLIO_FUNCTION_INSTANCE",
            "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}},
        },
    ]


def _volumes(
    document: Document, *, config_is_secret: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The volumes, each once, and their mounts; the configuration comes first."""
    name = config_name(document)
    source: dict[str, Any] = {"configMap": {"name": name}}
    if config_is_secret:  # which holds variables too
        item = {"key": "processor.yaml", "path": "processor.yaml"}
        source = {"secret": {"secretName": name, "items": [item]}}
    volumes: dict[str, dict[str, Any]] = {_CONFIG: {"name": _CONFIG, **source}}
    mounts = [{"name": _CONFIG, "mountPath": CONFIG_FOLDER, "readOnly": True}]
    for pair in document["spec"].get("volumes", ()):
        volumes[pair["volume"]["name"]] = pair["volume"]
        mounts.append(pair["volumeMount"])
    return list(volumes.values()), mounts
