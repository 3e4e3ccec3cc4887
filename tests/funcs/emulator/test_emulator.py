"""`funcs run`, as a process: first screen, request lines, Ctrl-C, and what goes wrong."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from funcs.emulator.call import call
from tests.funcs.emulator.terminal import PATIENCE_S, RunProcess, children_of, write_files
from tests.turn import take_turn

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

PLAIN = """
import os


def init_context(context):
    print("warming up")


def handler(context, event):
    context.logger.info_with("asked", path=event.path, rows=3)
    if event.path == "/print":
        print("from the handler")
    if event.path == "/fail":
        raise ValueError("no such luck")
    if event.path == "/exit":
        os._exit(3)
    if event.path == "/where":
        return os.getcwd()
    return os.environ.get("GREETING", "hello")
"""
GRAPH = """
import funcs


class Price(funcs.Model):
    inputs = {"rooms": funcs.Tensor("float64", (-1, 2))}

    def predict(self, inputs):
        return inputs["rooms"] @ [10, self.params["rate"]]


graph = funcs.Graph("houses")
graph.to(funcs.Router(), name="models").respond()
graph["models"].add_model("price:v1", Price, rate=3.5)
graph["models"].add_model("price:v2", Price, rate=4)
"""

Start = Callable[..., RunProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `funcs run` on a folder with these files; ended with the test."""
    processes: list[RunProcess] = []

    def begin(files: dict[str, str] | str, *arguments: str, **options: Any) -> RunProcess:
        files = {"main.py": files} if isinstance(files, str) else files
        folder = write_files(tmp_path / "shop", files)
        processes.append(RunProcess(folder, *arguments, **options))
        return processes[-1]

    yield begin
    for process in processes:
        process.end()


def test_a_function_of_one_file_is_served_and_stopped(start: Start) -> None:
    run = start(PLAIN)

    assert "hello" == call(run.url, path="/a?b=1").text
    run.wait_for(r"^  info   asked  path=/a rows=3$")
    run.wait_for(r"^GET /a 200 \d+(\.\d+)? ms 5 B$")
    assert 0 == run.end()
    assert "Traceback" not in run.printed


def test_the_first_screen_says_what_to_do_next(start: Start) -> None:
    run = start(GRAPH)
    url = run.url

    run.wait_for(r"^  models   price:v1, price:v2$")
    curl = run.wait_for(r"^  try it   (curl .*)$")[1]
    health = run.wait_for(r"^  health   (\S+) \(ready: (\S+)\)$")
    run.wait_for(r"^  stop     Ctrl-C$")

    assert url in curl
    assert "\x1b" not in run.printed
    assert 200 == call(health[1], path="").status
    assert 200 == call(health[2].removesuffix("/ready"), path="/ready").status


def test_the_curl_line_works_as_printed(start: Start, tmp_path: Path) -> None:
    run = start(GRAPH, cwd=tmp_path)
    curl = run.wait_for(r"^  try it   (curl .*)$")[1]

    done = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, cwd=tmp_path)

    assert [7.0] == json.loads(done.stdout)["outputs"][0]["data"]


def test_an_event_beside_the_function_is_the_sample(start: Start, tmp_path: Path) -> None:
    run = start({"main.py": PLAIN, "events/first.json": "{}"}, cwd=tmp_path)

    words = shlex.split(run.wait_for(r"^  try it   (curl .*)$")[1])

    assert "@shop/events/first.json" == words[-1]
    run.wait_for(r"^warming up$")


def test_a_plain_graph_is_not_asked_for_models(start: Start) -> None:
    run = start(
        "import funcs\n"
        "def shout(body):\n    print('SHOUTED', flush=True)\n    return body\n"
        "graph = funcs.Graph('g')\ngraph.to(shout, name='s').respond()\n"
    )

    run.wait_for(r"^  handler  main:graph$")

    assert "SHOUTED" not in run.printed


def test_what_a_handler_prints_is_printed(start: Start) -> None:
    run = start(PLAIN)
    call(run.url, path="/print")

    run.wait_for(r"^from the handler$")


def test_an_exception_is_logged_and_told_with_its_traceback(start: Start) -> None:
    run = start(PLAIN)

    answer = call(run.url, path="/fail")

    assert 500 == answer.status
    assert "Traceback" in answer.text
    run.wait_for(r"^  error  Exception caught in handler  exc='no such luck'$")
    run.wait_for(r"main\.py\", line 14, in handler$")
    assert "invoker.py" not in run.printed
    run.wait_for(r"^GET /fail 500 ")


def test_errors_are_told_as_the_function_asks(start: Start) -> None:
    run = start(PLAIN, environ={"FUNCS_ERROR_DETAIL": "message"})

    answer = call(run.url, path="/fail")

    assert 'Exception caught in handler - "no such luck"' == answer.text


def test_a_worker_that_ends_is_replaced_and_said_so(start: Start) -> None:
    run = start(PLAIN)

    assert 500 == call(run.url, path="/exit").status
    run.wait_for(r"^a worker ended \(exit status 3\); a new one takes its place$")
    assert "hello" == call(run.url).text


def test_the_function_stands_in_its_own_folder(start: Start, tmp_path: Path) -> None:
    run = start(PLAIN, cwd=tmp_path)

    assert str((tmp_path / "shop").resolve()) == call(run.url, path="/where").text


def test_env_and_workers_of_function_yaml_count(start: Start) -> None:
    spec = (
        "metadata: {name: greeter}\n"
        "spec:\n  handler: main:handler\n"
        "  env: [{name: GREETING, value: hi}]\n"
        "  triggers:\n    web: {kind: http, numWorkers: 2, url: ':8080'}\n"
    )
    run = start({"main.py": PLAIN, "function.yaml": spec})

    assert "hi" == call(run.url).text
    run.wait_for(r"^greeter serves with 2 workers, as Nuclio 1\.15 does$")
    assert 2 == len(children_of(run.process.pid))
    run.wait_for(r"asked  path=/ rows=3 worker_id=[01]$")


def test_workers_and_level_are_the_command_lines(start: Start) -> None:
    run = start(PLAIN, "--workers", "3", "--nuclio", "1.14")

    run.wait_for(r"^shop serves with 3 workers, as Nuclio 1\.14 does$")
    assert 3 == len(children_of(run.process.pid))


def test_json_lines_are_all_that_a_program_reads(start: Start) -> None:
    run = start(PLAIN, "--json")
    url = run.wait_for(r'"kind": "ready".*"url": "(\S+?)"')[1]
    call(url, path="/print")
    run.wait_for(r'"kind": "request"')
    run.end()

    records = [json.loads(line) for line in run.printed.splitlines()]
    kinds = [record["kind"] for record in records]
    assert {"output", "ready", "log", "request"} == set(kinds)
    texts = [record["text"] for record in records if record["kind"] == "output"]
    assert ["warming up", "from the handler"] == texts


def test_ctrl_c_lets_a_request_finish(start: Start, tmp_path: Path) -> None:
    run = start(WAITS, environ={"RELEASE": str(tmp_path / "release")})
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(call(run.url).text))
    asking.start()
    run.wait_for(r"^began$")

    run.interrupt()
    run.wait_for(r"^stopping when what is under way is done")
    (tmp_path / "release").touch()
    asking.join(PATIENCE_S)

    assert ["done"] == answers
    assert 0 == run.wait()


def test_the_second_ctrl_c_ends_it_at_once(start: Start, tmp_path: Path) -> None:
    run = start(WAITS, environ={"RELEASE": str(tmp_path / "never")})
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            call(run.url)
        except Exception as error:
            failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    run.wait_for(r"^began$")
    workers = children_of(run.process.pid)

    run.interrupt()
    run.wait_for(r"^stopping when what is under way is done")
    run.interrupt()

    assert 0 == run.wait()
    asking.join(PATIENCE_S)
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_ctrl_c_while_workers_start_ends_it(start: Start) -> None:
    run = start(
        "import time\nprint('loading', flush=True)\ntime.sleep(600)\ndef handler(c, e): ...\n"
    )
    run.wait_for(r"^loading$")

    assert 0 == run.end()


def test_sigterm_ends_it_as_ctrl_c_does(start: Start) -> None:
    run = start(PLAIN)
    assert run.url

    run.process.send_signal(signal.SIGTERM)

    assert 0 == run.wait()


def test_a_port_that_is_taken_is_refused_with_a_fix(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        run = start(PLAIN, port=port)

        assert 1 == run.wait()
    assert f"error: port {port} is taken by another program" in run.printed
    assert "--port" in run.printed
    assert "Traceback" not in run.printed


def test_without_a_port_the_next_free_one_is_taken_and_said(start: Start) -> None:
    with take_turn(), socket.create_server(("127.0.0.1", 8080)):
        run = start(PLAIN, port=None)
        run.wait_for(r"^port 8080 is taken, so this is on \d+; --port chooses one$")

        assert "hello" == call(run.url).text


def test_a_handler_that_does_not_import_is_told_with_its_line(start: Start) -> None:
    run = start("import json\n\nx = undefined\n\ndef handler(context, event): ...\n")

    assert 1 == run.wait()
    assert "error: NameError: name 'undefined' is not defined\n  at:  main.py:3\n" in run.printed
    assert 'main.py", line 3, in <module>' in run.printed
    assert "_nuclio_wrapper" not in run.printed


def test_init_context_that_fails_is_told_with_its_line(start: Start) -> None:
    run = start("def init_context(context):\n    1 / 0\n\ndef handler(context, event): ...\n")

    assert 1 == run.wait()
    assert "error: ZeroDivisionError: division by zero\n  at:  main.py:2\n" in run.printed
    assert "Exception raised while" not in run.printed


def test_a_misspelt_handler_is_told_without_a_traceback(start: Start) -> None:
    spec = "spec: {handler: 'main:handlr'}\n"
    run = start({"main.py": PLAIN, "function.yaml": spec})

    assert 1 == run.wait()
    assert "error: module 'main' has no 'handlr', named by 'main:handlr'\n  at:  main.py\n" in (
        run.printed
    )
    assert "fix: write def handlr(context, event), or correct spec.handler" in run.printed
    assert "Traceback" not in run.printed


def test_a_start_that_takes_long_is_said_so(start: Start, tmp_path: Path) -> None:
    waits = "import os, time\nwhile not os.path.exists('../release'):\n    time.sleep(0.01)\n"
    run = start(waits + PLAIN)
    run.wait_for(r"^still starting: its models are loading, or ")
    (tmp_path / "release").touch()

    assert "hello" == call(run.url).text


def test_a_graph_that_cannot_run_is_told_without_a_traceback(start: Start) -> None:
    run = start("import funcs\ngraph = funcs.Graph('g')\n")

    assert 1 == run.wait()
    assert "error: " in run.printed
    assert "Traceback" not in run.printed


def test_a_wrong_function_yaml_is_told_with_every_line(start: Start) -> None:
    spec = "spec:\n  handler: main.py:handler\n  triggers:\n    web: {kind: htp}\n"
    run = start({"main.py": PLAIN, "function.yaml": spec})

    assert 1 == run.wait()
    assert "function.yaml:2" in run.printed
    assert "function.yaml:4" in run.printed


def test_an_error_is_a_json_line_too(start: Start) -> None:
    run = start("1 / 0\ndef handler(context, event): ...\n", "--json")

    assert 1 == run.wait()
    last = json.loads(run.printed.splitlines()[-1])
    assert ("error", "ZeroDivisionError: division by zero") == (last["kind"], last["what"])
    assert "main.py:1" == last["where"]


def test_nobody_reading_the_output_does_no_harm(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "shop", {"main.py": PLAIN})
    command = [sys.executable, "-m", "funcs", "run", str(folder), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(
            record["url"] for record in map(json.loads, process.stdout) if record["kind"] == "ready"
        )
        process.stdout.close()

        assert ["hello"] * 3 == [call(url).text for _ in range(3)]
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)


def test_run_json_names_the_emulator_while_it_runs(start: Start, tmp_path: Path) -> None:
    run = start(PLAIN)
    url = run.url
    record = tmp_path / "shop" / ".funcs" / "run.json"

    assert {"url": url, "pid": run.process.pid} == json.loads(record.read_text())
    run.end()
    assert not record.exists()


WAITS = """
import os
import time


def handler(context, event):
    print("began")
    while not os.path.exists(os.environ["RELEASE"]):
        time.sleep(0.01)
    return "done"
"""
