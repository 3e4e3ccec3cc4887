"""The processor's HTTP front and a worker's handler joined in memory: bytes in, bytes out.

Neither is imitated: the trigger, its connections and the runner are the ones that production
uses. Only what lies between them is replaced: the socket, the event loop, the pool.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from funcs.errors import ProcessorError
from funcs.processor.caller import Follower
from funcs.processor.config import TriggerConfig
from funcs.processor.http_connection import HttpConnection
from funcs.processor.triggers.http import HttpTrigger
from funcs.settings import Settings
from funcs.tape.exchange import Exchange
from funcs.worker.runner import Runner
from funcs.worker.wire import (
    LOG,
    RESULT,
    STREAM_BODY,
    STREAM_END,
    STREAM_START,
    LineSplitter,
    LogRecord,
    parse_log,
)


class Loopback:
    """One HTTP trigger whose only worker is ``runner``, in the caller's own thread."""

    def __init__(self, settings: TriggerConfig, runner: Runner, own: Settings) -> None:
        self.logs: Sequence[LogRecord] = ()
        self.keeps_bytes = 0
        reactor, pool = _Stillness(), _OneWorker(runner)
        pool.reactor = reactor
        self._trigger = HttpTrigger(
            settings,
            cast("Any", pool),
            host="",
            sink=_Silence(),
            own=own,
            observer=self,
            new_listener=cast("Any", _Deaf),
        )

    def exchange(self, request: bytes) -> bytes:
        """What a connection of its own sends back for these bytes; then `logs` are its records."""
        self.logs = ()
        end = _Memory()
        connection = HttpConnection(self._trigger, cast("Any", end))
        connection.received(request)
        connection.close()
        return bytes(end.sent)

    def on_exchange(self, exchange: Exchange) -> None:
        """Keep what the handler logged."""
        self.logs = exchange.logs


class _OneWorker:
    """The part of a Pool that a trigger uses; its one worker is always free."""

    reactor: _Stillness
    answered_by = 0

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def submit(self, caller: HttpConnection) -> None:
        frame, caller.frame = caller.frame, b""
        follower = Follower()
        for line in LineSplitter().feed(self._runner.handle_frame(frame)):
            if line[0] == LOG:
                record = parse_log(line)
                if record is not None and caller.logs is not None:
                    caller.logs.append(record)
            elif line[0] == RESULT:
                caller.answered(line)
            elif line[0] == STREAM_START:
                follower = caller.stream_began(line, _Patience())
            elif line[0] == STREAM_BODY:
                follower.streamed(a2b_base64(line[1:]))
            elif line[0] == STREAM_END:
                follower.ended(is_whole=True)


class _Patience:
    """The source of a stream that is all there already."""

    def pause(self) -> None:
        """What is there waits by itself."""

    def resume(self) -> None:
        """It has never stopped."""

    def cancel(self) -> None:
        """The rest is dropped where it arrives."""


class _Memory:
    """A socket that takes all it is given."""

    def __init__(self) -> None:
        self.sent = bytearray()

    def fileno(self) -> int:
        return -1

    def recv(self, size: int) -> bytes:
        return b""

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    def shutdown(self, how: int) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held open."""


class _Stillness:
    """A reactor in which nothing is waited for."""

    def watch(self, fd: int, watcher: Any, mask: int = 1) -> None:
        """Nothing ever comes by itself."""

    def change(self, fd: int, mask: int) -> None:
        """There is nothing to wait for."""

    def forget(self, fd: int) -> None:
        """Nothing was remembered."""

    def call_in(self, seconds: float, call: Callable[[], None]) -> None:
        """No time passes."""

    def report(self, error: Exception) -> None:
        """A bug in the front: whoever runs the test should see it."""
        raise error


class _Silence:
    """A log sink for the processor's own records, which no test asks for."""

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        """Forget the record."""


class _Deaf:
    """A listener that nobody can reach."""

    host, port = "", 0

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def start(self) -> None:
        """Hear nothing."""
        raise ProcessorError("a client without sockets does not listen")

    def close(self) -> None:
        """Go on hearing nothing."""
