"""One event, from its frame to the lines that answer it."""

from __future__ import annotations

from collections.abc import Coroutine
from time import perf_counter_ns
from traceback import format_exception
from types import CoroutineType, GeneratorType

from funcs.encoder import encode_text
from funcs.event import EventReader
from funcs.response import Response, ResultWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

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
    ) -> None:
        wanted = getattr(handler, "bytes_wanted", False) is True
        self._handler = handler
        self._context = context
        self._write = write
        self._full_errors = full_errors
        self._read = EventReader(raw=raw, bytes_wanted=wanted).read
        self._result = ResultWriter().write
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
            if type(output) not in _VALUES and _must_be_awaited(output):
                return self._await(output, start)
        except BaseException as exc:
            self._fail(_IN_HANDLER, _as_from_coroutine(exc))
        else:
            self._answer(output, start)
        return None

    def refuse(self, exc: Exception) -> None:
        """Answer with ``exc`` where no event could be read at all."""
        self._fail(_WHILE_SERVING, exc)

    async def _await(self, coroutine: Coroutine[Any, Any, Any], start: int) -> None:
        try:
            output = await coroutine
        except BaseException as exc:
            self._fail(_IN_HANDLER, exc)
        else:
            self._answer(output, start)

    def _answer(self, output: Any, start: int) -> None:
        # As whole nanoseconds: cheaper to write than a float's shortest form, and never 0.
        duration = f'm{{"duration": {perf_counter_ns() - start or 1}e-9}}\n'
        try:
            lines = f"{duration}r{self._result(output)}\n".encode("ascii")
        except BaseException as exc:
            self._write(duration.encode("ascii"))
            self._fail(_IN_HANDLER, exc)
        else:
            self._write(lines)

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


def _must_be_awaited(output: object) -> bool:
    if isinstance(output, GeneratorType):
        # Nuclio 1.14 takes a generator for a coroutine, and then cannot await it.
        raise TypeError("object generator can't be used in 'await' expression")
    return isinstance(output, (CoroutineType, Coroutine))


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
