"""The processor.yaml that Nuclio's dashboard writes for a function.

Enriched as it does: project, namespace, default trigger, trigger names, least resources. Keys at
their zero value are left out unless Nuclio's own structure always writes them.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from funcs.settings import Settings
from funcs.spec.body import FunctionYaml
from funcs.spec.trigger import Batch, Trigger

#: What the bare word ``python`` means to each release.
_DEFAULT_RUNTIME = {"1.14": "python:3.9", "1.15": "python:3.12"}
_PROJECT_LABEL = "nuclio.io/project-name"
_LEAST = {"cpu": "25m", "memory": "1Mi"}


def processor_config(
    file: FunctionYaml, name: str, handler: str, settings: Settings
) -> dict[str, Any]:
    """``{metadata, spec, PlatformConfig}`` as plain values, ready to be written as YAML."""
    return {
        "metadata": _metadata(file, name),
        "spec": _spec(file, handler, settings),
        "PlatformConfig": None,
    }


def _metadata(file: FunctionYaml, name: str) -> dict[str, Any]:
    metadata = _given(file.metadata)
    labels = {_PROJECT_LABEL: "default"} | metadata.get("labels", {})
    return {"namespace": "nuclio"} | metadata | {"name": name, "labels": labels}


def _spec(file: FunctionYaml, handler: str, settings: Settings) -> dict[str, Any]:
    spec = _given(file.spec)
    spec["handler"] = handler
    if file.spec.runtime in ("", "python"):
        spec["runtime"] = _DEFAULT_RUNTIME[settings.nuclio]
    spec["triggers"] = _triggers(file)
    spec["resources"] = _resources(spec.get("resources", {}))
    spec["disableDefaultHTTPTrigger"] = bool(file.spec.disable_default_http_trigger)
    for key, empty in (
        ("build", {}),
        ("platform", {}),
        ("securityContext", {}),
        ("eventTimeout", ""),
    ):
        spec.setdefault(key, empty)
    for key, other in (("minReplicas", "maxReplicas"), ("maxReplicas", "minReplicas")):
        if other in spec:
            spec.setdefault(key, spec[other])
    if settings.graph:
        attributes = spec.get("runtimeAttributes", {})
        own = (attributes.get("funcs") or {}) | {"graph": settings.graph}
        spec["runtimeAttributes"] = attributes | {"funcs": own}
    return spec


def _resources(given: dict[str, Any]) -> dict[str, Any]:
    return given | {"requests": _LEAST | given.get("requests", {})}


def _triggers(file: FunctionYaml) -> dict[str, Any]:
    triggers = {key: _trigger(key, trigger) for key, trigger in file.spec.triggers.items()}
    has_http = any(trigger.kind == "http" for trigger in file.spec.triggers.values())
    if not has_http and not file.spec.disable_default_http_trigger:
        triggers["default-http"] = _trigger("default-http", Trigger(kind="http"))
    return triggers


def _trigger(key: str, trigger: Trigger) -> dict[str, Any]:
    values = _given(trigger)
    values.pop("maxWorkers", None)
    values |= {"class": trigger.class_, "name": key, "numWorkers": trigger.workers}
    if trigger.batch.mode == "enable":
        values["batch"] = _batch(trigger.batch)
    return values


def _batch(batch: Batch) -> dict[str, Any]:
    size, timeout = batch.batch_size or 10, batch.timeout or "1s"
    return {"mode": "enable", "batchSize": size, "timeout": timeout}


def _given(part: BaseModel) -> dict[str, Any]:
    """What was written of a part, by its names in the file, without Go's zero values.

    A key that is None by default is a pointer in Go: there, zero was meant.
    """
    kept = {}
    for name, field in type(part).model_fields.items():
        value = _plain(getattr(part, name))
        if name in part.model_fields_set and (
            value or (field.default is None and value is not None)
        ):
            kept[field.alias or name] = value
    return kept | (part.model_extra or {})


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _given(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
