"""A recorder and exchanges to give it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from funcs.processor.http_head import Head
from funcs.tape.exchange import Exchange
from funcs.tape.masking import Masking
from funcs.tape.recorder import Limits, Recorder

ID = b"0b5a6c1e-0000-4000-a000-000000000001"
JSON = (b"Content-Type", b"application/json")


def head(*headers: tuple[bytes, bytes], target: bytes = b"/x", method: bytes = b"POST") -> Head:
    return Head(method, target, list(headers), is_old=False)


def exchange(
    body: bytes | None = b'{"a": 1}',
    answer: bytes | None = b'{"b": 2}',
    request: Head | None = None,
    **other: Any,
) -> Exchange:
    other.setdefault("headers", (JSON,))
    return Exchange(
        ("http", "web"), request or head(JSON), other.pop("status", 200),
        event=(other.pop("event_id", ID), body), answer=answer,
        size_bytes=len(answer or b""), **other,
    )  # fmt: skip


class Recording:
    """A recorder on a file; what it warned of, and what it wrote."""

    def __init__(self, path: Path, *names: str, **limits: int) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.recorder = Recorder(
            str(path), {"function": "shop"}, masking=Masking(names), limits=Limits(**limits),
            warn=self.warnings.append,
        )  # fmt: skip

    def tell(self, *told: Exchange) -> list[dict[str, Any]]:
        """The lines of these exchanges."""
        before = len(self.lines())
        for each in told:
            self.recorder.on_exchange(each)
        return self.lines()[before:]

    def lines(self) -> list[dict[str, Any]]:
        """Every line of the file."""
        return [json.loads(line) for line in self.path.read_bytes().splitlines()]
