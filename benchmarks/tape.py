"""What recording costs a processor for each event: with the tape and without it, in turns.

One worker gets a body of about 1 kB; the answer is a line, or for ``echo`` the same again. A head
is the same each time, or in half of the rows its own (``X-Request-Id``), as behind a proxy. The
figure to read is the processor's own CPU (user and system) per event, with the tape less without,
beside the calibration loop: 28 ms is the machine that the aim, 25 µs, is written for. The
processor has a core to itself, the worker and the clients have the other. Sixteen clients keep it
busy, and the aim is for that; one alone lets the core fall asleep twice for each event, so that
all it does costs several times as much, and what does not change is in cold caches each time.
Before each turn the memory that the tape will fill is touched once: a virtual machine's host may
have taken it away, and gives it back at a cost that is not the tape's. ``line`` is the recorder
alone: encoding, masking and write(2).
"""

from __future__ import annotations

import argparse
import itertools
import os
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from served import Contender, Server, start
from worker import REFERENCE_MS, calibration_ms

from funcs.processor.http_head import Head
from funcs.tape.exchange import Exchange
from funcs.tape.masking import Masking
from funcs.tape.recorder import Limits, Recorder

AIM_US = 25.0
EVENTS = 3_000
CLIENTS = (16, 1)
TOUCHED_BYTES = 32 << 20
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n"
    "Content-Length: {size}\r\nContent-Type: text/plain\r\nUser-Agent: bench\r\nX-Request-Id: "
)
NUMBERS = ", ".join(f"{number / 7:.6f}" for number in range(95))
BODIES = {
    "numbers": '{"inputs": [[' + NUMBERS + "]]}",
    "keys": "[" + ", ".join('{"name": "abc", "value": 1.25}' for _ in range(31)) + "]",
    "text": "word " * 200,
    "echo": '{"inputs": [[' + NUMBERS + "]]}",
}
HANDLER = """
def handler(context, event):
    if event.path == "/echo":
        return event.body
    return context.Response(body='{"outputs": [1.0]}', content_type="application/json")
"""
CONFIG = (
    "metadata: {{name: bench}}\nspec:\n  handler: main:handler\n  runtime: python:3.11\n"
    "  triggers: {{web: {{kind: http, url: ':{HTTP}', numWorkers: 1}}}}\n"
)
PLATFORM = "webAdmin: {enabled: false}\nhealthCheck: {enabled: false}\n"


def contender(folder: Path, *, tape: bool) -> Contender:
    """`funcs processor` on the echo function; its ports are filled in by `start`."""
    (folder / "main.py").write_text(HANDLER)
    (folder / "platform.yaml").write_text(PLATFORM)
    (folder / "p.yaml").write_text(CONFIG.format(HTTP=0))
    command = (
        *(sys.executable, "-m", "funcs", "processor", "--config", str(folder / "p.yaml")),
        *("--platform-config", str(folder / "platform.yaml"), "--port", "{HTTP}"),
    )
    environment = {"NUCLIO_PYTHON_PATH": str(folder)}
    if tape:
        environment["FUNCS_RECORD"] = str(folder / "t.jsonl")
    return Contender("tape" if tape else "none", command, "/", "{}", environment)


def cpu_us(server: Server) -> float:
    """The processor's own CPU so far, without its workers'."""
    nanoseconds = Path(f"/proc/{server.process.pid}/schedstat").read_text().split()[0]
    return int(nanoseconds) / 1e3


def ask(server: Server, path: str, body: str, clients: int, *, is_fresh: bool) -> float:
    """CPU µs of the processor per event, each with a head of its own if it ``is_fresh``."""
    sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(clients)]
    front = HEAD.format(path=path, size=len(body)).encode()
    back = b"\r\n\r\n" + body.encode()
    for each in sockets:
        each.sendall(front + b"0" + back)
    size = max([len(each.recv(65536)) for each in sockets])
    before = cpu_us(server)
    for number in range(EVENTS // clients):
        for each in sockets:
            own = b"%d-%d" % (time.time_ns(), number) if is_fresh else b"0"
            each.sendall(front + own + back)
        for each in reversed(sockets):  # the last answer wakes the clients: one wake-up for all
            left = size
            while left > 0:
                left -= len(each.recv(65536))
    taken = cpu_us(server) - before
    for each in sockets:
        each.close()
    return taken / (EVENTS // clients * clients)


def touch_memory(folder: Path) -> None:
    """Fill and free as much of the kernel's file cache as the tapes of a turn take."""
    path = folder / "touched"
    path.write_bytes(bytes(TOUCHED_BYTES))
    path.unlink()


def line_us(folder: Path, body: str, answer: str, *, is_fresh: bool) -> float:
    """CPU µs per line of the recorder alone."""
    recorder = Recorder(
        str(folder / "line.jsonl"), {}, masking=Masking(), limits=Limits(), warn=print
    )
    pairs = [(b"Content-Type", b"text/plain"), (b"User-Agent", b"bench"), (b"X-Request-Id", b"0")]
    heads = [Head(b"POST", b"/x", pairs, is_old=False) for _ in range(EVENTS if is_fresh else 1)]
    data = body.encode()
    begun = time.process_time()
    for number in range(EVENTS):
        told = Exchange(
            ("http", "web"), heads[number % len(heads)], 200, event=(b"%036d" % number, data),
            answer=answer.encode(), headers=((b"Content-Type", b"text/plain"),),
            size_bytes=len(answer), worker=0,
        )  # fmt: skip
        recorder.on_exchange(told)
    took = (time.process_time() - begun) * 1e6 / EVENTS
    recorder.close()
    return took


def main() -> None:
    """Measure, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    print("clients, body, head   without µs  with µs  tape µs  on 28 ms  aim  line µs  loop ms")
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as other:
        servers = [
            start(contender(Path(each), tape=tape), core=cores[0])
            for each, tape in ((name, False), (other, True))
        ]
        try:
            for server in servers:
                for worker in set(server.family()) - {server.process.pid}:
                    os.sched_setaffinity(worker, {cores[-1]})
            for row in itertools.product(CLIENTS, (False, True), BODIES):
                show(row, servers, Path(name), options.rounds)
        finally:
            for server in servers:
                server.stop()


def show(row: tuple[int, bool, str], servers: list[Server], folder: Path, rounds: int) -> None:
    """One row: the middle of the rounds, each with and without in turns."""
    clients, is_fresh, label = row
    calibrated, body = calibration_ms(), BODIES[label]
    path, answer = ("/echo", body) if label == "echo" else ("/x", '{"outputs": [1.0]}')
    pairs, lines = [], []
    for _ in range(rounds):
        touch_memory(folder)
        pairs.append([ask(each, path, body, clients, is_fresh=is_fresh) for each in servers])
        lines.append(line_us(folder, body, answer, is_fresh=is_fresh))
    without, recorded = (statistics.median(column) for column in zip(*pairs, strict=True))
    cost, line = statistics.median(b - a for a, b in pairs), statistics.median(lines)
    calibrated = (calibrated + calibration_ms()) / 2
    print(
        f"{clients:2} {label:8} {'new' if is_fresh else 'same':6} {without:13.1f} {recorded:8.1f} "
        f"{cost:8.1f} {cost * REFERENCE_MS / calibrated:9.1f} {AIM_US:4.0f} {line:8.1f} "
        f"{calibrated:8.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
