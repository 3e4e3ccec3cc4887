"""Calls of functions through the emulated dashboard, answered by a function that echoes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.dashboard.deploys import Deployed
    from tests.dashboard.routes import Answer, Request
    from tests.dashboard.server import EmulatedDashboard

_MOST_BODY_BYTES = 4 << 20
_JSON = ("Content-Type", "application/json")
_FAILED = "Failed to invoke function: "
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")


def invoke(dashboard: EmulatedDashboard, request: Request) -> Answer:
    """The function's answer, or why there is none."""
    name = request.headers.get("x-nuclio-function-name")
    if not name:
        return _refused(400, "Function name must be provided")
    namespace = request.headers.get("x-nuclio-function-namespace") or "nuclio"
    found = dashboard.deploys.functions.get((namespace, name))
    if found is None:
        return _refused(404, f"{_FAILED}Function not found: {name} @ {namespace}")
    if why := _unreachable(found, request.headers.get("x-nuclio-invoke-url", "")):
        return why
    limit = request.headers.get("x-nuclio-invoke-timeout", "60s")
    answer = _echo(found, request)
    duration = _DURATION.fullmatch(limit)
    if duration is None:
        glued = _refused(400, "Invalid invoke timeout")
        glued.body = glued.body.rstrip() + answer.body
        return glued
    path = request.headers.get("x-nuclio-path", "")
    limit_s = float(duration[1]) / (1000 if duration[2] == "ms" else 1)
    if path.startswith("/sleep/") and float(path[7:]) > limit_s:
        cause = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        return _refused(500, f"{_FAILED}Get 'http://{found.address}{path}': {cause}")
    return answer


def _unreachable(found: Deployed, wanted: str) -> Answer | None:
    """Why the function's address cannot be called."""
    if found.state not in ("ready", "unhealthy"):
        return _refused(500, f"{_FAILED}Invocation URL is required")
    if wanted and wanted.partition(":")[0] not in found.address:
        return _refused(400, f"{_FAILED}Invalid function url {wanted}")
    if found.state == "unhealthy":
        dial = f"dial tcp {found.address}: connect: no route to host"
        return _refused(500, f"{_FAILED}Get 'http://{found.address}': {dial}")
    if found.spec.get("disable"):
        dial = "dial tcp :8080: connect: connection refused"
        return _refused(500, f"{_FAILED}Get 'http://:8080': {dial}")
    return None


def _echo(found: Deployed, request: Request) -> Answer:
    from tests.dashboard.routes import Answer

    path = request.headers.get("x-nuclio-path", "")
    path = path if path.startswith("/") else f"/{path}"
    if len(request.body) > _MOST_BODY_BYTES:
        return Answer(400, b"Error when parsing request")
    if path.startswith("/status/"):
        return Answer(
            int(path[8:]), f"status {path[8:]}".encode(), [("Content-Type", "text/plain")]
        )
    if path == "/json":
        return Answer(200, b'{"a": [1, 2.5, null, true], "b": "h\\u00e9"}', [_JSON])
    if path == "/raise":
        return Answer(500, b"Exception caught in handler", [("Content-Type", "text/plain")])
    body = {
        "function": found.metadata["name"],
        "path": path,
        "method": request.method,
        "body": request.body.decode("utf-8", "replace"),
    }
    return Answer.json(200, body)


def _refused(status: int, reason: str) -> Answer:
    from tests.dashboard.routes import Answer

    text = json.dumps({"error": reason})
    return Answer(status, text.encode(), [_JSON])
