"""What the command line of `funcs run IMAGE` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImageOptions:
    """How to serve the image called ``image``.

    ``workers`` 0 and ``nuclio`` "" leave it to the image, ``port`` None to what is free;
    ``metrics_port`` 0 is any. ``env`` is added to the image's. ``record`` is the tape's file, ""
    none of ours. ``until_eof``: stop when stdin ends.
    """

    image: str
    workers: int = 0
    port: int | None = None
    nuclio: str = ""
    metrics_port: int = 0
    env: Mapping[str, str] = field(default_factory=dict)
    record: str = ""
    until_eof: bool = False
