"""Where the user's code is, as seen from a handler's entry file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def function_folder(environ: Mapping[str, str], beside: Path) -> Path:
    """The folder of the user's code: of NUCLIO_PYTHON_PATH, the first that is not ``beside``.

    ``beside`` is the entry file's own folder. An image has both in one, /opt/nuclio, and needs
    no variable; the emulator names the user's folder and the handler's.
    """
    beside = beside.resolve()
    named = environ.get("NUCLIO_PYTHON_PATH", "").split(os.pathsep)
    folders = [Path(entry).resolve() for entry in named if entry]
    return next((folder for folder in folders if folder != beside), beside)
