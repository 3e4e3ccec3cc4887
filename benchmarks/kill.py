"""`kill -9` of a worker under load: what it costs, and how long until all is as before.

Two workers whose model takes 2 ms, 64 connections that ask again as soon as they are answered.
Every second one of the workers is killed. Of each kill: requests answered 500, connections cut
without an answer; ms until the replacement is ready (ours says so at /ready, which follows the
worker's `s` line), until it first answers, and until as many requests are answered as before.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import signal
import socket
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from served import HERE, ROOT, Contender, Server, start

REQUEST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
CONNECTIONS = 64
PAUSE_S = 1.0
#: The window over which a rate is taken, and how much of the old one is full.
WINDOW_S, FULL = 0.03, 0.9


@dataclass
class Load:
    """Asks until it is told to stop; ``answers`` are (when, status, pid), in order."""

    port: int
    answers: list[tuple[float, int, int]] = field(default_factory=list)
    cuts: list[float] = field(default_factory=list)
    is_over: bool = False
    _begun: dict[int, bytes] = field(default_factory=dict)

    def run(self) -> None:
        """Drive all connections from one thread."""
        poller = select.epoll()
        open_ones: dict[int, socket.socket] = {}
        for _ in range(CONNECTIONS):
            self._connect(poller, open_ones)
        while not self.is_over:
            for fd, _ in poller.poll(0.1):
                sock = open_ones[fd]
                if not self._read(sock):
                    del open_ones[fd]
                    sock.close()
                    self._connect(poller, open_ones)
        for sock in open_ones.values():
            sock.close()

    def _connect(self, poller: select.epoll, open_ones: dict[int, socket.socket]) -> None:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        sock.sendall(REQUEST)
        self._begun[sock.fileno()] = b""
        open_ones[sock.fileno()] = sock
        poller.register(sock.fileno(), select.EPOLLIN)

    def _read(self, sock: socket.socket) -> bool:
        """Whether the connection goes on; after a whole answer the next request is out."""
        try:
            data = sock.recv(65536)
            now = time.perf_counter()
            answer = self._begun[sock.fileno()] + data
            head, _, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if length is None or len(body) < int(length[1]):
                self._begun[sock.fileno()] = answer
            else:
                self._begun[sock.fileno()] = b""
                status = int(answer[9:12])
                self.answers.append((now, status, int(body) if status == 200 else 0))
                sock.sendall(REQUEST)
        except OSError:
            data = b""
        if not data:
            self.cuts.append(time.perf_counter())
        return bool(data)


@dataclass(frozen=True)
class Kill:
    """What one kill cost. Times in ms from the signal; NaN where it was not seen."""

    failed: int
    cut: int
    ready_ms: float
    answers_ms: float
    full_ms: float


def contenders() -> list[Contender]:
    """Ours, and FastAPI under the two supervisors that people run it with."""
    folder = HERE / "steady"
    ours = (
        str(Path(sys.executable).with_name("funcs")),
        *("processor", "--config", str(folder / "processor.yaml")),
        *("--platform-config", str(folder / "platform.yaml")),
    )
    python = str(ROOT / ".bench/fastapi/bin/python")
    app = ("--app-dir", str(HERE / "peers"), "steady_server:app")
    uvicorn = (
        *(python, "-m", "uvicorn", *app, "--host", "127.0.0.1", "--port", "{HTTP}"),
        *("--workers", "2", "--no-access-log", "--log-level", "warning"),
    )
    gunicorn = (
        *(python, "-m", "gunicorn", "--chdir", str(HERE / "peers"), "steady_server:app"),
        *("-k", "uvicorn_worker.UvicornWorker", "-w", "2", "-b", "127.0.0.1:{HTTP}"),
    )
    return [
        Contender("ours", ours, "/", "", {"NUCLIO_PYTHON_PATH": str(folder)}),
        Contender("uvicorn", uvicorn, "/", ""),
        Contender("gunicorn", gunicorn, "/", ""),
    ]


def measure(server: Server, kills: int) -> tuple[list[Kill], Load]:
    """Kill so many workers, one a second, in turn."""
    load = Load(server.port)
    thread = threading.Thread(target=load.run)
    thread.start()
    found = []
    try:
        time.sleep(PAUSE_S)
        for number in range(kills):
            found.append(_one_kill(server, load, number))
    finally:
        load.is_over = True
        thread.join()
    return found, load


def _one_kill(server: Server, load: Load, number: int) -> Kill:
    recent = _recent(load)
    before = len(load.answers), len(load.cuts)
    workers = sorted({pid for _, status, pid in recent if status == 200})
    rate = len(recent) / (PAUSE_S / 2)
    killed_at = time.perf_counter()
    os.kill(workers[number % len(workers)], signal.SIGKILL)
    ready_at = _ready_again(server) if server.contender.name == "ours" else float("nan")
    time.sleep(max(0.0, killed_at + PAUSE_S - time.perf_counter()))
    answers = load.answers[before[0] :]
    fresh = [when for when, status, pid in answers if status == 200 and pid not in workers]
    times = [when for when, status, _ in answers if status == 200]
    return Kill(
        failed=sum(status != 200 for _, status, _ in answers),
        cut=len(load.cuts) - before[1],
        ready_ms=(ready_at - killed_at) * 1e3,
        answers_ms=(fresh[0] - killed_at) * 1e3 if fresh else float("nan"),
        full_ms=(_full_again(times, rate, fresh) - killed_at) * 1e3,
    )


def _recent(load: Load) -> list[tuple[float, int, int]]:
    """The answers of the last half second, once there are any from more than one worker.

    A supervisor that hands out connections may leave its workers unlike for a long time.
    """
    deadline = time.perf_counter() + 10
    while True:
        since = time.perf_counter() - PAUSE_S / 2
        recent = [each for each in load.answers if each[0] > since]
        if len({each[2] for each in recent}) > 1 or (recent and time.perf_counter() > deadline):
            return recent
        time.sleep(0.05)


def _ready_again(server: Server) -> float:
    """When /ready says so again; it is asked every millisecond."""
    was_down = False
    deadline = time.perf_counter() + 5
    while time.perf_counter() < deadline:
        with socket.create_connection(("127.0.0.1", server.health_port), timeout=5) as sock:
            sock.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            is_ready = sock.recv(100)[9:12] == b"200"
        if is_ready and was_down:
            return time.perf_counter()
        was_down = was_down or not is_ready
        time.sleep(0.001)
    return float("nan")


def _full_again(times: list[float], rate: float, fresh: list[float]) -> float:
    """The end of the first window with the old rate in which the replacement has answered."""
    wanted = max(1, int(rate * WINDOW_S * FULL))
    for at in range(wanted, len(times)):
        if fresh and times[at] >= fresh[0] and times[at] - times[at - wanted] <= WINDOW_S:
            return times[at]
    return float("nan")


def _line(name: str, kills: list[Kill], load: Load) -> str:
    def of(key: str) -> str:
        values = [float(getattr(kill, key)) for kill in kills]
        seen = [value for value in values if value == value]
        return f"{statistics.median(seen):.0f}, {max(seen):.0f}" if seen else "–"

    failed, cut = (sum(getattr(kill, key) for kill in kills) for key in ("failed", "cut"))
    most = max(kill.failed + kill.cut for kill in kills)
    cells = [name, f"{len(load.answers):,}", f"{len(kills)}", f"{failed}", f"{cut}", f"{most}"]
    return "| " + " | ".join([*cells, of("ready_ms"), of("answers_ms"), of("full_ms")]) + " |"


def main() -> int:
    """Measure each in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--only", nargs="*", help="names: ours uvicorn gunicorn")
    args = parser.parse_args()
    print(
        "| server | answers | kills | 500s | cut | most a kill | ready ms | answers ms | full ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for contender in contenders():
        if args.only and contender.name not in args.only:
            continue
        server = start(contender, core=None)
        try:
            kills, load = measure(server, args.kills)
        finally:
            server.stop()
        print(_line(contender.name, kills, load), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
