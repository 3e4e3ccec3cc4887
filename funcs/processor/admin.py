"""The web administration (Nuclio 1.14: pkg/processor/webadmin, port 8081): triggers, to be read."""

from __future__ import annotations

import json

from funcs.processor.side import SideReply, not_found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from funcs.processor.config import ProcessorConfig
    from funcs.processor.http_head import Head
    from funcs.processor.logs import Sink
    from funcs.processor.triggers.base import Trigger

_JSON = ("Content-Type: application/json",)


class AdminRoutes:
    """`/triggers`, `/triggers/{name}` and `/triggers/{name}/stats`; nothing can be changed."""

    def __init__(self, config: ProcessorConfig, triggers: Sequence[Trigger], sink: Sink) -> None:
        self._config = config
        self._triggers = triggers
        route = {
            "routeName": "triggers",
            "stream": False,
            "pattern": "/{id}/stats",
            "method": "GET",
        }
        sink.log("debug", "processor.webadmin.server.triggers", "Registered custom route", route)
        name = {"name": "triggers"}
        sink.log("debug", "processor.webadmin.server", "Registered resource", name)

    def __call__(self, head: Head) -> SideReply:
        """The answer to one request."""
        first, *rest = [part.decode("utf-8", "replace") for part in head.path.split(b"/")[1:]]
        if first != "triggers" or len(rest) > 2 or rest[1:] not in ([], ["stats"]):
            return not_found()
        if head.method != b"GET":
            return SideReply(405, headers=("Allow: GET",))
        if rest[1:]:
            return SideReply.text('{"stats":"example"}\n')  # a stub there, and so asked for by none
        known = {trigger.settings.name: self._describe(trigger) for trigger in self._triggers}
        if not rest or not rest[0]:
            return _json(known)
        return _json(known[rest[0]]) if rest[0] in known else SideReply(404)

    def _describe(self, trigger: Trigger) -> Mapping[str, Any]:
        settings = trigger.settings
        return {
            "class": "",
            "kind": settings.kind,
            "name": settings.name,
            "numWorkers": settings.workers,
            "url": settings.url,
            "workerAvailabilityTimeoutMilliseconds": int(settings.availability_timeout_s * 1000),
            "workerTerminationTimeout": f"{settings.termination_timeout_s:g}s",
            "workerAllocatorName": settings.allocator,
            "attributes": settings.attributes,
            "handledEvents": {"success": trigger.successes, "failure": trigger.failures},
            "workers": [
                {"index": link.index, "pid": link.process.pid, "isReady": link.is_ready}
                for link in trigger.pool.crew.links
            ],
            "RuntimeConfiguration": {
                "metadata": self._config.document.get("metadata") or {},
                "spec": self._config.document.get("spec") or {},
            },
        }


def _json(value: object) -> SideReply:
    body = json.dumps(value, default=str, separators=(",", ":"), sort_keys=True) + "\n"
    return SideReply(200, body, _JSON, is_chunked=len(body) > 2048)
