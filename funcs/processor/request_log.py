"""A log record for each request that was answered, where the settings ask for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from funcs.processor.logs import Sink
    from funcs.processor.observer import Observer
    from funcs.settings import Settings
    from funcs.worker.wire import LogRecord

#: Who logs, and what: what reads logs by machine finds the records by these.
NAME = "processor.http.requests"
MESSAGE = "Request answered"


class RequestLog:
    """An observer that writes to the processor's own sink, at level info."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def on_exchange(
        self,
        method: str,
        path: str,
        status: int,
        duration_s: float,
        size_bytes: int,
        logs: Sequence[LogRecord],
    ) -> None:
        """Log it; what the handler logged meanwhile is logged already."""
        fields = {
            "method": method,
            "path": path,
            "status": status,
            "duration_s": duration_s,
            "size_bytes": size_bytes,
        }
        self._sink.log("info", NAME, MESSAGE, fields)


def request_log(settings: Settings, sink: Sink) -> Observer | None:
    """The observer that the settings ask for."""
    return RequestLog(sink) if settings.log_requests == "all" else None
