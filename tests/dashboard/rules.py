"""What the emulated dashboard refuses of a function before it stores a state (Nuclio 1.14)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from tests.dashboard.refusal import Refusal

_QUALIFIED = re.compile(r"([a-z0-9.-]+/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_IMAGE = re.compile(r"[a-z0-9.:/_@-]+(:[\w.-]+)?")
_BUILDABLE = ("python", "python:3.9", "python:3.10", "python:3.11")
_BAD_NAME = (
    "Function name doesn't conform to k8s naming convention. Errors: name part must consist of "
    "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_NOTHING = (
    "Function must have either spec.build.path,spec.build.functionSourceCode, spec.build.image or "
    "spec.image set in order to create"
)


def check_name(metadata: dict[str, Any]) -> str:
    """The function's name, or a refusal."""
    name = metadata.get("name")
    if not name:
        raise Refusal(400, "Function name must be provided in metadata")
    if not _QUALIFIED.fullmatch(name):
        raise Refusal(400, _BAD_NAME)
    return str(name)


def check_types(spec: dict[str, Any]) -> None:
    """What Go's decoder refuses."""
    if not isinstance(spec.get("env", []), list):
        kind = "object" if isinstance(spec["env"], dict) else "string"
        what = f"json: cannot unmarshal {kind} into Go struct field"
        raise Refusal(400, f"{what} Spec.spec.env of type []v1.EnvVar")


def check_spec(spec: dict[str, Any]) -> None:
    """The rules about triggers, replicas, volumes and images, in the dashboard's order."""
    if "image" in spec and not _IMAGE.fullmatch(spec["image"]):
        raise Refusal(400, "Invalid Spec.Image passed")
    _check_triggers(spec.get("triggers", {}))
    least, most = spec.get("minReplicas"), spec.get("maxReplicas")
    if least is not None and most is not None and least > most:
        raise Refusal(400, "Min replicas must be less than or equal to max replicas")
    for pair in spec.get("volumes", ()):
        if pair["volume"]["name"] != pair["volumeMount"]["name"]:
            raise Refusal(400, "Volume and volume mount must have the same name")


def _check_triggers(triggers: dict[str, Any]) -> None:
    if sum(each.get("kind") == "http" for each in triggers.values()) > 1:
        raise Refusal(400, "There's more than one http trigger (unsupported)")
    for key, trigger in triggers.items():
        if trigger.get("name", key) != key:
            raise Refusal(400, f"Trigger key and name mismatch ({key} != {trigger['name']})")
        if (workers := trigger.get("numWorkers", 1)) > 100_000:
            what = f"NumWorkers value for a trigger ({workers}) exceeds the limit of 100000"
            raise Refusal(400, what)


def check_source(spec: dict[str, Any], *, is_new: bool) -> None:
    """What the builder refuses at once."""
    build = spec.get("build", {})
    source = build.get("functionSourceCode")
    if build.get("mode") == "neverBuild" and is_new:
        raise Refusal(500, "Non existing function cannot be created with neverBuild mode")
    if source:
        if spec.get("runtime") not in _BUILDABLE:
            raise Refusal(500, f"Unsupported runtime name: {spec.get('runtime')}")
        try:
            base64.b64decode(source, validate=True)
        except binascii.Error:
            raise Refusal(500, "illegal base64 data at input byte 0") from None
        return
    if build.get("path"):
        return
    if not spec.get("image"):
        raise Refusal(500, _NOTHING)
    if not spec.get("runtime"):
        raise Refusal(500, "If image is passed, runtime must be specified")
