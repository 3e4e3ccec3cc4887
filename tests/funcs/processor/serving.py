"""A real processor with real workers, run by an asyncio loop in a thread of its own."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from funcs.processor.config import (
    Address,
    Batching,
    Function,
    PlatformConfig,
    ProcessorConfig,
    TriggerConfig,
)
from funcs.processor.processor import Processor
from funcs.settings import Settings
from funcs.tape.exchange import Exchange

PROBE = Path(__file__).parents[2] / "functions" / "probe"
DEADLINE_S = 30.0


@dataclass
class Records:
    """Keeps what a processor logs and what it tells of exchanges."""

    logged: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)
    exchanged: list[tuple[str, str, int, int]] = field(default_factory=list)
    keeps_bytes: int = 0
    news: threading.Condition = field(default_factory=threading.Condition)

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        with self.news:
            self.logged.append((level, name, message, dict(fields)))
            self.news.notify_all()

    def on_exchange(self, told: Exchange) -> None:
        self.exchanged.append((told.method, told.path, told.status, told.size_bytes))

    def until(self, message: str, count: int = 1) -> dict[str, Any]:
        """The variables of the last such record, once so many have come."""

        def found() -> list[dict[str, Any]]:
            return [each[3] for each in self.logged if each[2] == message]

        with self.news:
            assert self.news.wait_for(lambda: len(found()) >= count, DEADLINE_S), self.logged
            return found()[-1]


class Serving:
    """A processor on free ports whose workers run the code in ``folder``."""

    def __init__(
        self,
        *,
        folder: Path = PROBE,
        handler: str = "main:handler",
        workers: int = 1,
        availability_timeout_s: float = 10.0,
        event_timeout_s: float = 0.0,
        attributes: Mapping[str, Any] | None = None,
        url: str = ":0",
        environ: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        is_debugging: bool = False,
        is_observed: bool = False,
        observer: Any = None,
        nuclio: str = "1.14",
        batching: Batching | None = None,
        connections: int = 0,
        max_response_mb: int = 256,
    ) -> None:
        trigger = TriggerConfig(
            name="web", kind="http", workers=workers, url=url,
            availability_timeout_s=availability_timeout_s, attributes=attributes or {},
            batching=batching, connections=connections,
        )  # fmt: skip
        config = ProcessorConfig(
            function=Function(name="probe", handler=handler, event_timeout_s=event_timeout_s),
            triggers=(trigger,),
            platform=PlatformConfig(admin=Address(0), health=Address(0), metrics=Address(0)),
        )
        self.records = Records()
        self.processor = Processor(
            config,
            settings or Settings(nuclio=nuclio, max_response_mb=max_response_mb),
            sink=self.records,
            environ={**os.environ, "NUCLIO_PYTHON_PATH": str(folder), **(environ or {})},
            observer=self.records if is_observed else observer,
            is_debugging=is_debugging,
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self.processor.port_of("web")

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What the coroutine returns, run beside the processor."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE_S)

    def start(self) -> None:
        self.run(self.processor.start())

    def close(self) -> None:
        """Stop the processor, at once if it must be, and its loop."""
        if self._loop.is_closed():
            return
        if not self.processor.is_stopping:
            self._loop.call_soon_threadsafe(self.processor.kill)
        self.run(self.processor.wait_stopped())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_S)
        self._loop.close()

    def get(self, path: str, *, port: int = 0) -> tuple[int, str]:
        """Status and body of a GET on a connection of its own."""
        status, _, body = self.ask("GET", path, port=port)
        return status, body.decode()

    def ask(
        self, method: str, path: str, body: bytes = b"", *, port: int = 0
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of a request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=DEADLINE_S)
        try:
            connection.request(method, path, body or None)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """A raw connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S)


class Gate:
    """Holds handlers at the probe's `/gate` until they are let go."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(DEADLINE_S)
        self.path = f"/gate?port={self._listener.getsockname()[1]}"
        self._held: list[socket.socket] = []

    def arrival(self) -> int:
        """The process id of the next handler that arrives, which is then held."""
        held = self._listener.accept()[0]
        held.settimeout(DEADLINE_S)
        self._held.append(held)
        return int(held.makefile("r").readline())

    def open(self, word: bytes = b"let go") -> None:
        """Let go whoever was held first; the handler answers with the word."""
        with self._held.pop(0) as held:
            held.sendall(word)

    def close(self) -> None:
        for held in self._held:
            held.close()
        self._listener.close()


class Asking(threading.Thread):
    """A request under way; `answer` waits for its end."""

    def __init__(self, serving: Serving, path: str) -> None:
        super().__init__(daemon=True)
        self._serving, self._path = serving, path
        self._answer: tuple[int, str] | Exception = (0, "")
        self.start()

    def run(self) -> None:
        try:
            self._answer = self._serving.get(self._path)
        except Exception as error:
            self._answer = error

    def answer(self) -> tuple[int, str]:
        self.join(DEADLINE_S)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class Starting(Asking):
    """A start under way."""

    def __init__(self, serving: Serving) -> None:
        super().__init__(serving, "")

    def run(self) -> None:
        try:
            self._serving.start()
        except Exception as error:
            self._answer = error

    def outcome(self) -> None:
        self.answer()
