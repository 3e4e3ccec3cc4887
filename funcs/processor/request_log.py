"""A log record for each request that was answered, where the settings ask for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.logs import Sink
    from funcs.processor.observer import Observer
    from funcs.settings import Settings
    from funcs.tape.exchange import Exchange

#: Who logs, and what: what reads logs by machine finds the records by these.
NAME = "processor.http.requests"
MESSAGE = "Request answered"


class RequestLog:
    """An observer that writes to the processor's own sink, at level info."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.keeps_bytes = 0

    def on_exchange(self, exchange: Exchange) -> None:
        """Log it; what the handler logged meanwhile is logged already."""
        fields = {
            "method": exchange.method,
            "path": exchange.path,
            "status": exchange.status,
            "duration_s": exchange.duration_s,
            "size_bytes": exchange.size_bytes,
        }
        self._sink.log("info", NAME, MESSAGE, fields)


def request_log(settings: Settings, sink: Sink) -> Observer | None:
    """The observer that the settings ask for."""
    return RequestLog(sink) if settings.log_requests == "all" else None
