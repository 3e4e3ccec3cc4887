"""nuclio_sdk's Logger, whose records cost a tenth."""

from __future__ import annotations

import logging
import time

from funcs.encoder import Encoder, encode_text
from funcs.sdk import nuclio_sdk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Stream(Protocol):
        """Where records go: one ``write`` for each, ending in a newline."""

        def write(self, text: str, /) -> object: ...
        def flush(self) -> object: ...


__all__ = ["Logger"]

_LEVELS = {
    logging.DEBUG: "debug",
    logging.INFO: "info",
    logging.WARNING: "warning",
    logging.ERROR: "error",
}


class Logger(nuclio_sdk.Logger):  # type: ignore[misc]  # nuclio_sdk has no types
    """Writes each record to one stream as JSON, in nuclio_sdk's own shape.

    ``{"datetime": "2026-11-23 13:44:33,522", "level": "info", "message": "…", "with": {…}}``

    Behind it is a standard logger: as soon as somebody adds a handler to that or to the root,
    records take the standard way through all of them. With ``shared`` it is the process's
    ``logging.getLogger("nuclio_sdk")``, as in Nuclio; else it is one of its own.
    """

    def __init__(self, stream: Stream, *, shared: bool = False) -> None:
        super().__init__(logging.DEBUG)
        if not shared:
            self._logger = logging.Logger("nuclio_sdk")
        self._encode = Encoder().encode
        self._clock = (0, "")
        self.redirect(stream)

    def redirect(self, stream: Stream) -> None:
        """Write to ``stream`` from now on."""
        self._stream = stream
        self.set_handler("default", stream, nuclio_sdk.logger.JSONFormatter())
        self._own = list(self._logger.handlers)

    def fork(self, stream: Stream) -> Logger:
        """A logger to another stream, bound to what this one is bound to now."""
        logger = Logger(stream)
        logger.bind(**self._bound_variables)
        return logger

    def _update_bound_vars_and_log(
        self, level: int, message: object, *args: object, **kw_args: Any
    ) -> None:
        if self._logger.handlers != self._own or logging.root.handlers:
            super()._update_bound_vars_and_log(level, message, *args, **kw_args)
            return
        kw_args.update(self._bound_variables)
        try:
            text = self._record(level, message, args, kw_args)
        except Exception:  # the standard way reports it on stderr and goes on
            super()._update_bound_vars_and_log(level, message, *args, **kw_args)
            return
        self._stream.write(text)
        self._stream.flush()

    def _record(
        self, level: int, message: object, args: tuple[object, ...], fields: dict[str, Any]
    ) -> str:
        text = str(message)
        if args:
            # As logging has it: a single mapping is what %(name)s is looked up in.
            single = args[0] if len(args) == 1 and isinstance(args[0], dict) else None
            text %= single or args
        return (
            f'{{"datetime": "{self._now()}", "level": "{_LEVELS[level]}", '
            f'"message": {encode_text(text)}, "with": {self._encode(fields)}}}\n'
        )

    def _now(self) -> str:
        """Local time to the millisecond; the clock's text is made once a second."""
        now = time.time()
        second = int(now)
        stamp, text = self._clock
        if second != stamp:
            text = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
            self._clock = (second, text)
        return f"{text},{int((now - second) * 1000):03d}"
