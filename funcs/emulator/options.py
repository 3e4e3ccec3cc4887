"""What the command line of `funcs run` asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve the function at ``path``: its folder, its function.yaml or its Python file.

    ``workers`` 0 and ``nuclio`` "" leave it to function.yaml, ``port`` None to what is free;
    ``metrics_port`` 0 is any. ``until_eof``: stop when stdin ends, which is when whoever started
    this is gone. ``record`` is the tape's file, "" none, None what the settings say.
    """

    path: Path = Path()
    workers: int = 0
    port: int | None = None
    watch: bool = False
    debug: bool = False
    nuclio: str = ""
    metrics_port: int = 0
    until_eof: bool = False
    record: str | None = None
