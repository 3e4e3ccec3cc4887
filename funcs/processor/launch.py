"""Starts worker processes and watches over their end.

A `Launcher` is told what to start (`Order`) and gives a `Process`. `ExecLauncher` execs a Python
wrapper for each, with the arguments and environment of Nuclio's processor (Nuclio 1.14:
pkg/processor/runtime/python RunWrapper).
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial

from funcs.record import Record
from funcs.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from funcs.processor.config import Function
    from funcs.processor.logs import Sink

    class Launcher(Protocol):
        """Whoever can start a worker process."""

        def launch(self, order: Order) -> Process:
            """A process that will connect to the order's two sockets."""


_NO_DECODING = ("no", "false", "disable", "disabled")


class Order(Record):
    """One worker process that is wanted; the paths are of sockets that listen already."""

    worker_id: int
    trigger_kind: str
    trigger_name: str
    event_path: str
    control_path: str

    @property
    def log_name(self) -> str:
        """Nuclio's name for the worker in log records."""
        return f"processor.{self.trigger_kind}.w{self.worker_id}.python.logger"


class Process:
    """A child process: to be signalled, and asked how it ended.

    If it ``leads_group``, what it has started and left in its group ends with it.
    """

    def __init__(self, pid: int, *, leads_group: bool = False) -> None:
        self.pid = pid
        self._leads_group = leads_group
        self.exit_code: int | None = None  # as `subprocess` has it: below 0 is a signal
        self._pidfd = _open_pidfd(pid)

    def fileno(self) -> int:
        """A descriptor that is readable once the process has ended; -1 where there is none."""
        return self._pidfd

    def has_ended(self) -> bool:
        """Whether it is over; from then on `exit_code` says how."""
        if self.exit_code is not None:
            return True
        if self._leads_group and not self._end_group():
            return False
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:  # someone else has waited for it
            pid, status = self.pid, 0
        if pid:
            self.exit_code = os.waitstatus_to_exitcode(status)
        return bool(pid)

    def _end_group(self) -> bool:
        """Kill who is left in the group, if its leader has ended; whether it has.

        Before it is waited for: afterwards its number may be anybody's.
        """
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return True
        try:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return False
            os.killpg(self.pid, signal.SIGKILL)
        except (ChildProcessError, ProcessLookupError, PermissionError):
            return True
        return True

    def reap_group(self) -> None:
        """Wait for those of the group that became our children: as an image's first process."""
        try:
            while os.waitid(os.P_PGID, self.pid, os.WEXITED | os.WNOHANG) is not None:
                continue
        except (AttributeError, ChildProcessError):
            return

    def signal(self, number: int) -> None:
        """Send a signal; nothing happens once the process has ended."""
        if self.exit_code is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def kill(self) -> None:
        """End it at once."""
        self.signal(signal.SIGKILL)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1


def ending(exit_code: int) -> str:
    """How a process ended, in Nuclio's words: ``exit status 1`` or ``signal: killed``.

    >>> ending(3), ending(-9)
    ('exit status 3', 'signal: killed')
    """
    if exit_code >= 0:
        return f"exit status {exit_code}"
    word = signal.strsignal(-exit_code) or str(-exit_code)
    return f"signal: {word.lower()}"


class ExecLauncher:
    """Execs ``python -u wrapper --handler … `` for each worker.

    ``environ`` is the processor's; the workers get it and what Nuclio adds. ``sink`` is told how
    each is started.
    ``keeps_terminal`` leaves stdin and the terminal's process group to the worker, for a debugger;
    else stdin is /dev/null and an interrupt from the keyboard reaches the processor alone.
    """

    def __init__(
        self,
        function: Function,
        environ: Mapping[str, str],
        *,
        platform_kind: str = "local",
        keeps_terminal: bool = False,
        sink: Sink | None = None,
    ) -> None:
        self.python = environ.get("NUCLIO_PYTHON_EXE_PATH") or sys.executable
        self.wrapper = environ.get("NUCLIO_PYTHON_WRAPPER_PATH") or _own_wrapper()
        self.environ = worker_environ(function, environ)
        self._function = function
        self._platform_kind = platform_kind
        self._keeps_terminal = keeps_terminal
        self._sink = sink
        decode = environ.get("NUCLIO_PYTHON_DECODE_EVENT_STRINGS", "").lower()
        self._decodes_strings = decode not in _NO_DECODING

    def command(self, order: Order) -> list[str]:
        """The argument vector for ``order``."""
        command = [self.python, "-u", self.wrapper, "--handler", self._function.handler]
        command += ["--event-socket-path", order.event_path]
        command += ["--control-socket-path", order.control_path]
        command += ["--platform-kind", self._platform_kind]
        command += ["--namespace", self._function.namespace]
        command += ["--worker-id", str(order.worker_id)]
        command += ["--trigger-kind", order.trigger_kind, "--trigger-name", order.trigger_name]
        return [*command, "--decode-event-strings"] if self._decodes_strings else command

    def launch(self, order: Order) -> Process:
        """A process that runs the wrapper.

        Raises:
            OSError: the interpreter cannot be run.
        """
        command = self.command(order)
        if self._sink is not None:
            self._tell(self._sink, order, command)
        spawn = partial(
            os.posix_spawnp,
            self.python,
            command,
            self.environ,
            setsigmask=(),
            setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGPIPE),
        )
        if self._keeps_terminal:
            return Process(spawn())
        no_stdin = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        return Process(spawn(file_actions=(no_stdin,), setpgroup=0), leads_group=True)

    def _tell(self, sink: Sink, order: Order, command: list[str]) -> None:
        path = self.environ["PYTHONPATH"]
        for message, fields in (
            ("Using Python wrapper script path", {"path": self.wrapper}),
            ("Using Python handler", {"handler": self._function.handler}),
            ("Using Python executable", {"path": self.python}),
            ("Setting PYTHONPATH", {"value": f"PYTHONPATH={path}"}),
            ("Running wrapper", {"command": " ".join(command)}),
        ):
            sink.log("debug", order.log_name, message, fields)


def worker_environ(function: Function, environ: Mapping[str, str]) -> dict[str, str]:
    """A worker's environment: the processor's, Nuclio's variables, and funcs' settings.

    Raises:
        SpecError: the settings are not valid.
    """
    env = dict(environ)
    folders = [environ.get("NUCLIO_PYTHON_PATH") or "/opt/nuclio", environ.get("PYTHONPATH", "")]
    env["PYTHONPATH"] = os.pathsep.join(folder for folder in folders if folder)
    env["NUCLIO_HANDLER"] = function.handler
    env["NUCLIO_FUNCTION_NAME"] = function.name
    env["NUCLIO_FUNCTION_DESCRIPTION"] = function.description
    env["NUCLIO_FUNCTION_VERSION"] = str(function.version)
    env["NUCLIO_FUNCTION_HANDLER"] = function.handler
    if function.settings and not environ.get("FUNCS_CONFIG"):
        import json  # few functions have settings of ours

        env["FUNCS_CONFIG"] = json.dumps(function.settings)
    # A worker that is not told takes its processor for one of Nuclio 1.14.
    env["FUNCS_NUCLIO"] = Settings.from_environ(env).nuclio
    return env


def _own_wrapper() -> str:
    from funcs import worker  # a foreign wrapper does without

    return worker.wrapper_file()


def _open_pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):  # no Linux, or an old one
        return -1
