"""An emulated Nuclio dashboard over real HTTP, held to recordings of the real one.

tests/conformance/dashboard replays those against it.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.dashboard.deploys import Deployed, Deploys, described
from tests.dashboard.faults import Faults
from tests.dashboard.refusal import Refusal
from tests.dashboard.routes import Answer, Request, route
from tests.dashboard.shelves import Events, Projects


class Coming(list[dict[str, Any]]):
    """The states that are looked at one after the other; the last one stays."""

    def __init__(self, *states: dict[str, Any]) -> None:
        super().__init__(states)

    def next(self) -> dict[str, Any]:
        """The one that is next."""
        return self.pop(0) if len(self) > 1 else self[0]


class EmulatedDashboard:
    """Its state, for tests to look at and to set; ``requests`` are those that came."""

    def __init__(self) -> None:
        self.lock = threading.Condition(threading.RLock())
        self.projects = Projects()
        self.deploys = Deploys(self.projects.stored)
        self.events = Events(self.deploys)
        self.faults = Faults()
        self.gateways: dict[str, Any] = {}
        self.gateway_states = Coming({"state": "ready"})
        self.requests: list[Request] = []
        self.url = ""
        self.is_closed = False

    @property
    def kind(self) -> str:
        """What it runs on: ``local`` or ``kube``."""
        return self.deploys.kind

    @kind.setter
    def kind(self, kind: str) -> None:
        self.deploys.kind = kind

    def calls(self, method: str) -> list[str]:
        """The paths that were asked for with a method."""
        return [each.target for each in self.requests if each.method == method]

    def wait_for_calls(self, method: str, target: str, count: int) -> None:
        """Wait until so many requests of a kind came."""

        def came() -> bool:
            return self.calls(method).count(target) >= count

        with self.lock:
            assert self.lock.wait_for(came, timeout=30)

    def write(self, name: str, text: str, replica: str = "") -> None:
        """The function's container writes something, or another ``replica`` of it."""
        function = self.deploys.functions["nuclio", name]
        if replica:
            function.others[replica] += text
        else:
            function.log += text
        self.notify()

    def notify(self) -> None:
        """Have those look who wait for something to change."""
        with self.lock:
            self.lock.notify_all()

    def followed(self, function: Deployed, first: str, replica: str, told: int) -> Iterator[bytes]:
        """A replica's log as it grows, for as long as its function is there.

        ``first`` are lines of the ``told`` characters that are there already.
        """
        yield first.encode()
        while True:
            with self.lock:
                self.lock.wait_for(partial(self._has_more, function, replica, told))
                log = function.log_of(replica)
                text, told = log[told:], len(log)
                is_over = self._is_over(function)
            if text:
                yield text.encode()
            if is_over:
                return

    def _has_more(self, function: Deployed, replica: str, told: int) -> bool:
        return self._is_over(function) or len(function.log_of(replica)) > told

    def _is_over(self, function: Deployed) -> bool:
        return self.is_closed or function not in self.deploys.functions.values()

    def state_of(self, name: str) -> dict[str, Any]:
        """A function as it is stored, without time passing."""
        return described(self.deploys.functions["nuclio", name])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    dashboard: EmulatedDashboard

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        request = Request(self.command, self.path, unquote(parts.path), query, headers, body)
        with self.dashboard.lock:
            answer = self._answer(request)
            self.dashboard.lock.notify_all()
        if answer is None or self.dashboard.deploys.is_dead:
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.stream is not None:
            self._stream(answer.stream)
            return
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _stream(self, pieces: Iterator[bytes]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _answer(self, request: Request) -> Answer | None:
        dashboard = self.dashboard
        dashboard.requests.append(request)
        fault = dashboard.faults.next(f"{request.method} {request.target}")
        if fault is not None:
            if fault.is_late:
                route(dashboard, request)
            if not fault.status:
                return None
            headers = [("Content-Type", fault.content_type)]
            headers += [("Location", fault.location)] if fault.location else []
            return Answer(fault.status, fault.body, headers)
        wanted = dashboard.faults.authorization
        if wanted and request.headers.get("authorization") != wanted:
            return Answer.json(401, {"error": "Unauthorized"})
        try:
            return route(dashboard, request)
        except Refusal as refusal:
            if refusal.reason is None:
                return Answer(refusal.status, b"")
            trace = f"\nError - {refusal.reason}" if refusal.reason else ""
            return Answer.json(refusal.status, {"error": refusal.reason, "errorStackTrace": trace})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves, or does not like our certificate, is no news."""


@contextmanager
def emulated_dashboard(context: ssl.SSLContext | None = None) -> Iterator[EmulatedDashboard]:
    """A dashboard at ``.url``, until the block ends; with a ``context`` over TLS."""
    dashboard = EmulatedDashboard()
    handler = type("Handler", (_Handler,), {"dashboard": dashboard})
    server = _Server(("127.0.0.1", 0), handler)
    scheme = "http"
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        scheme = "https"
    dashboard.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield dashboard
    finally:
        dashboard.is_closed = True
        dashboard.notify()
        server.shutdown()
        server.server_close()
        thread.join()
