"""What a tape is replayed against: a function by its address, in a folder, or in an image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPResponse, IncompleteRead
from pathlib import Path
from time import perf_counter
from typing import Protocol
from urllib.parse import urlsplit

from funcs.cases.event import HttpEvent
from funcs.emulator.answer import Answer, Headers
from funcs.emulator.background import serving
from funcs.emulator.call import CallError, call
from funcs.emulator.image_name import named_image, refuse_bare_name
from funcs.errors import FuncsError

_PIECE_BYTES = 1 << 16
_MOST_BYTES = 1 << 28
#: ``shop:2`` is an image: after a bare name only what is usual for a port is one.
_ADDRESS = re.compile(r"((localhost|[\w-]+(\.[\w-]+)+):\d+|[\w-]+:(80|443|\d{4,5}))(/[^:@]*)?")


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer and how long it took, from the client's side."""

    answer: Answer
    duration_s: float

    def without_body(self) -> Timed:
        """What of it is told when it has been compared."""
        return Timed(Answer(self.answer.status, Headers(), b""), self.duration_s)


class Target(Protocol):
    """A function that can be asked; ``name`` is what it was called by."""

    @property
    def name(self) -> str:
        """In a table's head."""

    def send(self, event: HttpEvent, *, reads_body: bool = True) -> Timed:
        """The answer to one event; its head alone if that is all.

        Raises:
            CallError: there is none.
        """


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """A function that listens at ``url``; ``name`` is what it was called by."""

    name: str
    url: str
    timeout_s: float

    def send(self, event: HttpEvent, *, reads_body: bool = True) -> Timed:
        """The answer to one event, on a connection of its own; its head alone if that is all.

        Raises:
            CallError: there is none, it takes longer than the time limit, or is too long.
        """
        began = perf_counter()
        answer = call(
            self.url,
            event.method,
            event.path,
            body=event.body,
            headers=event.headers,
            timeout_s=self.timeout_s,
            read=partial(_read, until=began + self.timeout_s) if reads_body else _read_nothing,
        )
        return Timed(answer, perf_counter() - began)


def _read(response: HTTPResponse, *, until: float) -> bytes:
    """The body, which a function may stream for ever.

    Raises:
        TimeoutError, IncompleteRead, CallError: it is not whole by then, or at all, or too long.
    """
    content = bytearray()
    while part := response.read1(_PIECE_BYTES):
        content += part
        if perf_counter() > until:
            raise TimeoutError
        if len(content) > _MOST_BYTES:
            raise CallError(f"the answer is longer than {_MOST_BYTES >> 20} MiB")
    if response.length:
        raise IncompleteRead(bytes(content[:0]), response.length)
    return bytes(content)


def _read_nothing(_: HTTPResponse) -> bytes:
    """The body does not count."""
    return b""


@contextmanager
def target_of(name: str, *, timeout_s: float, environ: Mapping[str, str]) -> Iterator[HttpTarget]:
    """The target called ``name``: a URL, ``host:port``, a folder, or an image.

    A folder or an image is served by an emulator of its own while the block runs, with as many
    workers and the same time limits as `funcs run` has, whoever else serves it now. A folder's
    records nothing; what an image's records goes with its container.

    Raises:
        FuncsError: it is none of these, or the function does not start.
        ImageReferenceError: it cannot be an image's name.
    """
    path = Path(name)
    if name.startswith(("http://", "https://")):
        _check_address(name)
        yield HttpTarget(name, name, timeout_s)
    elif path.is_dir() or path.suffix in (".py", ".yaml", ".yml"):
        if not path.exists():
            raise FuncsError(f"there is no {name!r}", fix="give the function's folder or its URL")
        with serving(path, "--record", "", environ=environ) as background:
            yield HttpTarget(name, background.url, timeout_s)
    elif _ADDRESS.fullmatch(name):
        _check_address(f"http://{name}")
        yield HttpTarget(name, f"http://{name}", timeout_s)
    elif image := named_image(name):
        with serving(image, environ=environ) as background:
            yield HttpTarget(name, background.url, timeout_s)
    elif name.startswith(("./", "../", "/")):
        raise FuncsError(f"there is no {name!r}", fix="give the function's folder or its URL")
    else:
        refuse_bare_name(name)
        fix = "give a URL as in http://127.0.0.1:8080, the function's folder, or an image: shop:v1"
        raise FuncsError(f"{name!r} is nothing to replay against", fix=fix)


def _check_address(url: str) -> None:
    """Refuse what no event could be sent to.

    Raises:
        FuncsError: it is no URL, or holds a password, which would not be sent.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        fix = "write it as in http://127.0.0.1:8080"
        raise FuncsError(f"{url!r} is no address: {error}", fix=fix) from None
    if "@" in parts.netloc:
        fix = "leave that out, and send a header: -d 'Authorization=Basic …'"
        raise FuncsError("the address holds a user or a password, which is not sent", fix=fix)
