"""What one event costs a worker: driven over its two sockets, as a processor drives it.

Three loads: the smallest event, a JSON event answered by a Response, and a text of 1 MB answered.
The figure to read is the worker process's own CPU (user and system) per event, beside the
calibration loop: 28 ms is the machine that the targets are written for. Driver and worker share
one core, so that waking an idle one is not what is measured. With ``--wrapper`` another wrapper,
such as Nuclio's own, is measured in the same run.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from funcs.worker import WRAPPER_PATH
from funcs.worker.wire import LineSplitter, event_map, pack_event

REFERENCE_MS = 28.0
PARTS = 6

HANDLERS = """
BIG = "x" * 1_000_000

def smallest(context, event):
    return "x"

def rows(context, event):
    sums = [sum(row) for row in event.body["inputs"]]
    return context.Response(body='{"outputs": %s}' % sums, content_type="application/json")

async def awaited(context, event):
    return "x"

def big(context, event):
    return BIG
"""


@dataclass(frozen=True)
class Load:
    """One kind of event, sent so often; ``limit_us`` is the aim on the reference machine."""

    handler: str
    events: int
    limit_us: float


LOADS = (
    Load("smallest", 4_000, 25),
    Load("rows", 4_000, 30),
    Load("awaited", 4_000, 35),
    Load("big", 40, 1200),
)


def calibration_ms() -> float:
    """A million additions: how fast this machine is just now."""
    begun, total = time.perf_counter(), 0
    for number in range(1_000_000):
        total += number
    return (time.perf_counter() - begun) * 1e3


class WorkerProcess:
    """A worker started as a processor starts it, with both ends of its sockets."""

    def __init__(self, wrapper: Path, folder: Path, handler: str) -> None:
        listeners = {
            name: self._listen(folder / f"{handler}-{name}") for name in ("event", "control")
        }
        command = [sys.executable, "-u", str(wrapper), "--handler", f"bench_handlers:{handler}"]
        command += ["--event-socket-path", str(folder / f"{handler}-event")]
        command += ["--control-socket-path", str(folder / f"{handler}-control")]
        command += ["--platform-kind", "local", "--namespace", "nuclio", "--worker-id", "0"]
        command += ["--trigger-kind", "http", "--trigger-name", "web", "--decode-event-strings"]
        environ = {**os.environ, "PYTHONPATH": str(folder)}
        begun = time.perf_counter()
        self.process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
        self.event = listeners["event"].accept()[0]
        self.control = listeners["control"].accept()[0]
        self._splitter = LineSplitter()
        self._await(b"s")
        self.start_ms = (time.perf_counter() - begun) * 1e3

    @staticmethod
    def _listen(path: Path) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)
        return listener

    def _await(self, kind: bytes) -> bytes:
        """Read on until a line of that kind has come."""
        while True:
            for line in self._splitter.feed(self.event.recv(1 << 18)):
                if line.startswith(kind):
                    return line

    def exchange(self, frame: bytes) -> bytes:
        """Send one event and return its result line."""
        self.event.sendall(frame)
        return self._await(b"r")

    def cpu_us(self) -> float:
        """User and system time so far, in microseconds; as fine as the scheduler counts it."""
        nanoseconds = Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]
        return int(nanoseconds) / 1e3

    def stop(self) -> None:
        """Close the sockets and wait for its end."""
        self.event.close()
        self.control.close()
        self.process.wait(timeout=10)


def measure(wrapper: Path, folder: Path, load: Load) -> tuple[float, float, float]:
    """CPU µs per event, wall µs per event, of the quietest part; and ms from start to ready."""
    body = b'{"inputs": [[1.0, 2.0, 3.0, 4.0]]}' if load.handler == "rows" else b"x"
    kind = "application/json" if load.handler == "rows" else ""
    headers = {"Host": "127.0.0.1", "Content-Length": str(len(body)), "User-Agent": "bench"}
    event = event_map(body=body, content_type=kind, headers=headers, method="POST", id="0" * 36)
    frame = pack_event(event)
    worker = WorkerProcess(wrapper, folder, load.handler)
    parts = []
    try:
        for _ in range(PARTS):
            cpu, begun = worker.cpu_us(), time.perf_counter()
            for _ in range(load.events):
                worker.exchange(frame)
            wall = (time.perf_counter() - begun) * 1e6
            parts.append(((worker.cpu_us() - cpu) / load.events, wall / load.events))
    finally:
        worker.stop()
    return (*min(parts), worker.start_ms)


def main() -> None:
    """Measure every load with every wrapper, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrapper", type=Path, action="append", default=[], help="another wrapper")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print("wrapper          load      CPU µs on 28 ms  aim  wall µs  start ms  calibration ms")
    for _ in range(options.rounds):
        for load in LOADS:
            for wrapper in (WRAPPER_PATH, *options.wrapper):
                with tempfile.TemporaryDirectory() as name:
                    folder = Path(name)
                    (folder / "bench_handlers.py").write_text(HANDLERS)
                    calibrated = calibration_ms()
                    cpu, wall, start = measure(wrapper, folder, load)
                    calibrated = (calibrated + calibration_ms()) / 2
                scaled = cpu * REFERENCE_MS / calibrated
                label = "funcs" if wrapper == WRAPPER_PATH else wrapper.parent.name
                print(
                    f"{label:24} {load.handler:9} {cpu:7.1f} {scaled:9.1f} {load.limit_us:5.0f} "
                    f"{wall:8.1f} {start:9.0f} {calibrated:15.1f}"
                )


if __name__ == "__main__":
    main()
