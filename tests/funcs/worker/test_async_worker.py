"""A worker that listens: many events at once on one loop, as Nuclio 1.15's processor drives it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from funcs.worker import WRAPPER_PATH
from funcs.worker.wire import LineSplitter, event_map, pack_event, read_results

DEADLINE_S = 20.0

CODE = """
import asyncio
import os

EVENTS = {}
ENDED = []


async def init_context(context):
    context.logger.bind(role="tester")
    context.logger.info("made ready")
    context.platform.set_termination_callback(lambda: context.logger.info("asked to end"))


async def handler(context, event):
    what, _, name = event.path.strip("/").partition("/")
    context.logger.info_with("begun", path=event.path)
    if what == "wait":
        await EVENTS.setdefault(name, asyncio.Event()).wait()
        context.logger.info_with("woken", path=event.path)
        return name
    if what == "wake":
        EVENTS.setdefault(name, asyncio.Event()).set()
    if what == "forever":
        try:
            await asyncio.Event().wait()
        finally:
            ENDED.append(name)
    if what == "fork":
        child = os.fork()
        if child == 0:
            await asyncio.sleep(0)
            return "twice"
        status = os.waitpid(child, 0)[1]
        return str(os.waitstatus_to_exitcode(status))
    if what == "stream":
        return words()
    if what == "fail":
        raise ValueError(name)
    return ",".join(ENDED)


async def words():
    try:
        while True:
            yield "x" * 10_000
    finally:
        ENDED.append("words")


def plain(context, event):
    return "plain"
"""


class Listening:
    """A worker that was told to listen, and its control socket."""

    def __init__(self, folder: Path, handler: str = "user:handler") -> None:
        (folder / "user.py").write_text(CODE)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = free.getsockname()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / "control"))
        listener.listen(1)
        listener.settimeout(DEADLINE_S)
        words = ["--handler", handler, "--event-socket-path", "{}:{}".format(*self.address)]
        words += ["--control-socket-path", str(folder / "control"), "--platform-kind", "local"]
        words += ["--namespace", "nuclio", "--worker-id", "4", "--trigger-kind", "http"]
        words += ["--trigger-name", "web", "--decode-event-strings"]
        self._out = (folder / "out").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(WRAPPER_PATH), *words],
            env={"PYTHONPATH": str(folder), "FUNCS_NUCLIO": "1.15"},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )
        self._listener = listener
        self._control: socket.socket | None = None
        self._connected: list[Line] = []
        self._splitter = LineSplitter()
        self._lines: list[bytes] = []

    def message(self) -> dict[str, Any]:
        """The next message on the control socket."""
        if self._control is None:
            self._control = self._listener.accept()[0]
            self._control.settimeout(DEADLINE_S)
        while not self._lines:
            self._lines += self._splitter.feed(self._control.recv(1 << 16))
        message: dict[str, Any] = json.loads(self._lines.pop(0))
        return message

    def until(self, kind: str, word: str = "") -> dict[str, Any]:
        """The next message of this kind, with the word in it."""
        message = self.message()
        while message["kind"] != kind or word not in json.dumps(message):
            message = self.message()
        attributes: dict[str, Any] = message["attributes"]
        return attributes

    def connect(self) -> Line:
        self._connected.append(Line(self.address))
        return self._connected[-1]

    def hang_up(self) -> None:
        if self._control is not None:
            self._control.close()

    def out(self) -> str:
        self._out.seek(0)
        return self._out.read()

    def close(self) -> None:
        self.hang_up()
        for line in self._connected:
            line.close()
        self._listener.close()
        self.process.kill()
        self.process.wait()
        self._out.close()


class Line:
    """One connection to a listening worker."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.sock = socket.create_connection(address, timeout=DEADLINE_S)
        self._splitter = LineSplitter()
        self._lines: list[bytes] = []
        assert b"s" == self.line()

    def line(self) -> bytes:
        while not self._lines:
            data = self.sock.recv(1 << 16)
            if not data:
                return b""
            self._lines += self._splitter.feed(data)
        return self._lines.pop(0)

    def send(self, path: str) -> None:
        self.sock.sendall(pack_event(event_map(path=path)))

    def result(self) -> tuple[int, str, list[str]]:
        """Status and body of the next answer, and what was logged before it."""
        logs = []
        while not (line := self.line()).startswith(b"r"):
            assert line, "the worker closed the connection"
            if line.startswith(b"l"):
                logs.append(json.loads(line[1:])["with"].get("path", ""))
        [result] = read_results(line)
        return result.status_code, result.body.decode(), logs

    def ask(self, path: str) -> str:
        self.send(path)
        return self.result()[1]

    def close(self) -> None:
        self.sock.close()


@pytest.fixture
def begin() -> Iterator[Callable[..., Listening]]:
    """Starts such workers; they end with the test."""
    started: list[Listening] = []
    with tempfile.TemporaryDirectory() as name:

        def start(**options: Any) -> Listening:
            folder = Path(name) / str(len(started))
            folder.mkdir()
            started.append(Listening(folder, **options))
            return started[-1]

        yield start
        for each in started:
            each.close()


@pytest.fixture
def worker(begin: Callable[..., Listening]) -> Listening:
    """One that is ready."""
    made = begin()
    made.until("wrapperInitialized")
    return made


def test_it_is_ready_when_init_context_has_run_and_logs_over_the_control_socket(
    begin: Callable[..., Listening],
) -> None:
    made = begin()

    record = made.until("log", "made ready")
    assert {"worker_id": "4", "role": "tester"} == record["with"]
    assert {"ready": "true"} == made.until("wrapperInitialized")


def test_events_of_several_connections_are_under_way_at_once(worker: Listening) -> None:
    first, second, third = worker.connect(), worker.connect(), worker.connect()
    first.send("/wait/a")
    second.send("/wait/b")

    third.ask("/wake/b")
    third.ask("/wake/a")

    assert (200, "a", ["/wait/a", "/wait/a"]) == first.result()
    assert (200, "b", ["/wait/b", "/wait/b"]) == second.result()


def test_one_connection_has_one_event_at_a_time(worker: Listening) -> None:
    line, other = worker.connect(), worker.connect()
    line.send("/wait/a")
    line.send("/ended")
    line.sock.setblocking(False)

    other.ask("/wake/a")
    line.sock.settimeout(DEADLINE_S)

    assert ["a", ""] == [line.result()[1], line.result()[1]]


def test_what_fails_fails_alone(worker: Listening) -> None:
    line, other = worker.connect(), worker.connect()
    other.send("/wait/a")
    line.send("/fail/this")

    status, body, _ = line.result()

    assert (500, 'Exception caught in handler - "this"') == (status, body)
    assert "" == line.ask("/wake/a")
    assert "a" == other.result()[1]


@pytest.mark.parametrize(("path", "name"), [("/forever/this", "this"), ("/stream", "words")])
def test_a_connection_that_is_closed_cancels_its_handler(
    worker: Listening, path: str, name: str
) -> None:
    line, other = worker.connect(), worker.connect()
    line.send(path)
    line.line()

    line.close()

    while name not in other.ask("/ended"):
        continue


def test_a_stream_that_nobody_reads_holds_up_only_itself(worker: Listening) -> None:
    line, other = worker.connect(), worker.connect()
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.send("/stream")
    assert line.line().startswith(b"l")

    assert ["", "", ""] == [other.ask("/ended") for _ in range(3)]


def test_told_to_end_it_refuses_events_and_finishes_those_under_way(worker: Listening) -> None:
    line, other = worker.connect(), worker.connect()
    line.send("/wait/a")
    assert line.line().startswith(b"l")
    worker.process.send_signal(signal.SIGUSR1)
    worker.until("log", "asked to end")

    assert "Event discarded: worker draining" == other.ask("/wake/a")
    worker.process.send_signal(signal.SIGCONT)
    worker.until("log", "SIGCONT")
    assert "" == other.ask("/wake/a")
    assert "a" == line.result()[1]


def test_it_ends_with_its_processor(worker: Listening) -> None:
    worker.connect().send("/forever/this")

    worker.hang_up()

    assert 0 == worker.process.wait(DEADLINE_S)


def test_a_frame_without_length_ends_its_connection_alone(worker: Listening) -> None:
    line, other = worker.connect(), worker.connect()
    line.sock.sendall(bytes(4))

    assert "Illegal message size: 0" in line.result()[1]
    assert b"" == line.line()
    assert "" == other.ask("/ended")


def test_a_handler_that_cannot_be_awaited_is_refused(begin: Callable[..., Listening]) -> None:
    made = begin(handler="user:plain")

    assert 1 == made.process.wait(DEADLINE_S)
    assert "'plain' must be an async function" in made.out()


def test_a_fork_ends_where_it_awaits_and_takes_no_events(worker: Listening) -> None:
    line, other = worker.connect(), worker.connect()

    assert "0" == line.ask("/fork")
    assert ["", ""] == [other.ask("/ended"), line.ask("/ended")]
