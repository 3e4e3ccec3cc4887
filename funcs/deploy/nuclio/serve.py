"""Serves an archive for the moment in which a dashboard fetches it.

The dashboard fetches it once, before it answers the request that names it (Nuclio 1.14).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from funcs.deploy.target import Target
from funcs.errors import DeployError

#: Stands in plans for the address that is known when the archive is served.
ARCHIVE_HOST = "this-machine.invalid"


@dataclass(frozen=True, slots=True)
class Served:
    """Where files are, as ``host:port``, and which of them somebody has asked for."""

    host: str
    asked: set[str] = field(default_factory=set)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who leaves while it fetches says so itself."""


class _ServerV6(_Server):
    address_family = socket.AF_INET6


@contextmanager
def serving(files: Mapping[str, bytes], target: Target) -> Iterator[Served]:
    """Serve ``files`` by their names, until the block ends.

    Raises:
        DeployError: the address of the target's ``serve_at`` cannot be bound, or none is known.
    """
    host, port = _address(target)
    asked: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            data = files.get(name)
            if data is not None:
                asked.add(name)
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the dashboard's own log says it."""

    kind = _ServerV6 if ":" in host else _Server
    try:
        server = kind(("" if target.serve_at else host, port), Handler)
    except OSError as error:
        fix = "name another: --serve-at HOST:PORT"
        what = f"cannot serve the archive at {host}:{port}: {error.strerror}"
        raise DeployError(what, fix=fix) from None
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield Served(f"{shown}:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _address(target: Target) -> tuple[str, int]:
    """Where this machine is reached from the dashboard, and the port; 0 = any."""
    if target.serve_at:
        host, _, text = target.serve_at.rpartition(":")
        if not host or not text.isdecimal() or int(text) > 65535:
            fix = "write HOST:PORT, as the dashboard reaches this machine"
            raise DeployError(f"{target.serve_at!r} is no address to serve at", fix=fix)
        return host.strip("[]"), int(text)
    parts = urlsplit(target.url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), timeout=10) as connection:
            return str(connection.getsockname()[0]), 0
    except OSError as error:
        what = f"the dashboard cannot be reached: {error.strerror or error}"
        raise DeployError(what, where=target.url, fix="check the address (--url)") from None
