"""The process of a command line: ``funcs``, and ``python -m funcs``, which is the same."""

from __future__ import annotations

import gc
import sys

from funcs.cli.main import main

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def run() -> NoReturn:
    """One command, then the end with its exit code."""
    code = main()
    gc.freeze()  # all of it ends now: looking for cycles in it would take 10 ms
    sys.exit(code)


if __name__ == "__main__":
    run()
