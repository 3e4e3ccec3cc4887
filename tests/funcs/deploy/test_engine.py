"""What an engine says of images and containers, as recorded by docker inspect."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from funcs.deploy.engine import ContainerFacts, Engine, ImageFacts

INSPECT = Path(__file__).parents[2] / "conformance" / "dashboard" / "data" / "inspect"


def inspected(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((INSPECT / f"{name}.json").read_text())
    return document


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine's HTTP API that has the recorded container and an image."""
    answers: dict[str, Any] = {
        "/version": {"ApiVersion": "1.40"},
        "/v1.40/version": {"ApiVersion": "1.40"},
        "/v1.40/containers/nuclio-nuclio-echo/json": inspected("deploy-ok"),
        "/v1.40/images/demo/fn:1/json": {"Id": "sha256:ab", **inspected("deploy-ok")},
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(self.path)
            body = json.dumps(found or {"message": "not found"}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield Engine({"DOCKER_HOST": f"tcp://127.0.0.1:{server.server_address[1]}"})
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_image_is_asked_for_its_healthcheck(engine: Engine) -> None:
    assert ImageFacts("sha256:ab", has_healthcheck=True) == engine.image("demo/fn:1")


def test_what_the_engine_does_not_have_is_none(engine: Engine) -> None:
    assert None is engine.image("demo/fn:2")
    assert None is engine.container("nobody")


def test_a_container_is_asked_for_its_addresses(engine: Engine) -> None:
    facts = engine.container("nuclio-nuclio-echo")

    assert ContainerFacts.from_inspect(inspected("deploy-ok")) == facts


@pytest.mark.parametrize("host", ["unix:///nonexistent.sock", "tcp://127.0.0.1:1", "nonsense"])
def test_an_engine_that_is_not_there_is_silent(host: str) -> None:
    assert None is Engine({"DOCKER_HOST": host}).image("demo/fn:1")


@pytest.mark.parametrize("check", [None, {}, {"Test": ["NONE"]}])
def test_no_healthcheck_is_told_in_several_ways(check: object) -> None:
    document = {"Config": {"Healthcheck": check}}

    assert not ImageFacts.from_inspect(document).has_healthcheck
