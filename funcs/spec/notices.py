"""What a person should read once about a valid function: assumptions, and what is old or idle."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from funcs.spec.body import FunctionYaml
from funcs.spec.entry import Entry
from funcs.spec.name import is_portable

#: Keys of spec that only a cluster gives meaning to; kept for deploy, idle in the emulator.
_CLUSTER_KEYS = frozenset(
    {
        "affinity", "autoScaleMetrics", "customScalingMetricSpecs", "dataBindings",
        "deploymentStrategy", "devices", "envFrom", "hostIPC", "imagePullPolicy",
        "imagePullSecrets", "initContainers", "loggerSinks", "maxReplicas", "minReplicas",
        "nodeName", "nodeSelector", "preemptionMode", "preemptionPolicy", "priorityClassName",
        "replicas", "resources", "runRegistry", "scaleToZero", "securityContext", "serviceAccount",
        "serviceType", "sidecars", "targetCPU", "tolerations", "volumes",
        "waitReadinessTimeoutBeforeFailure",
    }
)  # fmt: skip


def notices(yaml: FunctionYaml, file: Path | None, name: str, entry: Entry | None) -> Iterator[str]:
    """The sentences, in the order in which they matter."""
    if entry is not None:
        what = f"handler {entry.handler}" if entry.handler else f"graph {entry.graph}"
        why = "no function.yaml" if file is None else f"{file.name} names no handler"
        yield f"{why}: serving the {what}"
    if not yaml.metadata.name:
        yield f"the function is called {name!r}, after its folder"
    elif not is_portable(name):
        yield f"Kubernetes will refuse the name {name!r}: it takes lower case, digits and '-'"
    yield from _runtime(yaml.spec.runtime)
    yield from _triggers(yaml)
    yield from _idle(yaml)


def _runtime(runtime: str) -> Iterator[str]:
    here = f"python:{sys.version_info.major}.{sys.version_info.minor}"
    if runtime not in ("", "python", here):
        yield f"runtime is {runtime!r}; here the function runs on {here!r}"


def _triggers(yaml: FunctionYaml) -> Iterator[str]:
    for key, trigger in yaml.spec.triggers.items():
        if trigger.max_workers:
            yield f"trigger {key!r}: maxWorkers is old, write numWorkers"
        if trigger.batch.mode == "enable" and trigger.kind != "http":
            yield f"trigger {key!r}: only http batches, {trigger.kind} brings single events"
        if trigger.mode == "async" and trigger.kind != "http":
            yield f"trigger {key!r}: only http has mode: async, {trigger.kind} brings single events"


def _idle(yaml: FunctionYaml) -> Iterator[str]:
    fields = type(yaml.spec).model_fields
    given = [fields[name].alias or name for name in yaml.spec.model_fields_set]
    if idle := sorted(_CLUSTER_KEYS.intersection(given)):
        yield f"kept for the deployment, without effect here: {', '.join(idle)}"
