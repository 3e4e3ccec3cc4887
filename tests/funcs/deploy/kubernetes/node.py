"""A node that runs nothing, and has the logs that a test gives it: what the API server asks for."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
import threading
import urllib.error
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.funcs.deploy.kubernetes.control_plane import ControlPlane


class Node:
    """Its ``logs`` are by container, and by whether that is the one that ended before.

    ``waiting`` are the pods of which no container has started.
    """

    def __init__(self, plane: ControlPlane, name: str, port: int) -> None:
        self.logs: dict[tuple[str, bool], str] = {}
        self.waiting: set[str] = set()
        self._plane = plane
        self._name = name
        plane.ask("POST", "/api/v1/nodes", {"metadata": {"name": name}})
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        }
        plane.ask("PATCH", f"/api/v1/nodes/{name}/status", {"status": status})

    def take(self, pod: Mapping[str, Any]) -> None:
        """Give the pod to this node, as a scheduler does."""
        if not pod["spec"].get("nodeName"):
            place = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods"
            target = {"apiVersion": "v1", "kind": "Node", "name": self._name}
            binding = {"metadata": {"name": pod["metadata"]["name"]}, "target": target}
            with contextlib.suppress(urllib.error.HTTPError):  # it has it, or the pod is gone
                self._plane.ask("POST", f"{place}/{pod['metadata']['name']}/binding", binding)

    def answer(self, path: str) -> tuple[int, str]:
        """The log that is asked for: ``/containerLogs/NAMESPACE/POD/CONTAINER?previous=true``."""
        url = urlsplit(path)
        pod, container = url.path.split("/")[-2:]
        if pod in self.waiting:
            return 400, f'container "{container}" in pod "{pod}" is waiting to start'
        is_before = parse_qs(url.query).get("previous") == ["true"]
        return 200, self.logs.get((container, is_before), "")


@contextlib.contextmanager
def node(plane: ControlPlane, name: str, folder: Path) -> Iterator[Node]:
    """One that the API server reaches."""
    key, certificate = folder / "node.key", folder / "node.pem"
    line = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=node"]
    subprocess.run([*line, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    found: list[Node] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, answer = found[0].answer(self.path)
            text = answer.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            found.append(Node(plane, name, server.server_port))
            yield found[0]
        finally:
            server.shutdown()
