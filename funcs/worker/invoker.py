"""One event, from its frame to the lines that answer it."""

from __future__ import annotations

from collections.abc import Coroutine
from time import perf_counter_ns
from traceback import format_exception
from types import CoroutineType, GeneratorType

from funcs.encoder import encode_text
from funcs.event import EventReader
from funcs.response import Response, ResultWriter
from funcs.worker.streaming import GENERATORS, Outflow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from funcs.worker.streaming import Audience

    Handler = Callable[[Any, Any], Any]

_IN_HANDLER = "Exception caught in handler"
_WHILE_SERVING = "Exception caught while serving"

# What most handlers return; none of it can be awaited.
_VALUES = frozenset({Response, str, bytes, dict, list, tuple, type(None), int, float, bool})


class Invoker:
    """Calls a handler with the events of frames and writes what came of it.

    Lines go to ``write`` in Nuclio's order: log records as they are made, then ``m`` and ``r`` in
    one piece. ``context`` is nuclio_sdk's. With ``full_errors`` the answer to an exception is
    Nuclio's, with its traceback; else it is the message alone. A handler whose attribute
    ``bytes_wanted`` is True gets JSON bodies as bytes.
    Generators are streamed to the ``audience``; without one they are no answer (Nuclio 1.14).
    ``rest``, where there is one, is awaited after each piece: other events have their turn.
    While ``discarding`` is true, events are logged and not answered.
    """

    def __init__(
        self,
        handler: Handler,
        context: Any,
        write: Callable[[bytes], None],
        *,
        raw: bool = False,
        full_errors: bool = False,
        audience: Audience | None = None,
        rest: Callable[[], Coroutine[Any, Any, Any]] | None = None,
    ) -> None:
        wanted = getattr(handler, "bytes_wanted", False) is True
        self._handler = handler
        self._context = context
        self._write = write
        self._full_errors = full_errors
        self._read = EventReader(raw=raw, bytes_wanted=wanted).read
        writer = ResultWriter()
        self._result = writer.write
        self._one_result = writer.write_one
        self._audience = audience
        self._rest = rest
        self.discarding = False

    def invoke(self, payload: bytes | memoryview) -> Coroutine[Any, Any, None] | None:
        """Answer the event, or the batch, in ``payload`` (a frame's msgpack).

        Where the handler's answer must be awaited, what does it is returned. Never raises.
        """
        try:
            event = self._read(payload)
        except Exception as exc:
            self._fail(_WHILE_SERVING, exc)
            return None
        if self.discarding:
            self._context.logger.debug_with("Event has been discarded", event=event)
            return None
        start = perf_counter_ns()
        try:
            output = self._handler(self._context, event)
            if type(output) not in _VALUES and self._must_be_awaited(output):
                return self._await(output, start)
        except BaseException as exc:
            self._fail(_IN_HANDLER, _as_from_coroutine(exc))
            return None
        return self._answer(output, start)

    def refuse(self, exc: Exception) -> None:
        """Answer with ``exc`` where no event could be read at all."""
        self._fail(_WHILE_SERVING, exc)

    async def _await(self, coroutine: Coroutine[Any, Any, Any], start: int) -> None:
        try:
            output = await coroutine
        except BaseException as exc:
            self._fail(_IN_HANDLER, exc)
            return
        more = self._answer(output, start)
        if more is not None:
            await more

    def _answer(self, output: Any, start: int) -> Coroutine[Any, Any, None] | None:
        body = output.body if isinstance(output, Response) else output
        if type(body) in GENERATORS and self._audience is not None:
            return self._stream(output, body, start, self._audience)
        duration = _duration(start)
        try:
            lines = f"{duration}r{self._result(output)}\n".encode("ascii")
        except BaseException as exc:
            self._write(duration.encode("ascii"))
            self._fail(_IN_HANDLER, exc)
        else:
            self._write(lines)
        return None

    def _stream(
        self, output: Any, pieces: Any, start: int, audience: Audience
    ) -> Coroutine[Any, Any, None] | None:
        """Send what a generator yields; a coroutine that does it, where something is awaited."""
        response = output if output is not pieces else None
        outflow = Outflow(self._write, self._one_result, response, audience)
        if self._rest is not None or type(pieces) is not GeneratorType:
            return self._stream_later(outflow, pieces, start)
        try:
            outflow.pour(pieces)
            outflow.end(_duration(start))
        except BaseException as exc:
            self._fail(_IN_HANDLER, _as_from_coroutine(exc))
        return None

    async def _stream_later(self, outflow: Outflow, pieces: Any, start: int) -> None:
        try:
            await outflow.pour_later(pieces, self._rest)
            outflow.end(_duration(start))
        except BaseException as exc:
            self._fail(_IN_HANDLER, exc)

    def _must_be_awaited(self, output: object) -> bool:
        if isinstance(output, GeneratorType) and self._audience is None:
            # Nuclio 1.14 takes a generator for a coroutine, and then cannot await it.
            raise TypeError("object generator can't be used in 'await' expression")
        return isinstance(output, (CoroutineType, Coroutine)) and type(output) not in GENERATORS

    def _fail(self, where: str, exc: BaseException) -> None:
        try:
            self._write_failure(where, exc)
        except BaseException as worse:  # the exception's own __str__ failed
            try:
                self._write_failure(_WHILE_SERVING, worse)
            except BaseException:
                name = type(exc).__name__
                self._write_failure(_WHILE_SERVING, RuntimeError(f"{name} cannot be shown"))

    def _write_failure(self, where: str, exc: BaseException) -> None:
        text = str(exc)
        trace = "".join(format_exception(exc))
        body = f'{where} - "{text}"'
        if self._full_errors:
            body += f": {trace}"
        self._log_failure(where, text, trace)
        line = (
            f'r{{"body": {encode_text(body)}, "body_encoding": "text", '
            f'"content_type": "text/plain", "status_code": 500}}\n'
        )
        self._write(line.encode("ascii"))

    def _log_failure(self, where: str, text: str, trace: str) -> None:
        try:
            self._context.logger.error_with(where, exc=text, traceback=trace)
        except Exception:  # the handler may have replaced what that needs, such as time.time
            return


def _duration(start: int) -> str:
    """The ``m`` line. As whole nanoseconds: cheaper to write than a float, and never 0."""
    return f'm{{"duration": {perf_counter_ns() - start or 1}e-9}}\n'


def _as_from_coroutine(exc: BaseException) -> BaseException:
    """``exc`` as it leaves Nuclio's wrapper, whose caller of the handler is a coroutine."""
    if not isinstance(exc, StopIteration):
        return exc
    try:
        _raise(exc).send(None)
    except RuntimeError as error:
        return error
    return exc


async def _raise(exc: BaseException) -> None:
    raise exc
