"""`funcs.testing.Client`: what it loads, what it keeps apart, and what it leaves behind."""

from __future__ import annotations

import doctest
import gc
import importlib
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import funcs
from funcs.emulator.call import CallError
from funcs.errors import FuncsError, LoadError, SpecError
from funcs.testing import Client, client
from tests.funcs.client_functions import CORS, GRAPH, PLAIN, write_function


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


def test_a_handler_by_itself_has_the_variables_given() -> None:
    def handler(context: Any, event: Any) -> str:
        return os.environ["GREETING"]

    assert "hello" == Client(handler, env={"GREETING": "hello"}).get().text


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


def test_mode_async_takes_async_handlers_only_here_too(tmp_path: Path) -> None:
    spec = "spec: {handler: 'main:handler', triggers: {web: {kind: http, mode: async}}}\n"
    write_function(tmp_path, "def handler(context, event):\n    return 'plain'\n", spec)

    with pytest.raises(LoadError, match="must be an async function"):
        Client(tmp_path)

    assert "plain" == Client(tmp_path, nuclio="1.14").get("/").text


def test_a_ctrl_c_in_a_handler_ends_who_asked() -> None:
    def handler(context: Any, event: Any) -> None:
        if event.path == "/stuck":
            signal.raise_signal(signal.SIGINT)
        raise KeyboardInterrupt

    with Client(handler) as stuck:
        assert 500 == stuck.get("/").status  # what a handler raises by itself is answered
        with pytest.raises(KeyboardInterrupt):
            stuck.get("/stuck")
        assert 500 == stuck.get("/").status
    assert signal.default_int_handler is signal.getsignal(signal.SIGINT)


def test_what_is_no_json_is_refused_with_what_to_send() -> None:
    with (
        Client(lambda context, event: None) as asked,
        pytest.raises(FuncsError, match="type object") as caught,
    ):
        asked.invoke(object())

    assert "tolist" in caught.value.fix


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()  # what other tests have left is not this one's
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


COUNTING = """
def init_context(context):
    context.user_data.answers = context.metrics.counter("answers_total", labels=("path",))

def handler(context, event):
    context.user_data.answers.inc(path=event.path)
"""


def test_what_a_handler_counts_can_be_read(tmp_path: Path) -> None:
    with Client(write_function(tmp_path / "f", COUNTING)) as counting:
        for path in ("/a", "/b", "/a"):
            counting.get(path)

        assert 2.0 == counting.metrics["answers_total"].value(path="/a")
        assert 'answers_total{path="/b"} 1\n' in counting.metrics.text()


class Counted(funcs.Model):
    def load(self) -> None:
        self.rows = self.context.metrics.counter("rows_total", labels=("model",))

    def predict(self, inputs: Any) -> Any:
        self.rows.inc(len(inputs), model=self.name)
        return inputs


class Stamp:
    def __init__(self, context: Any) -> None:
        self.context = context

    def do(self, body: Any) -> Any:
        self.context.metrics.counter("stamped_total").inc()
        return body


def test_models_and_steps_of_a_graph_count_too() -> None:
    graph = funcs.Graph("counted")
    graph.to(Stamp, name="stamp").to(funcs.Router(), name="models").respond()
    graph["models"].add_model("m", Counted)

    with Client(graph) as counted:
        counted.post("/v2/models/m/infer", json={"inputs": [1, 2, 3]})

        assert 3.0 == counted.metrics["rows_total"].value(model="m")
        assert 1.0 == counted.metrics["stamped_total"].value()
