"""A real worker process, driven as a processor drives it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from funcs.worker import WRAPPER_PATH
from funcs.worker.wire import LineSplitter, Result, ResultReader, event_map, pack_event

DEADLINE_S = 20.0


class WorkerProcess:
    """Both ends of the sockets of one worker, whose handler's code is ``code``'s ``handler``.

    With ``hangs_up`` nobody listens at its sockets any more.
    """

    def __init__(
        self,
        folder: Path,
        code: str,
        *,
        handler: str = "user:handler",
        environ: Mapping[str, str] | None = None,
        extra: tuple[str, ...] = ("--decode-event-strings",),
        wrapper: Path = WRAPPER_PATH,
        hangs_up: bool = False,
    ) -> None:
        (folder / "user.py").write_text(code)
        self._listeners = [self._listen(folder / name) for name in ("event", "control")]
        if hangs_up:
            for listener in self._listeners:
                listener.close()
        told = {
            "handler": handler,
            "event-socket-path": str(folder / "event"),
            "control-socket-path": str(folder / "control"),
            "platform-kind": "local",
            "namespace": "nuclio",
            "worker-id": "7",
            "trigger-kind": "http",
            "trigger-name": "web",
        }
        words = [word for name, value in told.items() for word in (f"--{name}", value)]
        self._out = (folder / "out").open("w+")
        self._err = (folder / "err").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(wrapper), *words, *extra],
            env={**os.environ, "PYTHONPATH": str(folder), **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
        )
        self._splitters = {"event": LineSplitter(), "control": LineSplitter()}
        self._lines: dict[str, list[bytes]] = {"event": [], "control": []}
        self._sockets: dict[str, socket.socket] = {}

    @staticmethod
    def _listen(path: Path) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)
        listener.settimeout(DEADLINE_S)
        return listener

    def accept(self) -> None:
        """Take both connections, in Nuclio's order."""
        for name, listener in zip(("event", "control"), self._listeners, strict=True):
            self._sockets[name] = listener.accept()[0]
            self._sockets[name].settimeout(DEADLINE_S)

    def until_ready(self) -> list[bytes]:
        """The lines up to the one that says the worker is ready."""
        self.accept()
        seen = [self.line()]
        while seen[-1] != b"s":
            seen.append(self.line())
        self.line()  # the record of the control message
        return seen

    def line(self, name: str = "event") -> bytes:
        """The next line; b"" at the end of the stream."""
        lines = self._lines[name]
        while not lines:
            try:
                data = self._sockets[name].recv(1 << 18)
            except ConnectionError:
                data = b""
            if not data:
                return b""
            lines += self._splitters[name].feed(data)
        return lines.pop(0)

    def peek(self) -> None:
        """Return when something could be read."""
        self._sockets["event"].recv(1, socket.MSG_PEEK)

    def send_bytes(self, data: bytes) -> None:
        self._sockets["event"].sendall(data)

    def send(self, **changes: Any) -> None:
        self.send_bytes(pack_event(event_map(**changes)))

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a control message."""
        self._sockets["control"].sendall(pack_event(message))

    def skip(self, *kinds: bytes) -> bytes:
        """The next line that is of none of these kinds."""
        line = self.line()
        while line.startswith((b"l", *kinds)):
            line = self.line()
        return line

    def result(self) -> Result:
        """The next result; lines before it are dropped."""
        while True:
            line = self.line()
            assert line, "the worker closed the socket"
            if line.startswith(b"r"):
                return ResultReader().read(line)

    def ask(self, **changes: Any) -> str:
        """The text answered to one event."""
        self.send(**changes)
        return self.result().body.decode()

    def line_after_event(self) -> bytes:
        """The first line that answers an event."""
        self.send()
        return self.line()

    def record(self) -> dict[str, Any]:
        """The next line, which must be a log record."""
        line = self.line()
        assert line.startswith(b"l"), line
        value: dict[str, Any] = json.loads(line[1:])
        return value

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def close(self) -> None:
        for end in self._sockets.values():
            end.close()

    def exit_code(self) -> int:
        return self.process.wait(DEADLINE_S)

    def out(self) -> str:
        self._out.seek(0)
        return self._out.read()

    def err(self) -> str:
        self._err.seek(0)
        return self._err.read()

    def stop(self) -> None:
        self.close()
        for listener in self._listeners:
            listener.close()
        try:
            self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._out.close()
            self._err.close()
