"""Whether the processor is ready and alive (Nuclio 1.14: pkg/processor/healthcheck, port 8082)."""

from __future__ import annotations

import json

from funcs.processor.side import SideReply, not_found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from funcs.processor.http_head import Head

_JSON = ("Content-Type: application/json; charset=utf-8",)


class HealthRoutes:
    """`/ready`: 503 until every worker is up, and while one is replaced; `/live`: always 200."""

    def __init__(self, is_ready: Callable[[], bool]) -> None:
        self._is_ready = is_ready

    def __call__(self, head: Head) -> SideReply:
        """The answer to one request; with ``?full=1`` it lists the checks."""
        if head.path not in (b"/ready", b"/live"):
            return not_found()
        if head.method != b"GET":
            return SideReply.error(405, "method not allowed")
        checks = {"processor_liveness": "OK"}
        is_well = True
        if head.path == b"/ready":
            is_well = self._is_ready()
            checks["processor_readiness"] = "OK" if is_well else "Processor is not ready yet"
        shown = checks if head.fields.get(b"full") == b"1" else {}
        body = json.dumps(shown, indent=4) if shown else "{}"
        return SideReply(200 if is_well else 503, f"{body}\n", _JSON)


def function_health(head: Head) -> SideReply:
    """What stands at the function's port when it has no HTTP trigger: `/__internal/health`."""
    return SideReply.text("ok") if head.path == b"/__internal/health" else not_found()
