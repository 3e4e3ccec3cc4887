"""The HTTP trigger: a port, its connections, and what they share."""

from __future__ import annotations

from time import monotonic

from funcs.processor.batching import Batcher
from funcs.processor.clients import BUSY, SENDING, Clients, Limits
from funcs.processor.config import Address
from funcs.processor.cors import Cors
from funcs.processor.http_answer import Clock
from funcs.processor.http_config import HttpConfig
from funcs.processor.http_connection import HttpConnection
from funcs.processor.http_event import FrameMaker
from funcs.processor.http_file import FileFolder
from funcs.processor.http_prepared import PreparedRequests
from funcs.processor.http_reply import Reply
from funcs.processor.listener import Listener
from funcs.processor.logs import logs_header
from funcs.settings import Settings
from funcs.tape.exchange import NOT_KEPT, Exchange
from funcs.worker.wire import ResultReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from typing import Any

    from funcs.processor.config import TriggerConfig
    from funcs.processor.http_prepared import Prepared
    from funcs.processor.logs import Sink
    from funcs.processor.observer import Observer
    from funcs.processor.pool import Pool
    from funcs.worker.wire import LogRecord, Result

_DEFAULT_PORT = 8080


class HttpTrigger:
    """Takes HTTP requests at one port and answers them with what the pool's workers say.

    ``own`` are funcs' settings for the function; of ``most_clients`` at once is taken what they
    allow. ``new_listener`` is called as `Listener` is; a client without sockets brings one that is
    deaf.

    Raises on construction:
        SpecError: the attributes or the url are wrong.
        ProcessorError: the port cannot be had.
    """

    def __init__(
        self,
        settings: TriggerConfig,
        pool: Pool,
        *,
        host: str,
        sink: Sink,
        own: Settings | None = None,
        most_clients: int = 10_000,
        observer: Observer | None = None,
        new_listener: Callable[..., Listener] = Listener,
    ) -> None:
        self.settings = settings
        self._names = (settings.kind, settings.name)
        self.pool = pool
        self.sink = sink
        self.observer = observer
        self.reactor = pool.reactor
        self.config = HttpConfig.of(settings)
        self.successes = 0
        self.failures = 0
        self.clock = Clock()
        self.cors = None if self.config.cors is None else Cors(self.config.cors)
        self.frames = FrameMaker(settings.kind, settings.name)
        own = own or Settings()
        self.files = FileFolder(own.files)
        self.is_lax = own.nuclio == "1.14"
        self.requests = PreparedRequests(
            self.frames, self.cors, self.config.most_body, knows_1_0=not self.is_lax
        )
        self.known = self.requests.known
        self.read_result = ResultReader().read
        self._batcher: Batcher | None = None
        if settings.batching is not None:
            self._batcher = Batcher(settings.batching, pool, self.frames, sink)
        self.submit = pool.submit if self._batcher is None else self._batcher.submit
        self.clients = Clients(
            self.reactor, Limits.of(own, most=most_clients), connect=self._connect,
            refusal=self._refusal, tell=self._tell,
        )  # fmt: skip
        self._contexts: list[bool] = []
        self.is_leaving = False
        where = f"{settings.where}.url"
        address = Address.parse(settings.url, where=where) if settings.url else None
        self._listener = new_listener(
            self.reactor, address or Address(_DEFAULT_PORT), host=host, where=where,
            welcome=self.clients.welcome, starved=self.clients.starve,
            is_shared=own.handover_s > 0,
        )  # fmt: skip
        self.host, self.port = self._listener.host, self._listener.port

    def start(self) -> None:
        """Listen."""
        config = self.config
        self.sink.log("info", "processor.http", "Starting", {
            "listenAddress": str(Address(self.port, "")),
            "readBufferSize": config.most_head,
            "maxRequestBodySize": config.most_body,
            "reduceMemoryUsage": config.reduces_memory,
            "cors": None if config.cors is None else {"enabled": True},
        })  # fmt: skip
        self._listener.start()

    def flush(self) -> None:
        """Hold no event back for company: the workers are about to be let go."""
        if self._batcher is not None:
            self._batcher.flush()

    def leave(self) -> None:
        """Let new clients go to the next processor at this port, each of ours after an answer."""
        self.is_leaving = True
        self._listener.leave()

    def close_door(self) -> None:
        """Take no more clients."""
        self._listener.close()

    @property
    def has_clients(self) -> bool:
        """Whether a connection is open."""
        return len(self.clients) > 0

    def close(self) -> None:
        """Cut every connection and free the port."""
        self._listener.close()
        self.clients.close()

    @property
    def is_quiet(self) -> bool:
        """Whether no client waits for an answer, or for the rest of one."""
        return not any(client.waits_for()[0] in (SENDING, BUSY) for client in self.clients)

    def borrow_context(self) -> bool:
        """Whether the context that a new connection gets has carried a body before.

        Nuclio 1.14: connections share a pool of contexts. One that has carried a body gives
        requests without one an empty body, where a new context gives None.
        """
        return self._contexts.pop() if self._contexts else False

    def forget(self, connection: HttpConnection, *, had_body: bool) -> None:
        """A connection is over; the next one gets its context."""
        self.clients.forget(connection)
        if len(self._contexts) < 1024:
            self._contexts.append(had_body and not self.config.reduces_memory)

    def count(self, result: Result) -> None:
        """A worker answered, with what can be read or not."""
        if result.error:
            self.failures += 1
        else:
            self.successes += 1

    def finish_reply(
        self,
        reply: Reply,
        prepared: Prepared,
        logs: list[LogRecord] | None,
        *,
        is_marked: bool = False,
    ) -> None:
        """Set the headers: those of CORS, the handler's log records, then the handler's own."""
        if self.cors is not None and not is_marked:
            self.cors.mark(prepared.head, reply.own)
        if prepared.log_level is not None and logs is not None:
            value = logs_header(logs, prepared.log_level, self.settings.name)
            if value is None:
                self.sink.log("warn", "processor.http", "Skipped setting logs in header", {})
            else:
                reply.own.add(b"X-Nuclio-Logs", value)
        reply.add_headers(self.files, self._tell, is_lax=self.is_lax)

    def observe(
        self,
        client: HttpConnection,
        reply: Reply,
        *,
        worker: int = -1,
        answer: bytes | None = None,
        size_bytes: int = -1,
        is_whole: bool = True,
    ) -> None:
        """Tell the observer of an exchange: the whole of a reply, or what there was of a stream."""
        prepared, logs, event = client.prepared, client.logs, client.kept
        client.logs, client.kept = None, NOT_KEPT
        if self.observer is None or prepared is None:
            return
        if size_bytes < 0:
            size_bytes = len(reply.body)
            answer = reply.body if reply.file is None else None
        self.observer.on_exchange(
            Exchange(
                self._names, prepared.head, reply.status, event, reply.headers(), answer,
                size_bytes, monotonic() - client.began_at, worker, is_whole, logs or (),
            )
        )  # fmt: skip

    def observe_plain(self, client: HttpConnection, prepared: Prepared, result: Result) -> None:
        """Tell of an exchange whose answer has no headers but the type of its content."""
        if self.observer is not None:
            kind = result.content_type.encode("utf-8", "replace")
            self.observer.on_exchange(
                Exchange(
                    self._names, prepared.head, result.status_code, client.kept,
                    ((b"Content-Type", kind),), result.body, len(result.body),
                    monotonic() - client.began_at, self.pool.answered_by, True, client.logs or (),
                )
            )  # fmt: skip
        client.logs, client.kept = None, NOT_KEPT

    def _connect(self, sock: socket.socket) -> HttpConnection:
        return HttpConnection(self, sock)

    def _refusal(self) -> bytes:
        return Reply.text(503, b"Too many connections").to_bytes(self.clock, None, closes=True)

    def _tell(self, message: str, fields: Mapping[str, Any]) -> None:
        self.sink.log("warn", "processor.http", message, fields)
