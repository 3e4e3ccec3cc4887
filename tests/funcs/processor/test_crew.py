"""Workers that end, are replaced, changed over and let go."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from funcs.errors import ProcessorError
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import Flood, until
from tests.funcs.processor.serving import PROBE, Asking, Gate

DIED = "Unexpected termination of child process"


def test_a_worker_that_ends_fails_its_event_and_is_replaced(serve: Serve) -> None:
    serving = serve()
    first = serving.get("/pid")[1]

    status, body = serving.get("/leave")

    assert 500 == status
    expected = "the worker ended before it answered (exit status 3); a new one takes its place"
    assert expected == body
    assert first != serving.get("/pid")[1]
    assert ("exit status 3", 3) == (
        serving.records.until(DIED)["status"],
        serving.records.until(DIED)["exitCode"],
    )


def test_an_idle_worker_that_is_killed_costs_no_event(serve: Serve) -> None:
    serving = serve()
    pid = int(serving.get("/pid")[1])

    os.kill(pid, signal.SIGKILL)
    ended = serving.records.until(DIED)
    status, body = serving.get("/pid")

    assert (200, "signal: killed") == (status, ended["status"])
    assert str(pid) != body


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_kill_9_under_load_costs_one_event_a_kill_at_the_most(serve: Serve, workers: int) -> None:
    serving = serve(workers=workers)
    crew, kills = serving.processor.pools["web"].crew, 6
    flood = Flood(serving, ["/hello"] * 4000, connections=64)
    for number in range(kills):
        until(lambda: crew.is_ready)
        crew.links[number % workers].process.kill()
        serving.records.until(DIED, number + 1)

    statuses = list(flood.answers().values())

    assert {200, 500} >= set(statuses)
    assert statuses.count(500) <= kills
    assert 4000 == len(statuses)
    assert {(200, "hello")} == {serving.get("/hello") for _ in range(workers)}


def test_what_a_worker_logs_of_its_start_is_no_events(serve: Serve) -> None:
    serving = serve()
    with serving.connect() as client:
        os.kill(int(serving.get("/pid")[1]), signal.SIGKILL)
        client.sendall(b"GET /log HTTP/1.1\r\nHost: f\r\nX-Nuclio-Log-Level: debug\r\n\r\n")
        answer = client.recv(1 << 16)

    assert b"X-Nuclio-Logs: [{" in answer
    assert b"Sending data on control socket" not in answer


def test_a_worker_that_ends_at_once_is_tried_again_more_and_more_slowly(
    serve: Serve, tmp_path: Path
) -> None:
    starts = tmp_path / "starts"
    (tmp_path / "main.py").write_text(f"""
import os
import time
with open({str(starts)!r}, "a") as file:
    file.write(f"{{time.monotonic()}}\\n")
with open({str(starts)!r}) as file:
    if len(list(file)) > 1:
        raise SystemExit(7)

def handler(context, event):
    os._exit(1)
""")
    serving = serve(folder=tmp_path, availability_timeout_s=0.2)

    assert 500 == serving.get("/")[0]
    assert 503 == serving.get("/")[0]

    until(lambda: len(starts.read_text().splitlines()) >= 6)
    began_s = [float(line) for line in starts.read_text().splitlines()]
    assert began_s[5] - began_s[1] >= 0.05 + 0.1 + 0.2 + 0.4
    assert 503 == serving.get("/ready", port=serving.processor.port_of("health"))[0]


def test_a_function_whose_worker_does_not_come_up_does_not_start(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text("import a_module_that_is_not_there\n")
    serving = serve(folder=tmp_path, is_started=False)

    with pytest.raises(ProcessorError) as caught:
        serving.start()

    expected = "Wrapper process for worker 0 exited unexpectedly with: exit status 1"
    assert expected == caught.value.what


def test_an_interpreter_that_is_not_there_is_named(serve: Serve) -> None:
    environ = {"NUCLIO_PYTHON_EXE_PATH": "/no/such/python"}
    serving = serve(environ=environ, is_started=False)

    with pytest.raises(ProcessorError, match="a worker cannot be started: No such file") as caught:
        serving.start()

    assert "/no/such/python" == caught.value.where


def test_reload_replaces_every_worker_and_loses_no_event(serve: Serve, gate: Gate) -> None:
    serving = serve(workers=2)
    before = {serving.get("/pid")[1] for _ in range(4)}
    held = Asking(serving, gate.path)
    gate.arrival()
    flood = Flood(serving, ["/hello"] * 1000, connections=16)

    serving.run(serving.processor.reload())

    gate.open()
    assert (200, "let go") == held.answer()
    assert {200} == set(flood.answers().values())
    after = {serving.get("/pid")[1] for _ in range(4)}
    assert 2 == len(after)
    assert not before & after
    serving.records.until("Successfully terminated worker", 2)


def test_if_the_new_workers_do_not_come_up_the_old_ones_go_on(serve: Serve, tmp_path: Path) -> None:
    main = tmp_path / "main.py"
    main.write_text((PROBE / "main.py").read_text())
    serving = serve(folder=tmp_path, workers=2)
    before = {serving.get("/pid")[1] for _ in range(4)}
    main.write_text("def handler(:\n")

    with pytest.raises(ProcessorError, match="exited unexpectedly"):
        serving.run(serving.processor.reload())

    assert before == {serving.get("/pid")[1] for _ in range(4)}
    main.write_text((PROBE / "main.py").read_text())
    serving.run(serving.processor.reload())
    assert not before & {serving.get("/pid")[1] for _ in range(4)}


def test_the_termination_callback_runs_before_a_worker_goes(serve: Serve, tmp_path: Path) -> None:
    said = tmp_path / "said"
    (tmp_path / "main.py").write_text(f"""
def init_context(context):
    context.platform.set_termination_callback(lambda: open({str(said)!r}, "w").write("goodbye"))

def handler(context, event):
    return "x"
""")
    serving = serve(folder=tmp_path)

    serving.run(serving.processor.stop())

    assert "goodbye" == said.read_text()


def test_no_socket_is_left_as_a_file(serve: Serve) -> None:
    serving = serve(workers=3)

    made = [each[3]["path"] for each in serving.records.logged if "path" in each[3]]
    sockets = [path for path in made if "nuclio-rpc-" in path]

    assert 6 == len(set(sockets))
    assert [] == [path for path in sockets if Path(path).exists()]
