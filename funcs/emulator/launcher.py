"""Starts workers whose output comes back through a pipe, so that lines are never mixed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from funcs.processor.launch import ExecLauncher, Order, Process


class PipedLauncher:
    """Execs workers as ``start`` would, with stdout and stderr in a pipe of their own.

    ``adopt`` gets the pipe's reading end and the worker's number. ``start`` may be replaced:
    workers launched from then on are the new one's.
    """

    def __init__(self, start: ExecLauncher, adopt: Callable[[int, int], None]) -> None:
        self.start = start
        self._adopt = adopt

    def launch(self, order: Order) -> Process:
        """A process that runs the wrapper; an interrupt from the keyboard does not reach it.

        Raises:
            OSError: the interpreter cannot be run.
        """
        start = self.start
        reader, writer = os.pipe()
        try:
            pid = os.posix_spawnp(
                start.python,
                start.command(order),
                start.environ,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, writer, 1),
                    (os.POSIX_SPAWN_DUP2, writer, 2),
                ],
                setpgroup=0,
                setsigmask=[],
                setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGPIPE],
            )
        except OSError:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        self._adopt(reader, order.worker_id)
        return Process(pid, leads_group=True)


class TerminalLauncher(PipedLauncher):
    """Leaves workers the terminal, for a debugger: no pipe, and Ctrl-C reaches them too."""

    def launch(self, order: Order) -> Process:
        """A process that runs the wrapper in the foreground."""
        return self.start.launch(order)
