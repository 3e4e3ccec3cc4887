"""Our processor, started on a recorded configuration, and what it prints."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from tests.turn import take_turn

DATA = Path(__file__).parent / "data"
START_DEADLINE_S = 40.0

_PORTS = ("HTTP", "HTTP2", "ADMIN", "HEALTH", "METRICS")
_INDEX: dict[str, dict[str, Any]] = json.loads((DATA / "configs" / "index.json").read_text())


class Program:
    """A processor on one configuration; its worker is ``wrapper`` where that is given."""

    def __init__(self, config: str, wrapper: Path | None = None) -> None:
        self._info = _INDEX.get(config, {})
        self._turn = take_turn() if "ports" in self._info else None  # may skip: nothing made yet
        self._folder = tempfile.TemporaryDirectory(prefix="conformance-")
        self.folder = Path(self._folder.name)
        self._wrapper = wrapper
        for _ in range(5):  # somebody else may take a port between our look and our use
            self.ports = _free_ports() | self._info.get("ports", {})
            self.output = Output()
            self.started_at = monotonic()
            self.process = self._start(config)
            if self._until_ready():
                threading.Event().wait(self._info.get("settle", 0))
                return
            self.process.kill()
            self.process.wait()
        self.stop()
        raise AssertionError(self.output.since(0).decode("utf-8", "replace"))

    def place(self, data: bytes) -> bytes:
        """``data`` with what is of this run replaced by the recordings' names for it."""
        for path, name in ((str(DATA), b"{DIR}"), (str(self.folder), b"{TMP}")):
            data = data.replace(path.encode(), name)
        for label, port in self.ports.items():
            data = data.replace(b":%d" % port, b":{%s}" % label.encode())
        return data

    def stop(self) -> None:
        """End it, its workers, and its folder."""
        self.process.kill()  # workers end when their socket does
        self.process.wait()
        self.output.finish()
        self._folder.cleanup()
        if self._turn is not None:
            self._turn.close()

    def _start(self, config: str) -> subprocess.Popen[bytes]:
        info = self._info
        files = [self._fill(name) for name in (config, info.get("platform", "platform.yaml"))]
        command = [sys.executable, "-m", "funcs.processor"]
        command += ["--config", str(files[0]), "--platform-config", str(files[1])]
        environ = dict(
            os.environ,
            FUNCS_NUCLIO="1.14",
            FUNCS_ERROR_DETAIL="full",
            NUCLIO_PYTHON_PATH=str(DATA / "handlers"),
            GOLDEN_TMP=str(self.folder),
            PYTHONIOENCODING="utf-8",
            **info.get("env", {}),
        )
        if self._wrapper is not None:
            environ["NUCLIO_PYTHON_WRAPPER_PATH"] = str(self._wrapper)
        process = subprocess.Popen(
            command,
            env=environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.output.follow(process)
        return process

    def _fill(self, name: str) -> Path:
        text = (DATA / "configs" / name).read_text()
        for label, port in self.ports.items():
            text = text.replace(f"{{{label}}}", str(port))
        target = self.folder / name
        target.write_text(text)
        return target

    def _until_ready(self) -> bool:
        label = self._info.get("ready", "HTTP")
        if label == "none":
            return True
        deadline = monotonic() + START_DEADLINE_S
        while monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.ports[label]), timeout=5).close()
            except OSError:
                self.output.wait(0.05)
            else:
                return True
        return False


class Output:
    """What a process prints, as it comes."""

    def __init__(self) -> None:
        self._data = b""
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        """Begin to read."""
        self._thread = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._thread.start()

    def since(self, start: int) -> bytes:
        """All that came after the first ``start`` bytes."""
        with self._news:
            return self._data[start:]

    def __len__(self) -> int:
        with self._news:
            return len(self._data)

    def wait(self, seconds: float) -> None:
        """Return when something has come, or when the time is up."""
        with self._news:
            self._news.wait(seconds)

    def finish(self) -> None:
        """Wait for the reader, once the process has ended."""
        if self._thread is not None:
            self._thread.join(5)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        pipe = process.stdout
        assert pipe is not None
        with pipe:
            while data := os.read(pipe.fileno(), 65536):
                with self._news:
                    self._data += data
                    self._news.notify_all()


def _free_ports() -> dict[str, int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in _PORTS]
    ports = {name: sock.getsockname()[1] for name, sock in zip(_PORTS, sockets, strict=True)}
    for sock in sockets:
        sock.close()
    return ports


def listens(pid: int, port: int) -> bool:
    """Whether this process, and no other, listens at a port."""
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    there = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}")}
    own: set[str] = set()
    with suppress(OSError):  # it has ended, or closes one just now
        own.update(str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir())
    return not there.isdisjoint(own)
