"""Hears what the processor tells, and says on the console what a developer wants to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from funcs.emulator.answer import LogLine
from funcs.emulator.blame import without_our_frames
from funcs.emulator.console import Console, Exchange

if TYPE_CHECKING:
    from funcs.tape.exchange import Exchange as Told
    from funcs.tape.recorder import Recorder

_HANDLER = ".event connection"
_READY = "Graph is ready"
#: What a worker says of itself on its way up, and on its way out.
_WORKERS_OWN = frozenset({
    _READY,
    "Sending data on control socket",
    "Received signal",
    "Calling platform termination handler",
    "Got system signal",  # the processor of an image: it was us who stopped it
    "Waiting for event message was interrupted by a signal",
})  # fmt: skip
_DIED = "Unexpected termination of child process"
#: What a worker logs beside raising it: while it starts, the error says it better.
_RAISED = ("Exception raised while running init_context", "Handler not found")
_LOUD = ("warn", "error")


class Reporter:
    """The processor's log sink and its observer at once.

    ``models`` are what the graph said it serves when it was made ready. Requests are passed on
    once ``is_open``, to the console and to ``recorder``: before that they are the emulator's own
    questions. While ``is_starting``, workers that end are the failure of a start.
    ``names_workers`` says of each record whose it is.
    """

    def __init__(self, console: Console, *, workers: int, recorder: Recorder | None = None) -> None:
        self.models: tuple[str, ...] = ()
        self.keeps_bytes = 0 if recorder is None else recorder.keeps_bytes
        self._recorder = recorder
        self.is_open = False
        self.is_starting = True
        self._console = console
        self.names_workers = workers > 1

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        """Of the handler's records all, of the processor's own warnings and errors."""
        is_handler = name.endswith(_HANDLER)
        if is_handler and message == _READY:
            self.models = tuple(map(str, fields.get("models", ())))
        if message in _RAISED and self.is_starting:
            return
        if message == _DIED:
            self._mourn(fields)
        elif message not in _WORKERS_OWN and (is_handler or self._is_loud(level)):
            self._tell(level, message, dict(fields))

    def _is_loud(self, level: str) -> bool:
        return level in _LOUD and self.is_open

    def _mourn(self, fields: Mapping[str, Any]) -> None:
        """A worker ended by itself; one that did not even come up is an error told elsewhere."""
        if self.is_open and not self.is_starting:
            how = fields.get("status", "unknown why")
            self._console.notice(f"a worker ended ({how}); a new one takes its place")

    def _tell(self, level: str, message: str, told: dict[str, Any]) -> None:
        if not self.names_workers:
            told.pop("worker_id", None)
        trace = told.get("traceback")
        if isinstance(trace, str):
            told["traceback"] = "\n".join(without_our_frames(trace.splitlines()))
        self._console.log(LogLine(level, message, told))

    def on_exchange(self, told: Told) -> None:
        """A request was answered; its records have been told already."""
        if self._recorder is not None and (self.is_open or told.trigger_kind != "http"):
            self._recorder.on_exchange(told)
        if told.trigger_kind == "http":
            line = Exchange(told.method, told.path, told.status, told.duration_s, told.size_bytes)
            self.answered(line)

    def answered(self, line: Exchange) -> None:
        """A request was answered, of which no more is known than a line says."""
        if self.is_open:
            self._console.exchange(line)

    def output(self, worker: int, text: str) -> None:
        """A worker printed a line."""
        self._console.output(worker, text)
