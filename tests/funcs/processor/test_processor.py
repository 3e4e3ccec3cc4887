"""A processor from start to stop: ports, readiness, the last request, observer and sink."""

from __future__ import annotations

import json
import os
import signal
import socket
from threading import Thread

import pytest

from funcs.errors import ProcessorError, SpecError
from tests.funcs.processor.conftest import Serve
from tests.funcs.processor.flood import until
from tests.funcs.processor.serving import PROBE, Asking, Gate, Serving, Starting


def test_a_port_in_use_is_a_sentence(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        serving = serve(url=f":{port}", is_started=False)

        with pytest.raises(ProcessorError) as caught:
            serving.start()

    assert f"127.0.0.1:{port} is in use already" == caught.value.what
    assert "processor.yaml  spec.triggers.web.url" == caught.value.where


def test_a_port_that_is_taken_while_the_workers_start_is_a_sentence_too(
    serve: Serve, gate: Gate
) -> None:
    folder = PROBE.parent / "held_at_start"
    serving = serve(folder=folder, is_started=False, environ={"GATE": gate.path})
    starting = Starting(serving)
    gate.arrival()
    with socket.socket() as rival:
        rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        rival.bind(("127.0.0.1", serving.port))
        rival.listen()

        gate.open()

        with pytest.raises(ProcessorError, match="is in use already"):
            starting.outcome()


@pytest.mark.parametrize("url", ["nonsense", ":65536", "127.0.0.1:", ":-1"])
def test_an_address_that_is_none_is_a_sentence(serve: Serve, url: str) -> None:
    serving = serve(url=url, is_started=False)

    with pytest.raises(SpecError, match="is no address to listen at"):
        serving.start()


def test_an_address_of_another_machine_is_a_sentence(serve: Serve) -> None:
    serving = serve(url="192.0.2.1:0", is_started=False)

    with pytest.raises(ProcessorError, match=r"192\.0\.2\.1:0 cannot be listened at"):
        serving.start()


def test_it_listens_on_loopback_and_a_host_in_the_url_wins(serve: Serve) -> None:
    plain, named = serve(), serve(url="127.0.0.2:0")

    with socket.create_connection(("127.0.0.1", plain.port), timeout=20):
        pass
    with socket.create_connection(("127.0.0.2", named.port), timeout=20):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", named.port), timeout=20)


def test_it_is_ready_when_every_worker_is(serve: Serve, gate: Gate) -> None:
    serving = serve()
    health = serving.processor.port_of("health")

    assert (200, "{}\n") == serving.get("/ready", port=health)
    assert serving.processor.is_ready
    serving.get("/leave")
    assert (200, "hello") == serving.get("/hello")
    assert (200, "{}\n") == serving.get("/live", port=health)


def test_a_stop_waits_for_the_last_request_and_new_ones_get_503(serve: Serve, gate: Gate) -> None:
    serving = serve()
    held = Asking(serving, gate.path)
    gate.arrival()
    late = serving.connect()
    stopping = Stopping(serving)
    until(lambda: serving.processor.is_stopping)
    late.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")

    with late:
        assert late.recv(100).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    gate.open(b"the last one")
    assert (200, "the last one") == held.answer()
    stopping.join()
    with pytest.raises(ConnectionRefusedError):
        serving.connect()


def test_what_waits_when_it_stops_is_answered_too(serve: Serve, gate: Gate) -> None:
    serving = serve()
    held = Asking(serving, gate.path)
    gate.arrival()
    waiting = [Asking(serving, "/hello") for _ in range(3)]
    until(lambda: len(serving.processor.pools["web"].waiting) == 3)

    stopping = Stopping(serving)
    until(lambda: serving.processor.is_stopping)
    gate.open()

    assert (200, "let go") == held.answer()
    assert [(200, "hello")] * 3 == [asking.answer() for asking in waiting]
    stopping.join()


def test_nobody_waits_for_a_worker_that_will_not_come(serve: Serve, gate: Gate) -> None:
    serving = serve(availability_timeout_s=1000)
    held = Asking(serving, gate.path)
    pid = gate.arrival()
    waiting = Asking(serving, "/hello")
    until(lambda: len(serving.processor.pools["web"].waiting) == 1)
    stopping = Stopping(serving)
    until(lambda: serving.processor.is_stopping)

    os.kill(pid, signal.SIGKILL)

    assert 500 == held.answer()[0]
    assert 503 == waiting.answer()[0]
    stopping.join()


def test_an_observer_is_told_of_each_exchange_and_its_logs_reach_the_sink(serve: Serve) -> None:
    serving = serve(is_observed=True)

    serving.get("/log?word=fig")
    serving.get("/__internal/health")
    serving.get("/fail")

    methods = [(method, path, status) for method, path, status, _ in serving.records.exchanged]
    assert [("GET", "/log", 200), ("GET", "/fail", 500)] == methods
    assert "fig" == serving.records.until("noted")["word"]


def test_debugging_lifts_the_timeouts_and_uses_one_worker(serve: Serve, gate: Gate) -> None:
    serving = serve(workers=4, event_timeout_s=0.05, is_debugging=True)
    held = Asking(serving, gate.path)

    pid = gate.arrival()
    until(lambda: serving.processor.pools["web"].crew.links[0].is_busy)
    gate.open(b"in my own time")

    assert (200, "in my own time") == held.answer()
    assert (200, str(pid)) == serving.get("/pid")


def test_a_worker_reads_no_keyboard_and_has_nuclios_arguments(serve: Serve) -> None:
    serving = serve(workers=2, environ={"MINE": "1"})

    told = json.loads(serving.get("/arguments")[1])
    environ = json.loads(serving.get("/environment")[1])

    assert "" == told["stdin"]
    argv = [word for word in told["argv"] if not word.startswith("/tmp/")]
    assert [
        "--handler", "main:handler", "--event-socket-path", "--control-socket-path",
        "--platform-kind", "local", "--namespace", "", "--worker-id", "0",
        "--trigger-kind", "http", "--trigger-name", "web", "--decode-event-strings",
    ] == argv  # fmt: skip
    assert ("probe", "main:handler", "1") == (
        environ["NUCLIO_FUNCTION_NAME"],
        environ["NUCLIO_FUNCTION_HANDLER"],
        environ["MINE"],
    )


class Stopping:
    """A stop under way beside the test."""

    def __init__(self, serving: Serving) -> None:
        work = serving.processor.stop
        self._thread = Thread(target=lambda: serving.run(work()), daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()
