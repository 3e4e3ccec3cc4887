"""A server under measurement: start it, know its first answer, its CPU time and its memory."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
ROWS = '{"inputs": [[1.0,2.0,3.0,4.0]]}'
OIP = '{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1.0,2.0,3.0,4.0]}]}'
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Contender:
    """One server: how it starts, where its model is, what is sent to it."""

    name: str
    command: tuple[str, ...]
    path: str = "/v2/models/m/infer"
    body: str = ROWS
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Server:
    """A started contender; ``first_answer_ms`` counts from the exec to the first 200."""

    contender: Contender
    process: subprocess.Popen[bytes]
    port: int
    first_answer_ms: float
    health_port: int

    def family(self) -> list[int]:
        """The pids of the server: everything in the session it was started in."""
        return [pid for pid in _pids() if _session(pid) == self.process.pid]

    def cpu_s(self) -> float:
        """User and system time of the whole family so far, seconds."""
        return sum(_cpu_ticks(pid) for pid in self.family()) / TICK

    def rss_mb(self) -> float:
        """Resident memory of the whole family, MB (shared pages counted for each)."""
        return sum(_rss_pages(pid) for pid in self.family()) * PAGE / 1e6

    def stop(self) -> None:
        """End the family, kindly first."""
        family = self.family()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(4)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def start(contender: Contender, *, core: int | None = 0, patience_s: float = 60.0) -> Server:
    """Start it pinned to ``core`` (``None`` = anywhere) and wait for its first 200."""
    port, health, admin = free_ports(3)
    folder = Path(tempfile.mkdtemp(prefix="funcs-bench-"))
    ports = {"HTTP": port, "HEALTH": health, "ADMIN": admin}
    command = [_filled(part, ports, folder) for part in contender.command]
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    environment = {**os.environ, **contender.environment, "PORT": str(port)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as in an image, which is byte-compiled
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "stderr").open("wb"),
        start_new_session=True,
    )
    while not _answers(port, contender):
        if process.poll() is not None or time.perf_counter() - begun > patience_s:
            process.kill()
            raise SystemExit(f"{contender.name} gave no answer:\n{(folder / 'stderr').read_text()}")
        time.sleep(0.002)
    return Server(contender, process, port, (time.perf_counter() - begun) * 1e3, health)


def free_ports(count: int) -> list[int]:
    """That many ports nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def ours(name: str, model: str, body: str) -> Contender:
    """Our processor with a model of the no-op graph behind the serving handler."""
    folders = os.pathsep.join([str(HERE / "noop"), str(ROOT / "handlers" / "serving")])
    command = (
        str(Path(sys.executable).with_name("funcs")),
        "processor",
        "--config",
        str(HERE / "noop" / "processor.yaml"),
        "--platform-config",
        str(HERE / "noop" / "platform.yaml"),
    )
    path = f"/v2/models/{model}/infer"
    return Contender(name, command, path, body, {"NUCLIO_PYTHON_PATH": folders})


def peers() -> list[Contender]:
    """FastAPI and KServe, from the environments that scripts/bench makes."""
    uvicorn = (
        str(ROOT / ".bench/fastapi/bin/python"),
        *("-m", "uvicorn", "--app-dir", str(HERE / "peers"), "fastapi_server:app"),
        *("--host", "127.0.0.1", "--port", "{HTTP}", "--loop", "uvloop", "--http", "httptools"),
        *("--no-access-log", "--log-level", "warning"),
    )
    kserve = (str(ROOT / ".bench/kserve/bin/python"), str(HERE / "peers" / "kserve_server.py"))
    return [
        Contender("fastapi", uvicorn),
        Contender("kserve", kserve, path="/v1/models/m:predict"),
    ]


def _filled(part: str, ports: dict[str, int], folder: Path) -> str:
    if part.endswith(".yaml"):
        text = Path(part).read_text()
        for name, port in ports.items():
            text = text.replace(f"{{{name}}}", str(port))
        target = folder / Path(part).name
        target.write_text(text)
        return str(target)
    return part.replace("{HTTP}", str(ports["HTTP"]))


def _answers(port: int, contender: Contender) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", contender.path, contender.body, headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, from the state on; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _session(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[3]) if fields else 0


def _cpu_ticks(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _rss_pages(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[21]) if fields else 0
