from __future__ import annotations

from typing import Any

import pytest

import funcs
from funcs.errors import SpecError
from funcs.host import Host
from funcs.protocols.table import PROTOCOLS, spoken
from funcs.settings import Settings
from tests.funcs.protocols.asking import Given, ask, host_of, started, tensor

ROWS = {"inputs": [[1, 2]]}
NAMED = tensor([[1, 2]], [1, 2])


def speaks(host: Host, path: str, body: Any = b"", **more: Any) -> str:
    """Which protocol answered, by the form of its answer."""
    answer = ask(host, path, body, **more)
    text = answer.body if isinstance(answer.body, str) else answer.body.decode()
    if (
        "text/plain" == answer.content_type
        or '"timestamp"' in text
        or 'model_endpoint_uid":"' in text
    ):
        return "mlrun"
    return "native" if '"code"' in text else "oip"


def test_without_a_setting_all_are_spoken() -> None:
    assert tuple(PROTOCOLS) == spoken(())


def test_an_unknown_protocol_is_refused_with_a_suggestion() -> None:
    with pytest.raises(SpecError, match="there is no protocol 'mlruns'") as caught:
        spoken(("mlruns",))

    assert "did you mean 'mlrun'?" in caught.value.fix


@pytest.mark.parametrize(
    ("path", "body", "protocol"),
    [
        ("/v2/models/m/infer", NAMED, "oip"),
        ("/v2/models/m/infer", ROWS, "mlrun"),
        ("/v2/models/m/infer", {"inputs": [{"name": "x"}]}, "mlrun"),
        ("/v2/models/m/infer", {"inputs": []}, "oip"),
        ("/v2/models/m/infer", {"wrong": 1}, "oip"),
        ("/v2/models/m/infer", b"{bad", "oip"),
        ("/v2/models/m/predict", ROWS, "mlrun"),
        ("/v2/models/m", ROWS, "mlrun"),
        ("/v2/models/m", b"", "oip"),
        ("/v2/models/m/ready", b"", "oip"),
        ("/v2/models/nope/infer", ROWS, "mlrun"),
        ("/v2/models/nope/infer", NAMED, "oip"),
        ("/", ROWS, "mlrun"),
        ("/", NAMED, "oip"),
        ("/", {"wrong": 1}, "mlrun"),
        ("/", b"{bad", "mlrun"),
        ("/v1/elsewhere", ROWS, "native"),
    ],
)
def test_shared_routes_are_told_apart_by_the_body(path: str, body: Any, protocol: str) -> None:
    assert protocol == speaks(host_of(m=Given), path, body)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/models/m/infer", {"inputs": []}),
        ("/v2/models/m/infer", {"wrong": 1}),
        ("/v2/models/m/infer", b"{bad"),
        ("/v2/models/m", b""),
        ("/v2/models/m/ready", b""),
    ],
)
def test_the_first_in_order_answers_what_the_body_does_not_tell(path: str, body: Any) -> None:
    order = ("mlrun", "oip", "native")

    assert "mlrun" == speaks(host_of(settings=Settings(protocols=order), m=Given), path, body)


@pytest.mark.parametrize("protocol", ["oip", "mlrun"])
def test_one_alone_answers_every_route(protocol: str) -> None:
    host = host_of(settings=Settings(protocols=(protocol,)), m=Given)

    for path in ("/", "/nothing", "/v2/nothing", "/v2/models/m/infer"):
        assert protocol == speaks(host, path, {"x": 1})
        assert protocol == speaks(host, path, b"{bad")


@pytest.mark.parametrize("kind", ["kafka-cluster", "v3ioStream", "rabbit-mq", "kinesis", "mqtt"])
def test_events_of_streams_are_routed_by_their_body(kind: str) -> None:
    answer = ask(host_of(m=Given), "/v2/models/nope/infer", ROWS, kind=kind, method="")

    assert 200 == answer.status_code


@pytest.mark.parametrize("kind", ["http", "cron", ""])
def test_other_events_are_routed_by_their_path(kind: str) -> None:
    answer = ask(host_of(m=Given), "/v2/models/nope/infer", ROWS, kind=kind)

    assert 404 == answer.status_code or "doesnt exist" in answer.body


def test_an_event_without_a_model_reaches_the_routers_default() -> None:
    router = funcs.Router(default="second")
    for name in ("first", "second"):
        router.add_model(name, Given)
    graph = funcs.Graph("asked")
    graph.to(router, name="models").respond()
    host = started(graph)

    for body in (ROWS, NAMED):
        assert '"model_name":"second"' in ask(host, "/", body).body


@pytest.mark.parametrize("name", ["Mlrun-Event-Path", "mlrun-event-path"])
def test_mlruns_header_overrides_the_path(name: str) -> None:
    headers = {name: "/v2/models/second/infer"}
    answer = ask(host_of(first=Given, second=Given), "/", ROWS, headers=headers)

    assert '"model_name":"second"' in answer.body


def test_routes_are_remembered_but_not_without_bound() -> None:
    host = host_of(m=Given)
    for number in range(5000):
        ask(host, f"/v2/models/m{number}/ready")
    assert host.server is not None

    assert 4096 >= len(host.server.table.routes)
    assert 200 == ask(host, "/v2/models/m/infer", NAMED).status_code


def test_a_path_of_bytes_is_read_too() -> None:
    event_path: Any = b"/v2/models/m/infer"

    assert 200 == ask(host_of(m=Given), event_path, NAMED).status_code
