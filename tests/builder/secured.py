"""An engine's socket file behind TLS, as an engine on another machine is reached."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.forward import pass_on


@contextlib.contextmanager
def secured(address: str, certificate: Path, clients: Path) -> Iterator[int]:
    """The port that leads to the engine whoever shows the certificate ``clients``."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(clients))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),  # one who shows none, or leaves, is no news
                context.wrap_socket(self.request, server_side=True) as near,
                socket.socket(socket.AF_UNIX) as far,
            ):
                far.connect(address.removeprefix("unix://"))
                back = threading.Thread(target=pass_on, args=(far, near), daemon=True)
                back.start()
                pass_on(near, far)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            serving.join()
