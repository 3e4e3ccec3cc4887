"""What recording costs a processor for each event: with the tape and without it, in turns.

One client asks one worker over one connection with a body of about 1 kB; the answer is a line, or
for ``echo`` the same again. A head is the same each time, or in the second half of the table its
own (``X-Request-Id``), as behind a proxy. The figure to read is the processor's own CPU (user and
system) per event, with the tape less without, beside the calibration loop: 28 ms is the machine
that the aim, 25 µs, is written for. ``line`` is the recorder alone: encoding, masking and
write(2).
"""

from __future__ import annotations

import argparse
import http.client
import os
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


def ask(server: Server, path: str, body: str, *, is_fresh: bool) -> float:
    """CPU µs of the processor per event, each with a head of its own if it ``is_fresh``."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"Content-Type": "text/plain", "User-Agent": "bench", "X-Request-Id": "0"}
    before = cpu_us(server)
    for number in range(EVENTS):
        if is_fresh:
            headers["X-Request-Id"] = f"{time.time_ns()}-{number}"
        connection.request("POST", path, body, headers)
        connection.getresponse().read()
    connection.close()
    return (cpu_us(server) - before) / EVENTS


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
    print("body, head      without µs  with µs  tape µs  on 28 ms  aim  line µs  calibration ms")
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as other:
        servers = [
            start(contender(Path(each), tape=tape), core=cores[0])
            for each, tape in ((name, False), (other, True))
        ]
        try:
            for is_fresh in (False, True):
                for label in BODIES:
                    show(label, servers, Path(name), options.rounds, is_fresh=is_fresh)
        finally:
            for server in servers:
                server.stop()


def show(label: str, servers: list[Server], folder: Path, rounds: int, *, is_fresh: bool) -> None:
    """One row: the middle of the rounds, each with and without in turns."""
    calibrated, body = calibration_ms(), BODIES[label]
    path, answer = ("/echo", body) if label == "echo" else ("/x", '{"outputs": [1.0]}')
    pairs = [
        [ask(server, path, body, is_fresh=is_fresh) for server in servers] for _ in range(rounds)
    ]
    without, recorded = (statistics.median(column) for column in zip(*pairs, strict=True))
    cost = statistics.median(second - first for first, second in pairs)
    lines = [line_us(folder, body, answer, is_fresh=is_fresh) for _ in range(rounds)]
    line = statistics.median(lines)
    calibrated = (calibrated + calibration_ms()) / 2
    print(
        f"{label:8} {'new' if is_fresh else 'same':6} {without:10.1f} {recorded:8.1f} {cost:8.1f} "
        f"{cost * REFERENCE_MS / calibrated:9.1f} {AIM_US:4.0f} {line:8.1f} {calibrated:15.1f}"
    )


if __name__ == "__main__":
    main()
