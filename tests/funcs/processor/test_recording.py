"""What a real processor writes to a tape, and when."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from funcs.processor.config import Batching, Function, PlatformConfig, ProcessorConfig
from funcs.processor.processor import Processor
from funcs.processor.recording import recorder_of
from funcs.settings import Settings
from tests.funcs.processor.program import fetch, program, serving_port
from tests.funcs.processor.serving import DEADLINE_S, PROBE, Asking, Gate, Records, Serving
from tests.funcs.processor.test_cron import has_handled, ticking

STREAMS = PROBE.parent / "streams"
BATCHES = PROBE.parent / "batches"

Begin = Callable[..., Serving]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts processors that record to t.jsonl; closed with the test."""
    begun: list[Serving] = []

    def start(**options: Any) -> Serving:
        settings = Settings(
            record=str(tmp_path / "t.jsonl"),
            record_body_bytes=options.pop("body_bytes", 1000),
            nuclio=options.setdefault("nuclio", "1.15"),
        )
        environ = {"NUCLIO_PYTHON_PATH": str(options.get("folder", PROBE))}
        recorder = recorder_of(settings, Function(name="probe"), environ, warn=pytest.fail)
        begun.append(Serving(settings=settings, observer=recorder, **options))
        begun[-1].start()
        return begun[-1]

    yield start
    for each in begun:
        each.close()


def events(folder: Path) -> list[dict[str, Any]]:
    return [
        line
        for line in map(json.loads, (folder / "t.jsonl").read_bytes().splitlines())
        if "tape" not in line
    ]


def test_an_event_is_on_the_tape_before_its_answer_leaves(begin: Begin, tmp_path: Path) -> None:
    serving = begin()
    for number in range(20):
        body = f"number {number}".encode()
        serving.ask("POST", "/echo?x=1", body)

        assert number + 1 == len(events(tmp_path))
        assert body.decode() == events(tmp_path)[-1]["answer"]["text"]


def test_what_was_sent_and_answered_is_there_whole(begin: Begin, tmp_path: Path) -> None:
    serving = begin()
    serving.ask("POST", "/echo?x=1", b"\xff\xfe")
    serving.get("/log?word=hi")
    serving.get("/fail")
    first, second, third = events(tmp_path)

    assert (b"\xff\xfe", b"\xff\xfe") == tuple(
        base64.b64decode(first[side]["base64"]) for side in ("event", "answer")
    )
    assert ("POST", "/echo", {"x": "1"}) == tuple(
        first["event"][key] for key in ("method", "path", "query")
    )
    assert {"Host", "Content-Length", "Accept-Encoding"} == set(first["event"]["headers"])
    assert ("http", "web", 0) == (*first["trigger"], first["worker"])
    assert [("info", "noted", {"word": "hi"})] == [
        (each["level"], each["message"], {"word": each["with"]["word"]}) for each in second["logs"]
    ]
    assert (500, "text/plain") == (third["answer"]["status"], third["answer"]["headers"][0][1])
    assert 3 == len({each["id"] for each in (first, second, third)})


def test_what_a_worker_did_not_answer_is_there_too(begin: Begin, tmp_path: Path) -> None:
    serving = begin(event_timeout_s=0.3)
    assert 408 == serving.get("/spin?s=30")[0]
    assert 500 == serving.get("/leave")[0]

    assert [(408, None), (500, None)] == [
        (each["answer"]["status"], each["worker"]) for each in events(tmp_path)
    ]


def test_who_found_no_worker_is_there(begin: Begin, tmp_path: Path, gate: Gate) -> None:
    serving = begin(availability_timeout_s=0.0)
    held = Asking(serving, gate.path)
    gate.arrival()
    assert 503 == serving.get("/hello")[0]
    gate.open()
    held.answer()

    assert [503, 200] == [each["answer"]["status"] for each in events(tmp_path)]


def test_health_checks_and_what_is_no_request_are_not(begin: Begin, tmp_path: Path) -> None:
    serving = begin()
    serving.get("/__internal/health")
    with serving.connect() as sock:
        sock.sendall(b"no request\r\n\r\n")
        assert b"400" in sock.recv(1000)

    assert [] == events(tmp_path)


def test_a_streamed_answer_is_there_whole_at_its_end(begin: Begin, tmp_path: Path) -> None:
    serving = begin(folder=STREAMS)
    assert "onetwothree" == serving.get("/response")[1]
    line = events(tmp_path)[0]

    assert (202, "onetwothree") == (line["answer"]["status"], line["answer"]["text"])
    assert ["Content-Type", "text/event-stream"] == line["answer"]["headers"][0]
    assert ["X-Kind", "words"] in line["answer"]["headers"]
    assert 0 == line["worker"]


def test_a_stream_that_broke_is_told_from_one_that_is_whole(begin: Begin, tmp_path: Path) -> None:
    serving = begin(folder=STREAMS)
    with pytest.raises(http.client.IncompleteRead):
        serving.get("/breaks")
    line = events(tmp_path)[0]

    assert ("one", False, 0) == (line["answer"]["text"], line["answer"]["whole"], line["worker"])


def test_a_client_that_leaves_its_stream_leaves_what_there_was(
    begin: Begin, tmp_path: Path
) -> None:
    serving = begin(folder=STREAMS)
    with serving.connect() as sock:
        sock.sendall(b"GET /endless HTTP/1.1\r\n\r\n")
        sock.recv(100)
    while serving.get("/ended")[1] != "endless":
        pass
    line = events(tmp_path)[0]

    assert "/endless" == line["event"]["path"]
    assert line["answer"]["omitted_bytes"] > 1000
    assert False is line["answer"]["whole"]


def test_an_event_whose_client_left_is_there_all_the_same(
    begin: Begin, tmp_path: Path, gate: Gate
) -> None:
    serving = begin()
    with serving.connect() as sock:
        sock.sendall(f"GET {gate.path} HTTP/1.1\r\n\r\n".encode())
        gate.arrival()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert 200 == serving.get("/__internal/health")[0]  # by now the reset was seen
    gate.open(b"too late")
    serving.get("/hello")

    assert ["too late", "hello"] == [each["answer"]["text"] for each in events(tmp_path)]


def test_logs_asked_for_are_on_the_line_once_and_masked(begin: Begin, tmp_path: Path) -> None:
    serving = begin()
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=DEADLINE_S)
    connection.request("GET", "/log?word=hi", headers={"X-Nuclio-Log-Level": "debug"})
    response = connection.getresponse()
    response.read()
    connection.close()
    line = events(tmp_path)[0]

    assert "noted" in response.headers["X-Nuclio-Logs"]
    assert ["Content-Type"] == [name for name, _ in line["answer"]["headers"]]
    assert ["noted"] == [each["message"] for each in line["logs"]]


def test_long_bodies_are_left_out_and_their_sizes_told(begin: Begin, tmp_path: Path) -> None:
    serving = begin(body_bytes=100)
    serving.ask("POST", "/size", b"x" * 101)
    serving.get("/big?size=102")

    assert [101, None] == [each["event"].get("omitted_bytes") for each in events(tmp_path)]
    assert [None, 102] == [each["answer"].get("omitted_bytes") for each in events(tmp_path)]


def test_a_cloud_event_is_there_as_it_was_sent(begin: Begin, tmp_path: Path) -> None:
    serving = begin()
    body = json.dumps({"specversion": "1.0", "id": "7", "source": "/s", "type": "t", "data": "hi"})
    connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=DEADLINE_S)
    connection.request("POST", "/echo", body, {"Content-Type": "application/cloudevents+json"})
    connection.getresponse().read()
    connection.close()
    line = events(tmp_path)[0]

    assert ("7", body) == (line["id"], line["event"]["text"])
    assert "application/cloudevents+json" == line["event"]["headers"]["Content-Type"]


def test_each_event_of_a_batch_is_there_with_its_own_answer(begin: Begin, tmp_path: Path) -> None:
    serving = begin(folder=BATCHES, batching=Batching(size=3, timeout_s=5.0))
    asked = [Asking(serving, f"/{number}") for number in range(3)]
    answers = {each.answer() for each in asked}
    lines = events(tmp_path)

    assert 3 == len(lines)
    assert answers == {(each["answer"]["status"], each["answer"]["text"]) for each in lines}


def test_what_the_clock_brings_is_there(tmp_path: Path) -> None:
    settings = Settings(record=str(tmp_path / "t.jsonl"))
    records = Records()
    environ = {**os.environ, "NUCLIO_PYTHON_PATH": str(PROBE)}
    recorder = recorder_of(settings, Function(name="probe"), environ, warn=pytest.fail)
    event = {"path": "/echo", "body": "tick", "headers": {"X-N": 3}}
    processor = Processor(
        ProcessorConfig(
            triggers=(ticking(interval="5ms", event=event),),
            platform=PlatformConfig(admin=None, health=None),
        ),
        settings,
        sink=records,
        environ=environ,
        observer=recorder,
    )

    async def main() -> None:
        await processor.start()
        await has_handled(processor, 2)
        await processor.stop()

    asyncio.run(asyncio.wait_for(main(), 30))
    line = events(tmp_path)[1]

    assert ["cron", "tick"] == line["trigger"]
    assert ("", "/echo", "tick") == tuple(line["event"][key] for key in ("method", "path", "text"))
    assert {"X-N": "3.0"} == line["event"]["headers"]
    assert "tick" == line["answer"]["text"]


def test_kill_9_loses_nothing_that_was_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNCS_RECORD", str(tmp_path / "t.jsonl"))
    process = program(tmp_path)
    port = serving_port(process)
    for number in range(50):
        assert b"200 OK" in fetch(port, f"/hello?n={number}")
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)

    assert [str(number) for number in range(50)] == [
        each["event"]["query"]["n"] for each in events(tmp_path)
    ]


def test_a_tape_that_cannot_be_written_keeps_the_processor_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNCS_RECORD", str(tmp_path / "no" / "t.jsonl"))
    process = program(tmp_path)
    _, errors = process.communicate(timeout=20)

    assert 1 == process.returncode
    assert "the tape cannot be opened: No such file or directory" in errors


def test_a_processor_that_records_nothing_imports_nothing_for_it() -> None:
    line = (
        "import sys, funcs.processor.processor, funcs.processor.triggers.http; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)

    assert {"funcs.tape.recorder", "funcs.tape.masking"}.isdisjoint(done.stdout.split())
