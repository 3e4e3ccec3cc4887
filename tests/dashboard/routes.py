"""Which request of the emulated dashboard goes where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.dashboard.deploys import PROJECT, described, exported
from tests.dashboard.frontend import recorded_frontend
from tests.dashboard.invocations import invoke
from tests.dashboard.refusal import Refusal
from tests.dashboard.shelves import FUNCTION

if TYPE_CHECKING:
    from tests.dashboard.server import EmulatedDashboard

_JSON = ("Content-Type", "application/json")
_COLLECTION = ["GET", "PUT", "GET", "POST", "DELETE", "GET"]
#: The Allow lines of paths that take other methods, as recorded.
_ALLOWED = {
    "/api/function_events/*": ["GET"],
    "/api/versions": ["GET", "GET"],
    "/api/functions/*": ["GET", "PUT", "PATCH"],
    "/api/functions": _COLLECTION,
    "/api/function_invocations": ["PATCH", "OPTIONS", "GET", "POST", "PUT", "DELETE"],
}
_PREFLIGHT = [
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Headers", "X-Nuclio-Project-Name"),
    ("Access-Control-Allow-Methods", "POST"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Max-Age", "300"),
]


@dataclass(frozen=True)
class Request:
    """One request as it came; ``target`` holds the query too."""

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def namespace(self) -> str:
        """The namespace that a header names."""
        return self.headers.get("x-nuclio-function-namespace") or "nuclio"

    def document(self) -> dict[str, Any]:
        """The body as an object."""
        try:
            value: dict[str, Any] = json.loads(self.body)
        except ValueError:
            raise Refusal(400, "unexpected end of JSON input") from None
        return value


@dataclass
class Answer:
    """What goes back; a ``stream`` goes on for as long as it yields."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    stream: Iterator[bytes] | None = None

    @classmethod
    def json(cls, status: int, value: object) -> Answer:
        """One with an object."""
        body = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        return cls(status, body, [_JSON, ("Vary", "Origin")])


def route(dashboard: EmulatedDashboard, request: Request) -> Answer | None:
    """The answer; None where the dashboard dies of it."""
    path = request.path.rstrip("/")
    if path.startswith("/api/function_invocations") and request.method != "HEAD":
        return invoke(dashboard, request)
    if request.method == "OPTIONS":
        return Answer(200, b"", list(_PREFLIGHT))
    resource, _, rest = path.removeprefix("/api/").partition("/")
    handle = _RESOURCES.get(resource) if path.startswith("/api/") else None
    if handle is None:
        return Answer(404, b"404 page not found\n", [("Content-Type", "text/plain; charset=utf-8")])
    answer = handle(dashboard, request, rest)
    return None if dashboard.deploys.is_dead else answer or _not_allowed(path)


def _not_allowed(path: str) -> Answer:
    known = path if path in _ALLOWED else re.sub(r"/[^/]+$", "/*", path)
    return Answer(405, b"", [("Allow", method) for method in _ALLOWED.get(known, ())])


def _functions(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    deploys, method = dashboard.deploys, request.method
    name, _, inner = rest.partition("/")
    if inner:
        return _inside(dashboard, request, name, inner)
    if method == "POST" and not name:
        deploys.create(request.document(), request.headers)
        return _done(202)
    if method == "PUT" and name:
        deploys.update(request.document(), request.headers)
        return _done(202)
    if method == "PATCH" and name:
        return Answer(deploys.patch(name, request.document()))
    if method == "DELETE" and not name:
        flag = request.headers.get("x-nuclio-delete-function-ignore-state-validation")
        deploys.delete(request.document(), force=flag == "true")
        return _done(204)
    return _described(dashboard, request, name) if method == "GET" else None


def _done(status: int) -> Answer:
    return Answer(status, b"", [_JSON] if status == 202 else [])


def _described(dashboard: EmulatedDashboard, request: Request, name: str) -> Answer | None:
    deploys = dashboard.deploys
    if name:
        found = deploys.find(name, request.namespace)
        if deploys.is_dead:
            return None
        is_export = request.query.get("export") == "true"
        return Answer.json(200, exported(found) if is_export else described(found))
    if deploys.is_list_broken:
        raise Refusal(500, "exit status 1")
    project = request.headers.get("x-nuclio-project-name")
    found_all = {
        key[1]: described(each)
        for key, each in sorted(deploys.functions.items())
        if key[0] == request.namespace and project in (None, each.metadata["labels"][PROJECT])
    }
    return Answer.json(200, found_all)


def _inside(dashboard: EmulatedDashboard, request: Request, name: str, inner: str) -> Answer:
    found = dashboard.deploys.find(name, request.namespace)
    replica = f"nuclio-{request.namespace}-{name}"
    if inner == "replicas":
        return Answer.json(200, {"names": [replica, *found.others]})
    asked = inner.partition("/")[2]
    if asked not in (replica, *found.others):
        raise Refusal(400, f"{asked} replica does not belong to function {name}")
    log = found.log_of(asked)
    lines = log.splitlines(keepends=True)
    text = "".join(lines[-int(request.query.get("tailLines", 0)) :])
    answer = Answer(200, text.encode(), [("Content-Type", "text/plain")])
    if request.query.get("follow") != "false":  # it follows unless it is told not to
        answer.stream = dashboard.followed(found, text, asked, len(log))
    return answer


def _projects(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    projects, method = dashboard.projects, request.method
    namespace = request.headers.get("x-nuclio-project-namespace") or "nuclio"
    if method == "GET" and rest and request.query.get("export") == "true":
        return Answer.json(200, projects.export(rest, namespace, dashboard.deploys))
    if method == "GET" and rest:
        return Answer.json(200, projects.find(rest, namespace))
    if method == "GET":
        return Answer.json(200, {key[1]: each for key, each in projects.stored.items()})
    if method == "POST" and request.query.get("import") == "true":
        return Answer.json(201, _imported(dashboard, request.document()))
    if method == "POST":
        return Answer.json(201, projects.write(request.document()))
    if method == "PUT" and rest:
        projects.write(request.document())
        return Answer(204, b"", [_JSON])
    if method == "DELETE":
        strategy = request.headers.get("x-nuclio-delete-project-strategy", "")
        projects.delete(request.document(), strategy, dashboard.deploys)
        return _done(204)
    return None


def _imported(dashboard: EmulatedDashboard, document: dict[str, Any]) -> dict[str, Any]:
    dashboard.projects.write(document["project"])
    for function in document["functions"].values():
        dashboard.deploys.create(function, {})

    def result(noun: str, created: int) -> dict[str, Any]:
        return {"createdAmount": created, f"failed{noun}": None, "failedAmount": 0}

    return {
        "apiGatewayImportResult": result("APIGateways", 0),
        "functionEventImportResult": result("FunctionEvents", 0),
        "functionImportResult": result("Functions", len(document["functions"])),
    }


def _events(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    events, method = dashboard.events, request.method
    if method == "GET" and rest:
        return Answer.json(200, events.find(rest))
    if method == "GET":
        name = request.headers.get("x-nuclio-function-name")
        found = {
            key: each
            for key, each in events.stored.items()
            if name in (None, each["metadata"]["labels"][FUNCTION])
        }
        return Answer.json(200, found)
    if method == "POST":
        return Answer.json(201, events.write(request.document(), is_new=True))
    if method == "PUT" and not rest:
        events.write(request.document(), is_new=False)
        return _done(204)
    if method == "DELETE" and not rest:
        events.delete(request.document())
        return _done(204)
    return None


def _gateways(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    if request.method == "GET":
        found = {
            name: {**document, "status": {"name": name, **dashboard.gateway_states.next()}}
            for name, document in dashboard.gateways.items()
        }
        return Answer.json(200, found)
    if dashboard.kind == "local":
        raise Refusal(501, "Unsupported method")
    document = request.document()
    dashboard.gateways[document["metadata"]["name"]] = document
    return Answer(202, b"", [_JSON])


def _versions(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    if request.method != "GET":
        return None
    version = {"arch": "amd64", "gitCommit": "", "label": "latest", "os": "linux"}
    return Answer.json(200, {"dashboard": version})


def _frontend(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    return Answer.json(200, recorded_frontend() | {"platformKind": dashboard.kind})


def _namespaces(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    return Answer.json(200, {"namespaces": {"names": ["nuclio"]}})


def _external(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    return Answer.json(200, {"externalIPAddresses": {"addresses": ["127.0.0.1"]}})


def _streams(dashboard: EmulatedDashboard, request: Request, rest: str) -> Answer | None:
    raise Refusal(400, "Project name must not be empty")


_RESOURCES = {
    "api_gateways": _gateways,
    "external_ip_addresses": _external,
    "frontend_spec": _frontend,
    "function_events": _events,
    "function_invocations": lambda dashboard, request, rest: None,
    "functions": _functions,
    "namespaces": _namespaces,
    "projects": _projects,
    "v3io_streams": _streams,
    "versions": _versions,
}
