"""`funcs processor` as a program: started, read, asked."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.funcs.processor.serving import PROBE

YAML = """
metadata: {{name: probe, namespace: nuclio}}
spec:
  handler: {handler}
  runtime: "python:3.11"
  eventTimeout: "{event_timeout}"
  triggers: {{web: {{kind: {kind}, url: ":{port}", numWorkers: {workers}}}}}
"""
QUIET = """
webAdmin: {enabled: false}
healthCheck: {enabled: false}
"""


def program(
    tmp_path: Path,
    *options: str,
    kind: str = "http",
    handler: str = "main:handler",
    port: int = 0,
    workers: int = 1,
    event_timeout: str = "",
    folder: Path = PROBE,
    environ: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """The program, started for the function in ``folder``."""
    text = YAML.format(
        kind=kind, handler=handler, port=port, workers=workers, event_timeout=event_timeout
    )
    (tmp_path / "p.yaml").write_text(text)
    (tmp_path / "q.yaml").write_text(QUIET)
    command = [sys.executable, "-m", "funcs.processor", "--config", str(tmp_path / "p.yaml")]
    command += ["--platform-config", str(tmp_path / "q.yaml"), *options]
    return subprocess.Popen(
        command,
        env={**os.environ, "NUCLIO_PYTHON_PATH": str(folder), **(environ or {})},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """The first line with that word."""
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return line
    raise AssertionError(f"no {word!r} was printed")


def serving_port(process: subprocess.Popen[str]) -> int:
    """Its port, once it serves."""
    line = read_until(process, '"listenAddress"')
    read_until(process, "Processor started")
    return int(line.partition('"listenAddress": ":')[2].partition('"')[0])


def fetch(port: int, path: str) -> bytes:
    """The whole answer to a GET, head and body; empty if there was none."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        with sock.makefile("rb") as stream:
            return stream.read()
