"""Runs `funcs run` as a process of its own, for one call or for a run of tests."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from funcs.errors import FuncsError, ProcessorError

_START_S = 120.0
#: It may have to be pulled first.
_IMAGE_START_S = 900.0
_STOP_S = 20.0
_HURRIED_S = 0.5


class Background:
    """An emulator that serves a folder or an image from its own process, and answers at ``url``.

    ``options`` are further ones of `funcs run`; ``records`` are the JSON lines it has printed so
    far: requests, log lines, errors.
    """

    def __init__(self, served: Path | str, *options: str, environ: Mapping[str, str]) -> None:
        """Start it and wait until it serves; a Path is a function's, a text an image's name.

        Raises:
            FuncsError: it could not start; in the words it would have for a terminal.
        """
        command = [sys.executable, "-m", "funcs", "run", str(served), "--port", "0", "--json"]
        command += ["--until-eof", *options]  # should we be killed, it is not left behind
        self.records: list[dict[str, Any]] = []
        self.url = ""
        self._started = threading.Event()
        self._process = subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._started.wait(_START_S if isinstance(served, Path) else _IMAGE_START_S)
        except BaseException:  # Ctrl-C reaches us alone: it has a session of its own
            self.stop()
            raise
        if not self.url:
            self.stop()
            raise self._reason()

    def stop(self, *, is_hurried: bool = False) -> None:
        """End it, as Ctrl-C would; as a second one would, if it ``is_hurried`` and still there."""
        for patience_s in (_HURRIED_S, _STOP_S) if is_hurried else (_STOP_S,):
            if self._process.poll() is None:
                self._process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(patience_s)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._reader.join(_STOP_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        """Take in each line until the end; what workers print is passed on to stderr."""
        for line in self._process.stdout or ():
            record = json.loads(line)
            self.records.append(record)
            if record["kind"] == "output":
                sys.stderr.write(record["text"] + "\n")
            elif record["kind"] == "ready":
                self.url = str(record["url"])
                self._started.set()
        self._started.set()

    def _reason(self) -> FuncsError:
        errors = [record for record in self.records if record["kind"] == "error"]
        if not errors:
            how = f"exit code {self._process.returncode}"
            return ProcessorError(f"the emulator ended before it served ({how})")
        last = errors[-1]
        return ProcessorError(last["what"], where=last["where"], fix=last["fix"])


@contextmanager
def serving(served: Path | str, *options: str, environ: Mapping[str, str]) -> Iterator[Background]:
    """An emulator for a folder or an image while the block runs."""
    background = Background(served, *options, environ=environ)
    try:
        yield background
    except KeyboardInterrupt:  # nobody waits for what is under way
        background.stop(is_hurried=True)
        raise
    finally:
        background.stop()
