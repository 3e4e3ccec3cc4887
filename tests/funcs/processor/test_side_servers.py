"""Health, administration and metrics, asked over real sockets."""

from __future__ import annotations

import json
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.processor.config import Function
from funcs.processor.health import HealthRoutes, function_health
from funcs.processor.http_head import parse_head
from funcs.processor.metrics import MetricsRoutes
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.serving import Serving


@pytest.fixture
def serving(serve: Serve) -> Serving:
    return serve()


def test_readiness_lists_its_checks_when_asked_for_all(serving: Serving) -> None:
    health = serving.processor.port_of("health")

    status, headers, body = serving.ask("GET", "/ready?full=1", port=health)

    assert (200, "application/json; charset=utf-8") == (status, headers["Content-Type"])
    assert {"processor_liveness": "OK", "processor_readiness": "OK"} == json.loads(body)
    assert 405 == serving.ask("POST", "/ready", port=health)[0]
    assert (404, "404 page not found\n") == serving.get("/", port=health)


def test_what_is_not_ready_says_so() -> None:
    routes = HealthRoutes(lambda: False)

    reply = routes(parse_head(b"GET /ready HTTP/1.1\r\n\r\n"))

    assert (503, b"{}\n") == (reply.status, reply.body)
    assert 200 == routes(parse_head(b"GET /live HTTP/1.1\r\n\r\n")).status


def test_without_an_http_trigger_health_is_the_exact_path() -> None:
    there = function_health(parse_head(b"POST /__internal/health HTTP/1.1\r\n\r\n"))
    near = function_health(parse_head(b"GET /__internal/health/x HTTP/1.1\r\n\r\n"))

    assert ((200, b"ok"), 404) == ((there.status, there.body), near.status)


def test_triggers_can_be_read_and_not_changed(serving: Serving) -> None:
    admin = serving.processor.port_of("admin")
    serving.get("/hello")

    every = json.loads(serving.get("/triggers", port=admin)[1])
    web = json.loads(serving.get("/triggers/web", port=admin)[1])

    assert {"web": web} == every
    assert ("http", 1, {"success": 1, "failure": 0}) == (
        web["kind"],
        web["numWorkers"],
        web["handledEvents"],
    )
    assert (200, '{"stats":"example"}\n') == serving.get("/triggers/none/stats", port=admin)
    assert 404 == serving.get("/triggers/none", port=admin)[0]
    assert 404 == serving.get("/triggers/web/other", port=admin)[0]
    assert (405, "GET") == at(serving.ask("DELETE", "/triggers/web", port=admin))


def test_metrics_count_what_the_processor_did(serving: Serving) -> None:
    metrics = serving.processor.port_of("metrics")
    for path in ("/hello", "/fail", "/leave"):
        serving.get(path)

    status, headers, body = serving.ask("GET", "/metrics", port=metrics)

    assert (200, "text/plain; version=0.0.4; charset=utf-8") == (status, headers["Content-Type"])
    values = dict(re.findall(r'(\w+)\{[^}]*?(?:result="\w+",)?trigger_id="web"[^}]*\} (\S+)',
                             body.decode()))  # fmt: skip
    totals = re.findall(r'handled_events_total\{.*result="(\w+)".*\} (\d+)', body.decode())
    assert {"success": "2", "failure": "1"} == dict(totals)
    assert "3" == values["nuclio_processor_worker_allocation_count"]
    assert (200, "ok") == serving.get("/__internal/health", port=metrics)
    assert 404 == serving.get("/other", port=metrics)[0]


def test_labels_are_escaped(serving: Serving) -> None:
    routes = MetricsRoutes(Function(name='a"b\\c\nd'), serving.processor.triggers)

    assert r'function="a\"b\\c\nd"' in routes.text()


def test_pipelined_and_cut_requests_are_answered(serving: Serving) -> None:
    address = ("127.0.0.1", serving.processor.port_of("health"))
    with socket.create_connection(address, timeout=20) as sock:
        sock.sendall(b"GET /live HTTP/1.1\r\n\r\nPUT /live HTTP/1.1\r\nContent-Length: 3\r\n\r\nab")
        first = sock.recv(4096)
        sock.sendall(b"cGET /live HTTP/1.1\r\nConnection: close\r\n\r\n")
        with sock.makefile("rb") as stream:
            rest = stream.read()

    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert rest.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert b"HTTP/1.1 200 OK\r\n" in rest
    assert rest.endswith(b"Connection: close\r\n\r\n{}\n")


def test_what_is_no_request_is_refused(serving: Serving) -> None:
    address = ("127.0.0.1", serving.processor.port_of("health"))
    with socket.create_connection(address, timeout=20) as sock:
        sock.sendall(b"nonsense\r\n\r\n")
        with sock.makefile("rb") as stream:
            answer = stream.read()

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")


@given(st.binary(max_size=30))
def test_any_path_has_an_answer(path: bytes) -> None:
    head = parse_head(b"GET /%b HTTP/1.1\r\n\r\n" % path.hex().encode())
    head.path = b"/" + path

    assert {200, 404, 503} >= {
        HealthRoutes(lambda: True)(head).status,
        function_health(head).status,
    }


def at(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    return answer[0], answer[1].get("Allow", "")
