"""Real registries on loopback, and a proxy before one that fails when it is told to."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import secrets
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.builder.publish.conformance import needs

USER, PASSWORD = "funcs", "secret-of-tests"
# the password above, hashed as Debian's docker-registry wants it
_HTPASSWD = f"{USER}:$2b$04$euen9wl6YVCpyFtsB3GFV.UFvw2DCcOD5/6.59FRvaslY3cMQ3VXe\n"
_LISTENING = re.compile(r"listening on ([\d.]+:\d+)")
_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}


@contextlib.contextmanager
def registry(folder: Path, *, has_password: bool = False) -> Iterator[str]:
    """Debian's docker-registry on a free port; its host and port."""
    program = needs("docker-registry")
    config: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "registry")},
            "delete": {"enabled": True},
        },
        "http": {"addr": "127.0.0.1:0", "secret": "of tests"},
    }
    if has_password:
        (folder / "htpasswd").write_text(_HTPASSWD)
        config["auth"] = {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}
    (folder / "registry.yml").write_text(json.dumps(config))  # YAML enough
    log = (folder / "registry.log").open("w+")
    with subprocess.Popen(
        [program, "serve", str(folder / "registry.yml")],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={"OTEL_TRACES_EXPORTER": "none"},
    ) as process:
        try:
            assert process.stderr is not None
            yield _until_listening(process.stderr, log)
        finally:
            process.kill()
            log.close()


def _until_listening(stderr: Any, log: Any) -> str:
    for line in stderr:
        log.write(line)
        if found := _LISTENING.search(line):
            threading.Thread(target=lambda: log.writelines(stderr), daemon=True).start()
            return found[1]
    log.flush()
    log.seek(0)
    raise AssertionError(f"docker-registry did not start: {log.read()}")


@dataclass
class Fault:
    """What goes wrong: the next ``times`` requests of ``method`` whose path has ``path`` in it.

    ``status`` is answered at once; without one, the line is cut after ``after_bytes`` of the
    request's body have reached the registry, or of the answer's body have come back.
    """

    method: str
    path: str
    status: int = 0
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_bytes: int = 0
    is_answer_cut: bool = False
    is_answer_damaged: bool = False


@dataclass
class Seen:
    """A request that came."""

    method: str
    path: str
    body_bytes: int
    authorization: str = ""
    status: int = 0


class Proxy(ThreadingHTTPServer):
    """Stands before a registry; ``tokens`` makes it want Bearer tokens that it gives out itself."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str, *, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.tokens: set[str] | None = None
        self.token_requests: list[dict[str, list[str]]] = []
        self.token_user = (USER, PASSWORD)
        self.refresh_token = ""
        self.location_scheme = ""
        self._lock = threading.Lock()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def host(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets; each is met a number of times."""
        with self._lock:
            for fault in self.faults:
                if fault.method == method and fault.path in path and fault.times:
                    fault.times -= 1
                    return fault
        return None

    def sent_bytes(self) -> int:
        """How many bytes of bodies came to paths of blobs."""
        return sum(seen.body_bytes for seen in self.seen if "/blobs/" in seen.path)

    def count(self, method: str, path: str = "") -> int:
        """How many such requests came."""
        return sum(seen.method == method and path in seen.path for seen in self.seen)


@contextlib.contextmanager
def proxy(upstream: str, *, certificate: Path | None = None) -> Iterator[Proxy]:
    """A proxy that serves until the end of the block."""
    server = Proxy(upstream, certificate=certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, *args: object) -> None:
        """Tests look at `Proxy.seen`."""

    def do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        seen = Seen(self.command, self.path, length, self.headers.get("Authorization", ""))
        self.server.seen.append(seen)
        if self.path.startswith("/token"):
            self._give_token(length)
            return
        if self._is_unauthorized():
            self.rfile.read(length)
            realm = f'Bearer realm="http://{self.server.host}/token",service="tests"'
            self._answer(401, {"WWW-Authenticate": realm})
            return
        fault = self.server.fault_for(self.command, self.path)
        if fault and fault.status:
            self.rfile.read(length)
            self._answer(fault.status, fault.headers, fault.body)
            return
        self._forward(length, fault, seen)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do

    def _forward(self, length: int, fault: Fault | None, seen: Seen) -> None:
        upstream = http.client.HTTPConnection(self.server.upstream)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if self.server.tokens is None or name.lower() != "authorization":
                upstream.putheader(name, value)
        upstream.endheaders()
        is_request_cut = fault is not None and not (fault.is_answer_cut or fault.is_answer_damaged)
        left = min(length, fault.after_bytes) if fault and is_request_cut else length
        while left and (chunk := self.rfile.read(min(left, 65536))):
            upstream.send(chunk)
            left -= len(chunk)
        if is_request_cut:
            upstream.close()
            self._cut()
            return
        answer = upstream.getresponse()
        seen.status = answer.status
        self._relay(answer, fault)
        upstream.close()

    def _relay(self, answer: http.client.HTTPResponse, fault: Fault | None) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() == "location" and self.server.location_scheme:
                value = re.sub("^https?", self.server.location_scheme, value)
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.end_headers()
        body = answer.read()
        if fault and fault.is_answer_damaged:
            body = bytes(reversed(body))
        if fault and fault.is_answer_cut:
            self.wfile.write(body[: fault.after_bytes])
            self._cut()
            return
        self.wfile.write(body)

    def _cut(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def _is_unauthorized(self) -> bool:
        tokens = self.server.tokens
        return tokens is not None and self.headers.get("Authorization", "")[7:] not in tokens

    def _give_token(self, length: int) -> None:
        query = parse_qs(urlsplit(self.path).query)
        form = parse_qs(self.rfile.read(length).decode())
        self.server.token_requests.append(query or form)
        import base64

        pair = ":".join(self.server.token_user).encode()
        basic = f"Basic {base64.b64encode(pair).decode()}"
        refreshed = form.get("refresh_token", [""])[0]
        is_known = self.server.refresh_token and refreshed == self.server.refresh_token
        if self.headers.get("Authorization") != basic and not is_known:
            self._answer(401, {})
            return
        token = secrets.token_hex(8)
        assert self.server.tokens is not None
        self.server.tokens.add(token)
        name = "access_token" if is_known else "token"
        self._answer(200, {}, json.dumps({name: token}).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def certificate(folder: Path) -> Path:
    """A fresh certificate for 127.0.0.1 with its key, in one file."""
    key, path = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    outputs = ["-keyout", str(key), "-out", str(path)]
    subprocess.run(
        [needs("openssl"), "req", "-x509", "-nodes", "-days", "1", *subject, *outputs],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path
