"""Plays the processor's half of a recorded exchange to a worker, and compares the other half.

A case holds ``argv`` and ``env`` of the worker and ``frames`` in the order they passed: frames to
it, lines from it, signals. Lines are compared as JSON, member order included, after what differs
from run to run is masked: clocks, durations, addresses, and frames of a traceback that lie outside
the handlers' own files.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from funcs.worker import WRAPPER_PATH
from funcs.worker.wire import LineSplitter

DATA = Path(__file__).parent / "data"
DEADLINE_S = 20.0

_TRACEBACK_FRAME = re.compile(r'  File "([^"]*)", line \d+, in .*\n(?:    .*\n)*')
_MASKS = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?"), "<time>"),
    (re.compile(r'"datetime", "now"'), '"datetime", "<time>"'),
    (re.compile(r"0x[0-9a-f]{6,}"), "<address>"),
)


def cases(path: Path) -> list[dict[str, Any]]:
    """The recorded cases of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def comparable(line: str) -> str:
    """A line with all masked that may differ."""
    kind = "" if line.startswith("{") else line[:1]
    text = line[len(kind) :]
    if kind == "m":
        return "m" if json.loads(text)["duration"] > 0 else line
    return kind + (json.dumps(_masked(json.loads(text))) if text else "")


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if not isinstance(value, str):
        return value
    text = _TRACEBACK_FRAME.sub(_own_frame, value.replace(str(DATA), "{DIR}"))
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def _own_frame(match: re.Match[str]) -> str:
    return match[0] if match[1].startswith(("{DIR}", "<string>")) else ""


class RecordedProcessor:
    """The two listening sockets of a processor, and the worker it started."""

    def __init__(self, case: dict[str, Any], folder: Path) -> None:
        self._ends: dict[str, socket.socket] = {}
        listeners = {name: self._listen(folder / name) for name in ("event", "control")}
        argv = [self._filled(word, folder) for word in case["argv"]]
        settings = {"FUNCS_NUCLIO": "1.14", "FUNCS_ERROR_DETAIL": "full"}
        paths = {"PYTHONPATH": str(DATA / "handlers"), "GOLDEN_TMP": str(folder)}
        self._out = (folder / "out").open("w")
        self._worker = subprocess.Popen(
            [sys.executable, "-u", str(WRAPPER_PATH), *argv],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **settings, **paths, **case["env"]},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )
        for name, listener in listeners.items():
            self._ends[name] = listener.accept()[0]
            self._ends[name].settimeout(DEADLINE_S)
            listener.close()
        self._lines = {name: self._read(end) for name, end in self._ends.items()}

    @staticmethod
    def _listen(path: Path) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)
        listener.settimeout(DEADLINE_S)
        return listener

    @staticmethod
    def _filled(word: str, folder: Path) -> str:
        sockets = {"{EVENT}": folder / "event", "{CONTROL}": folder / "control"}
        return str(sockets.get(word, word))

    @staticmethod
    def _read(end: socket.socket) -> Iterator[str]:
        splitter = LineSplitter()
        while data := end.recv(1 << 16):
            yield from (line.decode() for line in splitter.feed(data))

    def play(self, frames: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
        """What was recorded and what came now, line by line, both comparable."""
        for frame in frames:
            if frame["dir"] == "signal":
                self._worker.send_signal(signal.Signals[frame["signal"]])
            elif frame["dir"] == "processor>wrapper":
                self._ends[frame["socket"]].sendall(base64.b64decode(frame["b64"]))
            else:
                came = next(self._lines[frame["socket"]], "(the end of the stream)")
                yield comparable(frame["line"]), comparable(came)

    def close(self) -> None:
        """Close the sockets and see the worker end."""
        for end in self._ends.values():
            end.close()
        try:
            self._worker.wait(DEADLINE_S)
        finally:
            self._worker.kill()
            self._out.close()
