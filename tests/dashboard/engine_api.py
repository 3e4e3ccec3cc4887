"""A Docker engine's HTTP API, as far as it is asked what it has."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_VERSION = "1.40"


@contextmanager
def emulated_engine(
    containers: Mapping[str, Any],
    images: Mapping[str, Any],
    *,
    info: Mapping[str, Any] | None = None,
    host: str = "127.0.0.1",
    asked: list[str] | None = None,
) -> Iterator[str]:
    """Its ``DOCKER_HOST``; each thing is described as inspect and info describe it.

    ``asked`` is filled with the paths that it was asked for.
    """
    heard = [] if asked is None else asked
    answers: dict[str, Any] = {
        "/version": {"ApiVersion": _VERSION},
        f"/v{_VERSION}/version": {"ApiVersion": _VERSION},
        "/_ping": "OK",
        f"/v{_VERSION}/_ping": "OK",
    }
    answers[f"/v{_VERSION}/info"] = info
    answers |= {f"/v{_VERSION}/containers/{name}/json": each for name, each in containers.items()}
    answers |= {f"/v{_VERSION}/images/{name}/json": each for name, each in images.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            found = answers.get(self.path)
            body = json.dumps(found or {"message": "not found"}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Api-Version", _VERSION)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((host, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"tcp://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
