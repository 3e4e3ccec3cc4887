"""The function as Nuclio is told it: function.yaml, what the command adds, and our settings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from funcs.deploy.plan import DEPLOY_ID, PLAN_ANNOTATION, deploy_id
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec

PROJECT_LABEL = "nuclio.io/project-name"
#: The annotation with the digest of the image, which a tag alone does not say.
IMAGE_ANNOTATION = "funcs/image"
_SETTINGS = "FUNCS_CONFIG"
#: Annotations of an exported function, which would keep it from being deployed.
_OF_AN_EXPORT = frozenset({"skip-build", "skip-deploy", "nuclio.io/previous-state"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Additions:
    """What the command line adds to a function: variables, and folders of the host (from, to)."""

    env: Mapping[str, str] = field(default_factory=dict)
    volumes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, env: list[str], volumes: list[str]) -> Additions:
        """Those written as ``K=V`` and ``/from:/to``.

        Raises:
            DeployError: one of them is written otherwise.
        """
        return cls(dict(map(_variable, env)), tuple(map(_volume, volumes)))


def function_document(spec: FunctionSpec, target: Target, additions: Additions) -> Document:
    """``{metadata, spec}`` without an image, a build or a stamp: what every deploy has alike."""
    whole = spec.processor_yaml()
    metadata = dict(whole["metadata"])
    labels = metadata["labels"] | {PROJECT_LABEL: target.project}
    metadata |= {"name": spec.name, "namespace": target.namespace, "labels": labels}
    metadata.pop("resourceVersion", None)  # a dashboard without versions answers 409 to any
    annotations = metadata.pop("annotations", {})
    if kept := {key: text for key, text in annotations.items() if key not in _OF_AN_EXPORT}:
        metadata["annotations"] = kept
    body = {key: value for key, value in whole["spec"].items() if _says_something(value)}
    body.pop("build", None)
    body["env"] = _env(spec, additions)
    volumes = [*body.get("volumes", ()), *_host_folders(additions)]
    if volumes:
        body["volumes"] = volumes
    return {"metadata": metadata, "spec": {k: v for k, v in body.items() if v != []}}


def with_image(document: Document, image: str, digest: str) -> Document:
    """The document with a finished image, and no word of a build."""
    metadata = dict(document["metadata"])
    if digest:
        metadata["annotations"] = metadata.get("annotations", {}) | {IMAGE_ANNOTATION: digest}
    return {"metadata": metadata, "spec": document["spec"] | {"image": image}}


def stamped(document: Document, digest: str) -> Document:
    """The document as it is sent: it carries the plan's digest, and the deploy's id for its env."""
    metadata, spec = document["metadata"], document["spec"]
    annotations = metadata.get("annotations", {}) | {PLAN_ANNOTATION: digest}
    env = [*spec.get("env", ()), {"name": DEPLOY_ID, "value": deploy_id(digest)}]
    return {
        "metadata": metadata | {"annotations": annotations},
        "spec": spec | {"env": env},
    }


def _says_something(value: object) -> bool:
    """Whether it is more than Go's zero value; 0 is, where function.yaml says it."""
    return value is not False and value not in ("", [], {})


def _env(spec: FunctionSpec, additions: Additions) -> list[Document]:
    """Each variable once: the command line's win, and stand where function.yaml's stood."""
    given = {each["name"]: each for each in spec.processor_yaml()["spec"].get("env", ())}
    given |= {name: {"name": name, "value": value} for name, value in additions.env.items()}
    own = dict(spec.spec.runtime_attributes.get("funcs") or {})
    if spec.is_graph:
        own["graph"] = spec.settings.graph
    if own and _SETTINGS not in given:
        # Nuclio's local platform puts variables between quotes it does not escape, and Kubernetes
        # reads $(NAME) and $$ in them
        text = (
            json.dumps(own, separators=(",", ":")).replace("'", "\\u0027").replace("$", "\\u0024")
        )
        given[_SETTINGS] = {"name": _SETTINGS, "value": text}
    given.pop(DEPLOY_ID, None)
    return list(given.values())


def _host_folders(additions: Additions) -> list[Document]:
    pairs = []
    for number, (source, place) in enumerate(additions.volumes):
        name = f"host-{number}"
        volume = {"name": name, "hostPath": {"path": source}}
        pairs.append({"volume": volume, "volumeMount": {"name": name, "mountPath": place}})
    return pairs


def _variable(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not _VARIABLE.fullmatch(name):
        # what comes after the sign may be a secret
        what = f"{name!r} cannot be a variable's name" if sign else f"{name!r} sets no variable"
        raise DeployError(what, where="--env", fix="write -e NAME=VALUE")
    if "\0" in value or not _is_text(value):
        raise DeployError(f"the value of {name} is not text", where="--env", fix="encode it")
    return name, value


def _volume(text: str) -> tuple[str, str]:
    source, _, place = text.rpartition(":")
    if not _is_text(text) or not source.startswith("/") or not place.startswith("/"):
        fix = "write --volume /folder/here:/folder/there, both from the root"
        raise DeployError(f"{text!r} is no volume", where="--volume", fix=fix)
    return source, place


def _is_text(text: str) -> bool:
    """Whether it can be sent as UTF-8; arguments of other bytes come as half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
