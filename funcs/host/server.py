"""Answers events with a compiled graph.

It decides nothing about either: the table of protocols reads events and writes answers, the graph
computes. What is left is the order of these, batches, and that no exception leaves a handler.
"""

from __future__ import annotations

from collections.abc import Coroutine

from funcs.errors import EventError, Kind
from funcs.graph import Compiled
from funcs.protocols.incoming import Incoming
from funcs.protocols.protocol import Call, Service
from funcs.protocols.table import Table
from funcs.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from nuclio_sdk import Event, Response
else:
    from funcs.response import Response

Answer: TypeAlias = "Response | list[Response]"

_OURS = frozenset({Kind.MODEL_FAILED, Kind.STEP_FAILED, Kind.TIMEOUT})


class Server:
    """One graph, ready to answer. It is not for several threads at once."""

    def __init__(
        self, compiled: Compiled, service: Service, logger: Any, *, full_errors: bool = False
    ) -> None:
        """``full_errors`` shows tracebacks to clients; the log has them always."""
        self.compiled = compiled
        self.table = Table(service)
        self._run = compiled.run
        self.logger = logger
        self._full_errors = full_errors

    def handle(self, event: Event | list[Event]) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer of one event, or of each in a batch, in order and with the event's id.

        Where the graph is async, a coroutine of that. It never raises: what fails is worded by
        the protocol that was spoken, and one event of a batch never fails the others.
        """
        if isinstance(event, list):
            return self._batch_later(event) if self.compiled.is_async else self._batch(event)
        return self._answer_later(event) if self.compiled.is_async else self._answer(event)

    def _answer(self, event: Event) -> Response:
        incoming = Incoming(event)
        call = request = None
        try:
            call = self.table.call(incoming)
            request = call.decode(call, incoming)
            if not isinstance(request, Request):
                return request
            return call.protocol.encode(request, self._run(request))
        except (Exception, SystemExit) as error:
            return self._failed(error, incoming, call, request)

    async def _answer_later(self, event: Event) -> Response:
        incoming = Incoming(event)
        call = request = None
        try:
            call = self.table.call(incoming)
            request = call.decode(call, incoming)
            if not isinstance(request, Request):
                return request
            return call.protocol.encode(request, await self._run(request))
        except (Exception, SystemExit) as error:
            return self._failed(error, incoming, call, request)

    def _batch(self, events: list[Event]) -> list[Response]:
        return [_for_event(event, self._answer(event)) for event in events]

    async def _batch_later(self, events: list[Event]) -> list[Response]:
        from asyncio import gather  # a sync graph has no use for it

        answers = await gather(*map(self._answer_later, events))
        return [_for_event(event, answer) for event, answer in zip(events, answers, strict=True)]

    def _failed(
        self, error: BaseException, incoming: Incoming, call: Call | None, request: Any
    ) -> Response:
        failure = error if isinstance(error, EventError) else _unexpected(error)
        trace = self._log(failure, incoming) if failure.kind in _OURS else ""
        protocol = call.protocol if call is not None else self.table.last
        asked = request if isinstance(request, Request) else None
        try:
            return protocol.error(failure, incoming, asked, trace if self._full_errors else "")
        except Exception:  # an event so odd that not even its id can be written
            return Response(body="internal error", content_type="text/plain", status_code=500)

    def _log(self, failure: EventError, incoming: Incoming) -> str:
        """Log a failure of ours, not of the client; answers its traceback."""
        from traceback import format_exception  # nothing has failed until now

        cause = failure.__cause__ or failure
        trace = "".join(format_exception(cause))
        if self.logger is not None:
            self.logger.error_with(
                failure.what,
                step=failure.step,
                model=failure.model,
                event_id=getattr(incoming.event, "id", None),
                traceback=trace,
            )
        return trace


def _for_event(event: Event, answer: Response) -> Response:
    """The answer under its event's id. A copy: user code may return one Response for many."""
    return Response(
        headers=answer.headers,
        body=answer.body,
        content_type=answer.content_type,
        status_code=answer.status_code,
        event_id=event.id,
    )


def _unexpected(error: BaseException) -> EventError:
    """What no step raised: a result that cannot be written, an event that cannot be read."""
    try:
        text = str(error)
    except Exception:  # user code's exceptions may fail to say what they are
        text = "(it cannot be put in words)"
    failure = EventError(f"{type(error).__name__}: {text}", kind=Kind.STEP_FAILED)
    failure.__cause__ = error
    return failure
