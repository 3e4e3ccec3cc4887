"""`funcs.testing.Client` and a real emulator answer the same requests with the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from funcs.emulator.answer import Answer
from funcs.testing import Client, Emulator
from tests.funcs.client_functions import CORS, GRAPH, PLAIN, write_function


@dataclass(frozen=True)
class Case:
    """One request that both answer."""

    method: str = "GET"
    path: str = "/"
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


JSON = {"Content-Type": "application/json"}
ROOMS = b'{"name": "rooms", "shape": [1, 2], "datatype": "FP64", "data": [3, 70]}'
OIP = b'{"id": "7", "inputs": [%b]}' % ROOMS
PLAIN_CASES = {
    "get": Case(),
    "query": Case(path="/a//b/../c%20d?x=1&x=2&y"),
    "json": Case("POST", body=b'{"a": [1, null]}', headers=JSON),
    "bad json": Case("POST", body=b"{", headers=JSON),
    "bytes": Case("POST", body=b"\x00\xff"),
    "empty post": Case("POST"),
    "put": Case("PUT", body=b"x"),
    "delete": Case("DELETE"),
    "options": Case("OPTIONS"),
    "own header": Case(headers={"x-my-HEADER": "1", "X-Nuclio-Log-Level": "error"}),
    "exception": Case(path="/fail"),
    "coroutine": Case(path="/async"),
    "response": Case(path="/teapot"),
    "file": Case(path="/file"),
    "list": Case(path="/batch"),
    "health": Case(path="/__internal/health"),
    "unknown method": Case("FETCH"),
    "cloud event": Case(
        "POST", body=b'{"eventID": "1", "data": {"x": 1}}',
        headers={"Content-Type": "application/cloudevents+json"},
    ),
    "multipart": Case(
        "POST", body=b"--b\r\n", headers={"Content-Type": "multipart/form-data; boundary=b"}
    ),
}  # fmt: skip
GRAPH_CASES = {
    "list": Case(path="/v2/models/"),
    "metadata": Case(path="/v2/models/price"),
    "ready": Case(path="/v2/models/price/ready"),
    "live": Case(path="/v2/health/live"),
    "oip": Case("POST", "/v2/models/price/infer", OIP, JSON),
    "wrong shape": Case("POST", "/v2/models/price/infer", OIP.replace(b"[1, 2]", b"[1, 3]"), JSON),
    "unknown model": Case("POST", "/v2/models/prise/infer", OIP, JSON),
    "unknown route": Case(path="/nowhere"),
    "model fails": Case("POST", "/v2/models/broken/infer", OIP, JSON),
    "not json": Case("POST", "/v2/models/price/infer", b"{", JSON),
}
CORS_CASES = {
    "no origin": Case(),
    "origin": Case(headers={"Origin": "http://a"}),
    "preflight": Case(
        "OPTIONS", headers={"Origin": "http://a", "Access-Control-Request-Method": "PUT"}
    ),
    "too large": Case("POST", body=101 * b"x", headers={"Origin": "http://a"}),
}


@dataclass(frozen=True)
class Pair:
    """One function, in a client and in an emulator."""

    client: Client
    emulator: Emulator

    def answers(self, case: Case) -> list[Any]:
        headers = {"X-Nuclio-Log-Level": "debug", **case.headers}
        return [
            comparable(each.request(case.method, case.path, body=case.body, headers=headers))
            for each in (self.client, self.emulator)
        ]


def comparable(answer: Answer) -> tuple[Any, ...]:
    """All of an answer but what is of the moment: the date, the event's id, the times of logs."""
    moment = ("date", "x-nuclio-logs")
    headers = [pair for pair in answer.headers.pairs if pair[0].lower() not in moment]
    body = answer.body
    if b'"id":"' in body and body.count(b'"id":"7"') == 0:
        body = body[: body.index(b'"id":"')]
    logs = Answer(answer.status, answer.headers, b"").logs  # those that were sent
    for record in logs:
        record.pop("event_id", None)
    return answer.status, headers, body, logs


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Pair]]:
    root = tmp_path_factory.mktemp("functions")
    folders = {
        "plain": write_function(root / "plain", PLAIN),
        "graph": write_function(root / "graph", GRAPH),
        "cors": write_function(root / "cors", PLAIN, CORS),
    }
    made = {name: Pair(Client(each), Emulator(each)) for name, each in folders.items()}
    yield made
    for pair in made.values():
        pair.client.close()
        pair.emulator.close()


ALL_CASES = {
    **{f"plain: {name}": ("plain", case) for name, case in PLAIN_CASES.items()},
    **{f"graph: {name}": ("graph", case) for name, case in GRAPH_CASES.items()},
    **{f"cors: {name}": ("cors", case) for name, case in CORS_CASES.items()},
}


@pytest.mark.parametrize(("function", "case"), ALL_CASES.values(), ids=ALL_CASES)
def test_client_and_emulator_answer_the_same_bytes(
    pairs: dict[str, Pair], function: str, case: Case
) -> None:
    ours, real = pairs[function].answers(case)

    assert real == ours


def test_what_a_client_without_asking_for_logs_gets_is_the_same(pairs: dict[str, Pair]) -> None:
    pair = pairs["plain"]
    real = pair.emulator.request("GET", "/x", headers={"X-Nuclio-Log-Level": ""})
    ours = pair.client.get("/x")

    assert real.logs == ours.logs == [{"level": "info", "message": "asked", "path": "/x"}]
    assert "X-Nuclio-Logs" not in ours.headers
