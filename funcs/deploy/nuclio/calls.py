"""The calls of Nuclio's dashboard that deploys are made of (REST API of 1.14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from funcs.deploy.document import PROJECT_LABEL, Document
from funcs.deploy.errors import UnreachableError
from funcs.deploy.nuclio.call import Call, Order
from funcs.deploy.nuclio.status import Function, Gateway


def _no_dashboard(action: str, wanted: str) -> UnreachableError:
    """The error for an answer that says 200 and holds something else."""
    fix = "check --url: something else may answer there"
    return UnreachableError(f"could not {action}: no {wanted} came back", fix=fix)


class GetPlatformKind(Call[str]):
    """``local`` (Docker) or ``kube``; empty where an old dashboard does not say."""

    action = "ask the dashboard what it runs on"
    method, path = "GET", "/api/frontend_spec"
    timeout_s = 20.0

    def result(self, status: int, document: Any) -> str:
        """Its own word."""
        return str(document.get("platformKind", "")) if isinstance(document, dict) else ""


class GetProject(Call[bool]):
    """Whether a project is there."""

    method, wanted = "GET", frozenset({200, 404})

    def __init__(self, name: str, namespace: str) -> None:
        self.action = f"look for project {name!r}"
        self.path = f"/api/projects/{quote(name, safe='')}"
        self._namespace = namespace

    @property
    def headers(self) -> Mapping[str, str]:
        """The namespace it is looked for in."""
        return {"x-nuclio-project-namespace": self._namespace}

    def result(self, status: int, document: Any) -> bool:
        """Whether it is."""
        return status == 200


class CreateProject(Order):
    """Makes a project; one that is there already stays (409) or is written anew."""

    method, path = "POST", "/api/projects"
    wanted = frozenset({201, 202, 409})

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.action = f"make project {document['metadata']['name']!r}"
        self._document = document

    @property
    def body(self) -> Any:
        """``{metadata, spec}``."""
        return self._document


class _FunctionCall:
    """What calls about functions have alike: the namespace in a header."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    @property
    def headers(self) -> Mapping[str, str]:
        """The namespace."""
        return {"x-nuclio-function-namespace": self._namespace}


class GetFunction(_FunctionCall, Call[Function | None]):
    """A function with its state; None where there is none."""

    method, wanted = "GET", frozenset({200, 404})
    timeout_s = 30.0

    def __init__(self, name: str, namespace: str) -> None:
        super().__init__(namespace)
        self._name = name
        self.action = f"look at function {name!r}"
        self.path = f"/api/functions/{quote(name, safe='')}"

    def result(self, status: int, document: Any) -> Function | None:
        """The function.

        Raises:
            UnreachableError: the answer describes none.
        """
        if status != 200:
            return None
        function = Function.described(document)
        if function is None or function.name != self._name:
            raise _no_dashboard(self.action, "function")
        return function


class ListFunctions(_FunctionCall, Call[tuple[Function, ...]]):
    """All functions of a namespace, by name; of one project where one is named."""

    action = "list the functions"
    method, path = "GET", "/api/functions"

    def __init__(self, namespace: str, project: str = "") -> None:
        super().__init__(namespace)
        self._project = project

    @property
    def headers(self) -> Mapping[str, str]:
        """The namespace and the project."""
        project = {"x-nuclio-project-name": self._project} if self._project else {}
        return {**super().headers, **project}

    def result(self, status: int, document: Any) -> tuple[Function, ...]:
        """In the order of their names.

        Raises:
            UnreachableError: the answer is no map of functions.
        """
        if not isinstance(document, dict):
            raise _no_dashboard(self.action, "functions")
        found = [Function.described(document[name]) for name in sorted(document)]
        if None in found:
            raise _no_dashboard(self.action, "functions")
        return tuple(filter(None, found))


class _SendFunction(_FunctionCall, Order):
    """What creating and updating have alike."""

    wanted = frozenset({202})

    def __init__(self, document: Document) -> None:
        super().__init__(document["metadata"]["namespace"])
        self._document = document
        self._name = document["metadata"]["name"]

    @property
    def headers(self) -> Mapping[str, str]:
        """The namespace, and the project as nuctl's users set it."""
        project = self._document["metadata"].get("labels", {}).get(PROJECT_LABEL, "default")
        return {**super().headers, "x-nuclio-project-name": project}

    @property
    def body(self) -> Any:
        """``{metadata, spec}``."""
        return self._document


class CreateFunction(_SendFunction):
    """Deploys a function that is not there; 409 where it is."""

    method, path = "POST", "/api/functions"

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.action = f"create function {self._name!r}"


class UpdateFunction(_SendFunction):
    """Deploys a function anew; its whole spec is replaced. 412 while another deploy goes on."""

    method = "PUT"

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.action = f"update function {self._name!r}"
        self.path = f"/api/functions/{quote(self._name, safe='')}"


class DeleteFunction(_FunctionCall, Order):
    """Removes a function; one that is not there too. ``force``: though a deploy goes on."""

    method, path = "DELETE", "/api/functions"

    def __init__(
        self, name: str, namespace: str, *, force: bool = False, gateways: bool = False
    ) -> None:
        super().__init__(namespace)
        self.action = f"delete function {name!r}"
        self._flags = {
            "x-nuclio-delete-function-ignore-state-validation": force,
            "x-nuclio-delete-function-with-api-gateways": gateways,
        }
        self._metadata = {"name": name, "namespace": namespace}

    @property
    def headers(self) -> Mapping[str, str]:
        """The namespace and the flags that are set."""
        return {**super().headers, **{key: "true" for key, is_set in self._flags.items() if is_set}}

    @property
    def body(self) -> Any:
        """The name; in the path it would be a 405."""
        return {"metadata": self._metadata}


class GetReplicas(_FunctionCall, Call[tuple[str, ...]]):
    """The names of a function's containers or pods."""

    method = "GET"

    def __init__(self, name: str, namespace: str) -> None:
        super().__init__(namespace)
        self.action = f"list the replicas of {name!r}"
        self.path = f"/api/functions/{quote(name, safe='')}/replicas"

    def result(self, status: int, document: Any) -> tuple[str, ...]:
        """Their names."""
        names = document.get("names") if isinstance(document, dict) else None
        return tuple(str(each) for each in names or ())


class GetLogs(_FunctionCall, Call[str]):
    """What one replica wrote so far; ``since`` is a duration as Go writes it."""

    method = "GET"
    is_text = True  # a function may log JSON, even a single line of it

    def __init__(
        self,
        name: str,
        namespace: str,
        replica: str,
        *,
        tail: int = 0,
        since: str = "",
        follow: bool = False,
    ) -> None:
        super().__init__(namespace)
        self.timeout_s = None if follow else 60.0
        self.action = f"read the log of {replica!r}"
        query = {"follow": "true" if follow else "false", "since": since, "tailLines": tail or ""}
        given = urlencode({key: value for key, value in query.items() if value})
        place = f"{quote(name, safe='')}/logs/{quote(replica, safe='')}"
        self.path = f"/api/functions/{place}?{given}"

    def result(self, status: int, document: Any) -> str:
        """The text, with its colours."""
        return str(document)


class FindGateway(Call[Gateway | None]):
    """An API gateway with its state; None where there is none."""

    action = "list the API gateways"
    method, path = "GET", "/api/api_gateways"

    def __init__(self, name: str, namespace: str) -> None:
        self._name = name
        self._namespace = namespace

    @property
    def headers(self) -> Mapping[str, str]:
        """The namespace."""
        return {"x-nuclio-api-gateway-namespace": self._namespace}

    def result(self, status: int, document: Any) -> Gateway | None:
        """The one of that name."""
        found = document.get(self._name) if isinstance(document, dict) else None
        return Gateway.from_document(found) if isinstance(found, dict) else None


class SendGateway(Order):
    """Makes an API gateway, or replaces one; 501 where the platform has none."""

    def __init__(self, document: Document, *, is_there: bool) -> None:
        name, namespace = document["metadata"]["name"], document["metadata"]["namespace"]
        self.action = f"set API gateway {name!r}"
        self.method = "PUT" if is_there else "POST"
        self.path = "/api/api_gateways"
        if is_there:
            self.path += f"/{quote(name, safe='')}"
        self._namespace = namespace
        self._document = document

    @property
    def headers(self) -> Mapping[str, str]:
        """The namespace."""
        return {"x-nuclio-api-gateway-namespace": self._namespace}

    @property
    def body(self) -> Any:
        """``{metadata, spec}``."""
        return self._document
