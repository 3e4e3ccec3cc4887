"""What a tape is replayed against: any function by its address, or one in a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from funcs.cases.event import HttpEvent
from funcs.emulator.answer import Answer, Headers
from funcs.emulator.background import serving
from funcs.emulator.call import call
from funcs.errors import FuncsError

_ADDRESS = re.compile(r"[\w.-]+:\d+(/[^:@]*)?")
_IMAGE = re.compile(r"[\w.-]+(:\d+)?(/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]+)?")


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer and how long it took, from the client's side."""

    answer: Answer
    duration_s: float

    def without_body(self) -> Timed:
        """What of it is told when it has been compared."""
        return Timed(Answer(self.answer.status, Headers(), b""), self.duration_s)


@dataclass(frozen=True, slots=True)
class Target:
    """A function that listens at ``url``; ``name`` is what it was called by."""

    name: str
    url: str
    timeout_s: float

    def send(self, event: HttpEvent) -> Timed:
        """The answer to one event, on a connection of its own.

        Raises:
            CallError: there is none.
        """
        began = perf_counter()
        answer = call(
            self.url,
            event.method,
            event.path,
            body=event.body,
            headers=event.headers,
            timeout_s=self.timeout_s,
        )
        return Timed(answer, perf_counter() - began)


@contextmanager
def target_of(name: str, *, timeout_s: float, environ: Mapping[str, str]) -> Iterator[Target]:
    """The target called ``name``: a URL, ``host:port``, or a folder.

    A folder is served by an emulator of its own while the block runs, with as many workers and
    the same time limits as `funcs run` has, whoever else serves it now; it records nothing.

    Raises:
        FuncsError: it is none of these, or the function does not start.
    """
    path = Path(name)
    if name.startswith(("http://", "https://")):
        yield Target(name, name, timeout_s)
    elif path.is_dir() or path.suffix in (".py", ".yaml", ".yml"):
        if not path.exists():
            raise FuncsError(f"there is no {name!r}", fix="give the function's folder or its URL")
        with serving(path, "--record", "", environ=environ) as background:
            yield Target(name, background.url, timeout_s)
    elif _ADDRESS.fullmatch(name):
        yield Target(name, f"http://{name}", timeout_s)
    elif _IMAGE.fullmatch(name):
        raise FuncsError(
            f"{name!r} is neither a folder nor an address, and an image is not started yet",
            fix=f"docker run --rm -p 8080:8080 {name}, then --against http://127.0.0.1:8080",
        )
    else:
        fix = "give a URL as in http://127.0.0.1:8080, or the function's folder"
        raise FuncsError(f"{name!r} is nothing to replay against", fix=fix)
