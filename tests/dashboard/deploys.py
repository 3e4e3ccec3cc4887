"""The functions of the emulated dashboard: stored, deployed step by step, described.

Time passes by being looked at: every GET of a function whose deploy goes on brings it a step
further, so that no test waits.
"""

from __future__ import annotations

import copy
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.dashboard.ending import IMAGES, Ending, Image, ending
from tests.dashboard.quantities import canonical
from tests.dashboard.refusal import Refusal
from tests.dashboard.rules import check_name, check_source, check_spec, check_types

PROJECT = "nuclio.io/project-name"
RESERVED = ("dashboard", "controller", "dlx", "scaler")
_PROVISIONING, _DEAD = "building", "dead"
_FIRST_PORT = 32768
_LEAST = {"cpu": "25m", "memory": "1Mi"}
_TIMED_OUT = "Timed out waiting for creation state to be set"

Document = dict[str, Any]


@dataclass
class Deployed:
    """One stored function; ``coming`` are the looks until its deploy ends, and how it does.

    ``log`` is its first replica's; ``others`` are those of more, which Kubernetes alone has.
    """

    metadata: Document
    spec: Document
    state: str = _PROVISIONING
    message: str = ""
    port: int = 0
    address: str = ""
    logs: list[Document] = field(default_factory=list)
    coming: list[Ending] = field(default_factory=list)
    log: str = ""
    others: dict[str, str] = field(default_factory=dict)

    @property
    def is_provisioning(self) -> bool:
        """Whether a deploy goes on, or hangs."""
        return self.state == _PROVISIONING

    def log_of(self, replica: str) -> str:
        """What one of its replicas wrote."""
        return self.others.get(replica, self.log)


class Deploys:
    """All functions. ``looks`` is how many GETs a deploy takes; ``hangs`` deploys never end."""

    def __init__(self, projects: dict[tuple[str, str], Document]) -> None:
        self.functions: dict[tuple[str, str], Deployed] = {}
        self.images: dict[str, Image] = dict(IMAGES)
        self.looks = 2
        self.hangs: set[str] = set()
        self.stale: list[str] = []
        self.rivals: list[Document] = []
        self.sent: list[Document] = []
        self.is_list_broken = False
        self.kind = "local"
        self.is_dead = False
        self._projects = projects
        self._ports = iter(range(_FIRST_PORT, 65536))
        self._addresses: Iterator[int] = iter(range(4, 1 << 20))

    def find(self, name: str, namespace: str) -> Deployed:
        """The function, a step further; 404 without one."""
        found = self.functions.get((namespace, name))
        if found is None:
            raise Refusal(404, "Function not found")
        was_going_on = bool(found.coming)
        self._look(found)
        if was_going_on and not found.coming and self.rivals:  # who waited for this moment
            self.update(self.rivals.pop(0), {})
        return found

    def create(self, document: Document, headers: Document) -> None:
        """POST."""
        name = check_name(document.get("metadata") or {})
        check_types(document.get("spec") or {})
        namespace = document["metadata"].get("namespace") or "nuclio"
        if (headers.get("x-nuclio-function-namespace") or "nuclio", name) in self.functions:
            raise Refusal(409, "Cannot create two functions with the same name")
        self._store(name, namespace, document, headers)

    def update(self, document: Document, headers: Document) -> None:
        """PUT: the name in the path does not count."""
        name = check_name(document.get("metadata") or {})
        namespace = document["metadata"].get("namespace") or "nuclio"
        self._store(name, namespace, document, headers)

    def delete(self, document: Document, *, force: bool) -> None:
        """DELETE, which is glad of what is not there."""
        metadata = document.get("metadata") or {}
        if not metadata.get("name"):
            raise Refusal(400, "Function name must be provided in metadata")
        key = (metadata.get("namespace") or "nuclio", metadata["name"])
        found = self.functions.get(key)
        if found is not None and found.is_provisioning and not force:
            raise Refusal(412, "Function is being provisioned and cannot be deleted")
        self.functions.pop(key, None)

    def patch(self, name: str, document: Document) -> int:
        """PATCH: deploys again and waits; an imported function stays as it was."""
        if not document.get("desiredState"):
            return 204
        wanted = document["desiredState"]
        if wanted not in ("ready", "scaledToZero"):
            raise Refusal(400, f"Unsupported desired state in patch request: {wanted}")
        found = self.find(name, "nuclio")
        if wanted == "scaledToZero":
            raise Refusal(500, None)
        if found.state != "imported":
            found.spec.pop("disable", None)
            self._begin(found, is_update=True)
            self.settle(found)
        return 202

    def restart(self) -> None:
        """The dashboard's process ends and starts again: what it kept in memory is gone."""
        self.is_dead = False
        for found in self.functions.values():
            found.logs = []

    def kill(self, name: str) -> None:
        """The function's container ends, and the watcher sees it."""
        found = self.functions["nuclio", name]
        found.state, found.message = "unhealthy", "Function is not healthy"

    def revive(self, name: str) -> None:
        """The container is started again by hand, and the watcher sees that too."""
        found = self.functions["nuclio", name]
        found.state, found.message = "ready", ""

    def settle(self, found: Deployed) -> None:
        """Let a deploy end at once."""
        while found.coming:
            self._look(found)

    def _store(self, name: str, namespace: str, document: Document, headers: Document) -> None:
        existing = self.functions.get((namespace, name))
        found = self._checked(name, namespace, document, headers, existing)
        self.sent.append(copy.deepcopy(document))
        if existing is not None:
            found.port, found.address = existing.port, existing.address
        if "/" in name:
            self.is_list_broken = True
            self.hangs.add(name)
        self.functions[namespace, name] = found
        self._begin(found, is_update=existing is not None)
        if headers.get("x-nuclio-wait-function-action") == "true":
            self.settle(found)
        if headers.get("x-nuclio-creation-state-updated-timeout") == "1ms":
            raise Refusal(500, _TIMED_OUT)

    def _checked(
        self,
        name: str,
        namespace: str,
        document: Document,
        headers: Document,
        existing: Deployed | None,
    ) -> Deployed:
        """What is stored, or a refusal, in the dashboard's order."""
        if name in RESERVED:
            raise Refusal(412, f"Function name {name} is reserved and cannot be used.")
        if document.get("spec") is None:
            raise Refusal(500, _TIMED_OUT)
        metadata, spec = _enriched(document, namespace, headers)
        check_spec(spec)
        if (namespace, metadata["labels"][PROJECT]) not in self._projects:
            raise Refusal(412, "Project does not exist")
        if existing is not None and existing.is_provisioning:
            what = "Function cannot be updated when existing function is being provisioned"
            raise Refusal(412, what)
        if document["metadata"].get("resourceVersion"):
            raise Refusal(409, "Function resource version is stale")
        check_source(spec, is_new=existing is None)
        _fetch_archive(spec)
        return Deployed(metadata, spec)

    def _kills(self, spec: Document) -> bool:
        """Whether the dashboard dies of the image, once it looks for its health."""
        image = self.images.get(spec.get("image", ""))
        return image is not None and not image.has_healthcheck and self.kind == "local"

    def _begin(self, found: Deployed, *, is_update: bool) -> None:
        name = found.metadata["name"]
        found.state, found.message = _PROVISIONING, ""
        found.logs = list(_first_logs(found, is_update=is_update))
        last = ending(name, found.spec, self.images)
        annotations = found.metadata.get("annotations", {})
        if annotations.get("skip-deploy") == "true":
            last = Ending("imported")
        found.coming = [Ending(_PROVISIONING)] * (self.looks - 1) + [last]
        if name in self.hangs:
            found.coming = []
        if self._kills(found.spec):
            found.coming = [Ending(_PROVISIONING), Ending(_DEAD)]
        found.log = self.stale.pop(0) if self.stale else _container_log(found.spec)

    def _look(self, found: Deployed) -> None:
        """Let a step of time pass."""
        if not found.coming:
            return
        step = found.coming.pop(0)
        if step.state == _DEAD:
            self.is_dead, found.logs = True, []
            return
        found.state, found.message = step.state, step.message
        if step.state == "ready":
            self._publish(found)
        if step.state != _PROVISIONING:
            found.logs += _last_logs(found, step)
        if step.state == "imported":
            found.metadata.pop("annotations")

    def _publish(self, found: Deployed) -> None:
        fixed = [
            trigger.get("attributes", {}).get("port") for trigger in found.spec["triggers"].values()
        ]
        kept = max(found.port, 0)
        found.port = next(filter(None, fixed), kept) or next(self._ports)
        found.address = f"172.17.0.{next(self._addresses) % 250}:8080"
        build = found.spec["build"]
        if build.get("functionSourceCode") or build.get("path"):
            found.spec["image"] = f"nuclio/processor-{found.metadata['name']}:latest"
            build["timestamp"] = int(time.time())
            if build.get("functionSourceCode"):
                build["codeEntryType"] = "sourceCode"
        if found.spec.get("disable"):
            found.port, found.address = -1, ":8080"


def described(found: Deployed) -> Document:
    """A function as a GET answers it."""
    status: Document = {"state": found.state}
    if found.message and found.state != _PROVISIONING:
        status["message"] = found.message
    if found.logs:
        status["logs"] = found.logs
    if found.state in ("ready", "unhealthy"):
        status |= {
            "httpPort": found.port,
            "internalInvocationUrls": [found.address],
            "externalInvocationUrls": [f"127.0.0.1:{found.port}"],
        }
    return {"metadata": found.metadata, "spec": found.spec, "status": status}


def exported(found: Deployed) -> Document:
    """A function as an export has it."""
    metadata = {key: part for key, part in found.metadata.items() if key != "namespace"}
    annotations = {
        "nuclio.io/previous-state": found.state,
        "skip-build": "true",
        "skip-deploy": "true",
    }
    return {"metadata": metadata | {"annotations": annotations}, "spec": found.spec}


def _enriched(document: Document, namespace: str, headers: Document) -> tuple[Document, Document]:
    metadata, spec = copy.deepcopy((document["metadata"], document["spec"]))
    metadata["namespace"] = namespace
    project = headers.get("x-nuclio-project-name") or "default"
    metadata["labels"] = {PROJECT: project} | metadata.get("labels", {})
    metadata.pop("resourceVersion", None)
    spec = {key: value for key, value in spec.items() if value not in ("", None)}
    has_http = any(each.get("kind") == "http" for each in spec.get("triggers", {}).values())
    if not has_http and not spec.get("disableDefaultHTTPTrigger"):
        default = {"default-http": {"kind": "http", "name": "default-http", "numWorkers": 1}}
        spec["triggers"] = spec.get("triggers", {}) | default
    spec["triggers"] = {
        key: {"class": "", "name": key, "numWorkers": 1}
        | {name: value for name, value in trigger.items() if value not in ({}, None)}
        for key, trigger in spec.get("triggers", {}).items()
    }
    given = {key: canonical(part) for key, part in spec.get("resources", {}).items()}
    spec["resources"] = given | {"requests": _LEAST | given.get("requests", {})}
    if spec.get("runtime") == "python":
        spec["runtime"] = "python:3.9"
    build = spec.get("build", {}) | {"noBaseImagesPull": True, "offline": True}
    always: Document = {"platform": {}, "securityContext": {}, "eventTimeout": ""}
    return metadata, always | {"disableDefaultHTTPTrigger": False} | spec | {"build": build}


def _fetch_archive(spec: Document) -> None:
    """The dashboard fetches the archive before it answers."""
    build = spec["build"]
    if build.get("codeEntryType") != "archive":
        return
    headers = build.get("codeEntryAttributes", {}).get("headers", {})
    request = urllib.request.Request(build["path"], headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        what = f"Failed to download file. Received an unexpected status code: {error.code}"
        raise Refusal(500, what) from None
    except OSError as error:
        raise Refusal(500, str(error)) from None


def _first_logs(found: Deployed, *, is_update: bool) -> Iterator[Document]:
    name, build = found.metadata["name"], found.spec["build"]
    yield _log("Deploying function", name=name)
    if build.get("functionSourceCode") or build.get("path"):
        yield _log("Building", name=name, builderKind="docker")
        yield _log("Staging files and preparing base images", name="deployer")
        image = f"nuclio/processor-{name}:latest"
        yield _log("Building processor image", name="deployer", taggedImageName=image)
        return
    yield _log("Skipping build", name=name)
    yield _log("Cleaning up before deployment", name="deployer", functionName=name)
    if found.spec.get("disable"):
        yield _log("Disabling function", name="deployer", functionName=name)
    elif is_update:
        what = "Function already exists, deleting function containers"
        yield _log(what, name="deployer", functionName=name)


def _last_logs(found: Deployed, end: Ending) -> Iterator[Document]:
    name, build = found.metadata["name"], found.spec["build"]
    if end.is_built and (build.get("functionSourceCode") or build.get("path")):
        yield _log("Build complete", name="deployer", image=f"nuclio/processor-{name}:latest")
        yield _log("Cleaning up before deployment", name="deployer", functionName=name)
    if found.state == "error":
        what = "Failed to create a function; setting the function status"
        yield _log(what, level="warn", name="deployer", err=found.message)
        return
    urls = [f"127.0.0.1:{found.port}"] if found.state == "ready" else []
    yield _log(
        "Function deploy complete",
        name="deployer",
        functionName=name,
        externalInvocationURLs=urls,
    )


def _log(message: str, level: str = "info", **fields: object) -> Document:
    return {"level": level, "message": message, "time": time.time() * 1000, **fields}


def _container_log(spec: Document) -> str:
    """What a processor that read this configuration writes first."""
    import json

    config = json.dumps({"spec": spec}, indent=4)
    return (
        f"26.11.23 13:36:40.778 (D) processor Read configuration {json.dumps({'config': config})}\n"
    )
