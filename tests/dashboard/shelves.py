"""Projects and function events of the emulated dashboard: what is only stored."""

from __future__ import annotations

import re
import uuid
from typing import Any

from tests.dashboard.deploys import PROJECT, Deploys, exported
from tests.dashboard.refusal import Refusal

Document = dict[str, Any]
FUNCTION = "nuclio.io/function-name"
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_BAD_LABEL = (
    "Project name must adhere to Kubernetes naming conventions. Errors: a lowercase RFC 1123 label "
    "must consist of lower case alphanumeric characters or '-', and must start and end with an "
    "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_STAMP = {"updatedAt": "2026-11-23T13:24:39.604817817Z"}


class Projects:
    """The projects by namespace and name."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Document] = {}
        self.write({"metadata": {"name": "default"}})

    def write(self, document: Document) -> Document:
        """POST and PUT: one that is there is written over."""
        name, namespace = _name(document)
        if not _LABEL.fullmatch(name):
            raise Refusal(400, _BAD_LABEL)
        metadata = {"name": name, "namespace": namespace}
        made = {"metadata": metadata, "spec": document.get("spec") or {}, "status": _STAMP}
        self.stored[namespace, name] = made
        return made

    def find(self, name: str, namespace: str) -> Document:
        """One of them."""
        if (namespace, name) not in self.stored:
            raise Refusal(404, "Project not found")
        return self.stored[namespace, name]

    def export(self, name: str, namespace: str, deploys: Deploys) -> Document:
        """A project with all that is in it."""
        project = self.find(name, namespace)
        functions = {
            each.metadata["name"]: exported(each)
            for each in deploys.functions.values()
            if each.metadata["labels"][PROJECT] == name
        }
        bare = {"metadata": {"name": name}, "spec": project["spec"], "status": project["status"]}
        empty: Document = {"apiGateways": {}, "functionEvents": {}}
        return {**empty, "functions": functions, "project": bare}

    def delete(self, document: Document, strategy: str, deploys: Deploys) -> None:
        """DELETE: with what is in it only where the strategy says so."""
        name, namespace = _name(document)
        if name == "default":
            raise Refusal(412, "Cannot delete the default project")
        inside = [
            key
            for key, each in deploys.functions.items()
            if each.metadata["labels"][PROJECT] == name
        ]
        if inside and strategy != "cascading":
            raise Refusal(412, "Project contains functions")
        for key in inside:
            del deploys.functions[key]
        if strategy != "check" and self.stored.pop((namespace, name), None) is None:
            raise Refusal(404, "Not Found")


class Events:
    """The saved test events by name."""

    def __init__(self, deploys: Deploys) -> None:
        self.stored: dict[str, Document] = {}
        self._deploys = deploys

    def write(self, document: Document, *, is_new: bool) -> Document:
        """POST and PUT."""
        metadata = document.get("metadata") or {}
        function = metadata.get("labels", {}).get(FUNCTION)
        if not function:
            raise Refusal(500, f"Function event has a missing label - `{FUNCTION}`")
        name = metadata.get("name") or str(uuid.uuid4())
        if not is_new and name not in self.stored:
            raise Refusal(500, None)
        project = self._deploys.functions["nuclio", function].metadata["labels"][PROJECT]
        labels = metadata["labels"] | {PROJECT: project}
        metadata = metadata | {"name": name, "labels": labels}
        spec = document.get("spec") or {}
        plain = {"headers": {"Content-Type": "text/plain"}, "method": "", "path": ""}
        spec = spec | {"attributes": plain | spec.get("attributes", {})}
        self.stored[name] = {"metadata": metadata, "spec": spec}
        return self.stored[name]

    def find(self, name: str) -> Document:
        """One of them."""
        if name not in self.stored:
            raise Refusal(404, "Function event not found")
        return self.stored[name]

    def delete(self, document: Document) -> None:
        """DELETE: one that is not there is an error without words."""
        if self.stored.pop((document.get("metadata") or {}).get("name", ""), None) is None:
            raise Refusal(404, "")


def _name(document: Document) -> tuple[str, str]:
    metadata = document.get("metadata") or {}
    if not metadata.get("name"):
        raise Refusal(400, "Project name must be provided in metadata")
    return metadata["name"], metadata.get("namespace") or "nuclio"
