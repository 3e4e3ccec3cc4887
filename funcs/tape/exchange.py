"""One event and its answer, known whole: what an observer is told."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    from funcs.worker.wire import LogRecord

    class Request(Protocol):
        """What the event shows of a request, but for its body."""

        @property
        def method(self) -> bytes:
            """As in the request line; empty where no request brought the event."""

        @property
        def path(self) -> bytes:
            """Without the query."""

        @property
        def fields(self) -> Mapping[bytes, bytes]:
            """The query's."""

        @property
        def headers(self) -> Mapping[bytes, bytes]:
            """By name, in the handler's spelling."""


#: An event's id and body where they were not kept.
NOT_KEPT: tuple[bytes | None, bytes | None] = (None, None)


class Exchange:
    """An event that a trigger brought and the answer that goes back.

    ``event_id`` and ``body`` (None: the request had none) are kept only for an observer whose
    ``keeps_bytes`` is above 0; else both are None. ``headers`` are the answer's own, ``answer``
    is its body, None where that is not at hand: a file, or a long stream. ``worker`` is the
    number of who answered, -1 if nobody did; ``is_whole`` is false where the answer was cut off.
    """

    __slots__ = (
        "answer",
        "body",
        "duration_s",
        "event_id",
        "headers",
        "is_whole",
        "logs",
        "request",
        "size_bytes",
        "status",
        "trigger_kind",
        "trigger_name",
        "worker",
    )

    def __init__(
        self,
        trigger: tuple[str, str],
        request: Request,
        status: int,
        event: tuple[bytes | None, bytes | None] = NOT_KEPT,
        headers: Iterable[tuple[bytes, bytes]] = (),
        answer: bytes | None = b"",
        size_bytes: int = 0,
        duration_s: float = 0.0,
        worker: int = -1,
        is_whole: bool = True,
        logs: Sequence[LogRecord] = (),
    ) -> None:
        self.trigger_kind, self.trigger_name = trigger
        self.request = request
        self.status = status
        self.event_id, self.body = event
        self.headers = headers
        self.answer = answer
        self.size_bytes = size_bytes
        self.duration_s = duration_s
        self.worker = worker
        self.is_whole = is_whole
        self.logs = logs

    @property
    def method(self) -> str:
        """The request's method; empty for an event that no request brought."""
        return self.request.method.decode("latin-1")

    @property
    def path(self) -> str:
        """The request's path, without its query."""
        return self.request.path.decode("utf-8", "replace")
