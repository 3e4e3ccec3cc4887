"""`funcs.testing.Client`: the same bytes as a real emulator answers, without its sockets."""

from __future__ import annotations

import doctest
import gc
import importlib
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import funcs
from funcs.emulator.answer import Answer
from funcs.emulator.call import CallError
from funcs.errors import LoadError, SpecError
from funcs.testing import Client, Emulator, client

PLAIN = """
import asyncio


def init_context(context):
    context.user_data.count = 0
    context.logger.info("started")


def handler(context, event):
    if event.path == "/fail":
        raise ValueError("no such luck")
    if event.path == "/async":
        return later(context)
    if event.path == "/teapot":
        return context.Response(
            body=b"\\x00\\xff", status_code=418, content_type="x/y", headers={"X-Own": "1", "n": 3}
        )
    if event.path == "/file":
        return context.Response(headers={"X-nuclio-filestream-path": __file__})
    if event.path == "/batch":
        return [1, 2]
    context.logger.info_with("asked", path=event.path)
    return {
        "method": event.method,
        "path": event.path,
        "fields": event.fields,
        "headers": {k: v for k, v in event.headers.items() if k not in ("Host",)},
        "body": event.body if not isinstance(event.body, bytes) else event.body.hex(),
        "trigger": [event.trigger.kind, event.trigger.name],
        "worker": context.worker_id,
    }


async def later(context):
    await asyncio.sleep(0)
    return "later"
"""

GRAPH = """
import funcs


class Price(funcs.Model):
    inputs = {"rooms": funcs.Tensor("float64", (-1, 2))}

    def predict(self, inputs):
        return [10 * rooms + self.params["rate"] * area for rooms, area in inputs["rooms"]]


class Broken(funcs.Model):
    def predict(self, inputs):
        raise KeyError("weights")


graph = funcs.Graph("houses")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("price", Price, rate=3.5)
graph["models"].add_model("broken", Broken)
"""

CORS = """
spec:
  handler: main:handler
  env:
    - {name: GREETING, value: hello}
  triggers:
    web:
      kind: http
      attributes:
        maxRequestBodySize: 100
        cors: {enabled: true, allowOrigins: ["http://a"]}
"""


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


def write_function(folder: Path, main: str, function_yaml: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(main)
    if function_yaml:
        (folder / "function.yaml").write_text(function_yaml)
    return folder


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


def test_the_example_in_the_docstring_holds() -> None:
    assert 0 == doctest.testmod(client).failed


def test_a_graph_needs_no_folder() -> None:
    graph = funcs.Graph("words")
    graph.to(bytes.split, name="split").to(len, name="count").respond()

    with Client(graph) as words:
        assert 3 == words.post(body="a b c", headers={"Content-Type": "text/plain"}).json()


def test_an_async_graph_is_awaited() -> None:
    async def double(body: int) -> int:
        return 2 * body

    graph = funcs.Graph("double")
    graph.to(double, name="double").respond()

    with Client(graph) as doubling:
        assert 42 == doubling.post(json=21).json()


def test_errors_are_told_in_full_or_as_the_message_alone(tmp_path: Path) -> None:
    folder = write_function(tmp_path / "f", PLAIN)

    full = Client(folder).get("/fail")
    short = Client(folder, error_detail="message").get("/fail")

    assert "Traceback" in full.text
    assert (500, 'Exception caught in handler - "no such luck"') == (short.status, short.text)


def test_a_setting_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="FUNCS_NUCLIO"):
        Client(write_function(tmp_path / "f", PLAIN), nuclio="2.0")


def test_functions_with_a_main_each_do_not_meet(tmp_path: Path) -> None:
    source = "import neighbour\ndef handler(context, event):\n    import late\n    return {}"
    clients = []
    for name in ("one", "two"):
        main = source.format(f"neighbour.NAME + late.NAME + {name!r}")
        folder = write_function(tmp_path / name, main)
        (folder / "neighbour.py").write_text(f"NAME = 'n{name}-'")
        (folder / "late.py").write_text(f"NAME = 'l{name}-'")
        clients.append(Client(folder))

    answers = [each.get().text for _ in range(2) for each in clients]

    assert ["none-lone-one", "ntwo-ltwo-two"] * 2 == answers


def test_two_graphs_from_folders_keep_apart(tmp_path: Path) -> None:
    double = (
        "import funcs\ngraph = funcs.Graph('g')\ngraph.to(lambda b: {} * b, name='s').respond()\n"
    )
    one = Client(write_function(tmp_path / "one", double.format(2)))
    two = Client(write_function(tmp_path / "two", double.format(3)))

    assert [2, 3, 2] == [each.post(json=1).json() for each in (one, two, one)]


def test_the_test_and_the_function_share_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = "WORD = 'a'\ndef handler(context, event):\n    return WORD\n"
    folder = write_function(tmp_path / "shared", main)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "main", raising=False)
    module = importlib.import_module("main")
    words = Client(folder)

    module.WORD = "b"  # type: ignore[attr-defined]

    assert "b" == words.get().text


def test_nothing_of_the_tests_environment_is_a_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "import os\n"
        "def handler(context, event):\n"
        "    return os.environ['GREETING'] + os.environ.get('FUNCS_GRAPH', '-')\n"
    )
    folder = write_function(
        tmp_path / "env", source, CORS.replace("enabled: true", "enabled: false")
    )
    monkeypatch.setenv("FUNCS_GRAPH", "main:other")
    monkeypatch.setenv("FUNCS_ERROR_DETAIL", "nonsense")
    before, path = dict(os.environ), list(sys.path)

    assert "hello-" == Client(folder).get().text
    assert before == dict(os.environ)
    assert path == sys.path


def test_what_a_function_raises_while_it_loads_is_raised(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        Client(write_function(tmp_path / "a", "handler = 1 / 0\n"))
    with pytest.raises(ModuleNotFoundError, match="nosuch"):
        Client(write_function(tmp_path / "b", "import nosuch\ndef handler(c, e): ...\n"))
    with pytest.raises(LoadError, match="nosuch"):
        Client(write_function(tmp_path / "c", "import nosuch\ngraph = nosuch.Graph()\n"))
    with pytest.raises(SpecError, match=r"neither function\.yaml nor main\.py"):
        Client(tmp_path)


def test_a_request_that_cannot_be_sent_is_said_so() -> None:
    graph = funcs.Graph("g")
    graph.to(str, name="s").respond()

    with pytest.raises(CallError, match="cannot be sent"):
        Client(graph).get(headers={"X": "a\r\nb: c"})


def test_a_client_that_is_forgotten_leaves_nothing_open() -> None:
    async def later(body: Any) -> Any:
        return body

    graph = funcs.Graph("g")
    graph.to(later, name="later").respond()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        forgotten = Client(graph)
        forgotten.post(json=1)
        del forgotten
        gc.collect()

    assert [] == [str(each.message) for each in caught]


@pytest.mark.parametrize("event", [b"{}", "{}", {}])
def test_an_event_is_sent_as_bytes_text_or_json(event: object) -> None:
    graph = funcs.Graph("g")
    graph.to(lambda body: {"got": body}, name="s").respond()

    assert {"got": {}} == Client(graph).invoke(event).json()


WITHOUT_POSIX = """
import asyncio, select, signal, socket, sys, os, _socket

for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog"):
    sys.modules[name] = None
for module, names in {
    os: ("fork", "posix_spawn", "posix_spawnp", "POSIX_SPAWN_OPEN", "killpg", "WNOHANG", "getuid"),
    signal: ("SIGUSR1", "SIGUSR2", "SIGCONT", "SIGKILL", "SIGHUP", "pthread_sigmask"),
    select: ("epoll", "poll"),
    socket: ("AF_UNIX",),
    _socket: ("AF_UNIX",),
}.items():
    for name in names:
        vars(module).pop(name, None)

import funcs.testing

for folder in sys.argv[1:]:
    with funcs.testing.Client(folder) as client:
        print(client.get("/").status)
"""


def test_a_client_needs_nothing_that_windows_lacks(tmp_path: Path) -> None:
    folders = [
        str(write_function(tmp_path / "plain", PLAIN)),
        str(write_function(tmp_path / "graph", GRAPH)),
    ]
    line = [sys.executable, "-c", WITHOUT_POSIX, *folders]
    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert ["200", "200"] == done.stdout.split(), done.stderr
