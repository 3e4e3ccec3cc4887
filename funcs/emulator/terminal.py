"""The terminal that a debugger in a worker uses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def terminal_restored() -> Iterator[None]:
    """Put the terminal's settings back at the end.

    A debugger that is killed at its prompt leaves a terminal that does not show what is typed.
    """
    stdin: TextIO | None = sys.stdin  # None where it was closed
    if sys.platform == "win32" or stdin is None or not stdin.isatty():
        yield
        return
    import termios  # not everywhere

    settings = termios.tcgetattr(stdin)
    try:
        yield
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, settings)
