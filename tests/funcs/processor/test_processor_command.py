"""`funcs processor`, run as a program."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from funcs.processor.command import plain_options
from tests.funcs.processor.program import fetch, program, read_until, serving_port
from tests.funcs.processor.serving import Gate


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_when_the_last_request_is_done(
    tmp_path: Path, gate: Gate, number: signal.Signals
) -> None:
    process = program(tmp_path)
    port = serving_port(process)
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append(fetch(port, gate.path)), daemon=True)
    asking.start()
    gate.arrival()

    process.send_signal(number)
    read_until(process, "Got system signal")
    process.send_signal(number)
    gate.open(b"the last")
    asking.join(20)

    assert answers[0].endswith(b"\r\n\r\nthe last")
    output, errors = process.communicate(timeout=20)
    assert (0, "") == (process.returncode, errors)
    assert "Processor quitting" in output


def test_a_function_that_does_not_come_up_ends_it_with_2(tmp_path: Path) -> None:
    process = program(tmp_path, handler="not_there:handler")

    output, errors = process.communicate(timeout=20)

    assert 2 == process.returncode
    expected = "panic: Wrapper process for worker 0 exited unexpectedly with: exit status 1\n"
    assert expected == errors
    assert "No module named 'not_there'" in output


def test_a_wrong_configuration_ends_it_with_1_and_a_sentence(tmp_path: Path) -> None:
    process = program(tmp_path, kind="carrier-pigeon")

    _, errors = process.communicate(timeout=20)

    assert 1 == process.returncode
    assert [
        "Error - Registry for trigger failed to find: carrier-pigeon",
        "  at:  processor.yaml  spec.triggers.web",
    ] == errors.splitlines()[:2]
    assert "Traceback" not in errors


def test_a_port_in_use_ends_it_with_1_and_takes_its_workers_along(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = program(tmp_path, port=port)
        _, errors = process.communicate(timeout=20)

    assert 1 == process.returncode
    assert f"Error - 127.0.0.1:{port} is in use already" == errors.splitlines()[0]


def test_the_command_line_moves_ports_and_address(tmp_path: Path) -> None:
    process = program(tmp_path, "--host", "127.0.0.9", "--port", "0", "--health-port", "0")
    line = read_until(process, "healthcheck.server")
    port = int(line.partition('"listenAddress": ":')[2].partition('"')[0])

    with socket.create_connection(("127.0.0.9", port), timeout=20) as sock:
        sock.sendall(b"GET /live HTTP/1.1\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")
    process.terminate()
    process.communicate(timeout=20)


def test_its_help_is_plain() -> None:
    command = [sys.executable, "-m", "funcs.processor", "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "--platform-config" in answer.stdout


@pytest.mark.parametrize(
    ("words", "config"),
    [
        ([], ""),  # the mounted one, or the image's own
        (["--config", "a.yaml"], "a.yaml"),
        (["--platform-config", "p.yaml", "--config", "a.yaml"], "a.yaml"),
    ],
)
def test_the_two_files_need_no_argparse(words: list[str], config: str) -> None:
    options = plain_options(words)

    assert options is not None
    assert config == options.config


@pytest.mark.parametrize(
    "words", [["--config"], ["--config", "--help"], ["--port", "1"], ["-h"], ["--config=a"]]
)
def test_argparse_reads_everything_else(words: list[str]) -> None:
    assert plain_options(words) is None
