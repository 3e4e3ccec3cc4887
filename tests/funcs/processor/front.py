"""The HTTP front alone, in memory: bytes in, bytes out, and a worker that is a function."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgpack

from funcs.processor.config import TriggerConfig
from funcs.processor.http_connection import HttpConnection
from funcs.processor.reactor import Timer
from funcs.processor.triggers.http import HttpTrigger
from funcs.settings import Settings

Event = dict[str, Any]


def greet(event: Event) -> Any:
    """A result that shows what came."""
    body = f"{event['method']} {event['path']} {len(event['body'] or b'')}"
    return {
        "body": body, "content_type": "text/plain", "headers": {}, "status_code": 200,
        "body_encoding": "text",
    }  # fmt: skip


class Front:
    """One trigger; ``work`` makes a result of an event, or None to let it wait."""

    def __init__(
        self, work: Callable[[Event], Any] = greet, own: Settings | None = None, **attributes: Any
    ) -> None:
        self.events: list[Event] = []
        self.waiting: list[HttpConnection] = []
        self.logged: list[str] = []
        self.answered_by = 0
        self.told: list[Mapping[str, Any]] = []
        self._work = work
        self.reactor = self
        settings = TriggerConfig("web", "http", attributes=attributes)
        self.trigger = HttpTrigger(
            settings,
            cast("Any", self),
            host="",
            sink=self,
            own=own,
            new_listener=cast("Any", lambda *_, **__: _Nowhere()),
        )

    def connect(self, *, room: int | None = None) -> Client:
        """A client; ``room`` is how many bytes of answers go out at once."""
        return Client(self, room)

    def submit(self, caller: HttpConnection) -> None:
        frame, caller.frame = caller.frame, b""
        assert int.from_bytes(frame[:4], "big") == len(frame) - 4
        event = msgpack.unpackb(frame[4:], unicode_errors="surrogateescape")
        self.events.append(event)
        result = self._work(event)
        if result is None:
            self.waiting.append(caller)
        else:
            caller.answered(b"r" + json.dumps(result).encode())

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        self.logged.append(message)
        self.told.append(fields)

    def watch(self, fd: int, watcher: object, mask: int = 1) -> None: ...
    def change(self, fd: int, mask: int) -> None: ...
    def forget(self, fd: int) -> None: ...

    def call_in(self, seconds: float, call: Callable[[], None]) -> Timer:
        return Timer(seconds, call)

    def report(self, error: Exception) -> None:
        raise error


class Client:
    """The other end of a connection."""

    def __init__(self, front: Front, room: int | None) -> None:
        self._room = room
        self.received = b""
        self.is_shut = False
        self.connection = HttpConnection(front.trigger, cast("Any", self))

    def say(self, data: bytes) -> bytes:
        """What comes back for these bytes, its date masked; nothing once the end was said."""
        if data and not self.connection.is_closed and not self.connection.is_draining:
            self.connection.received(data)
        received, self.received = self.received, b""
        return re.sub(rb"\r\nDate: [^\r]+", b"\r\nDate: now", received)

    def fileno(self) -> int:
        return -1

    def recv(self, size: int) -> bytes:
        return b""

    def send(self, data: bytes) -> int:
        room = len(data) if self._room is None else min(self._room, len(data))
        if not room:
            raise BlockingIOError
        self.received += bytes(data[:room])
        return room

    def shutdown(self, how: int) -> None:
        self.is_shut = True

    def close(self) -> None:
        self.is_shut = True


class _Nowhere:
    host, port = "", 0

    def start(self) -> None: ...
    def close(self) -> None: ...
