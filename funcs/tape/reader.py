"""Reads a tape: data alone, of which nothing is believed before it was looked at."""

from __future__ import annotations

import binascii
import json
import os
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from funcs.tape.form import BEGINNING, LINE_BYTES, VERSION, TapeError

#: Where datetime ends, in seconds since 1970.
_YEAR_10000 = 253_402_300_800.0


@dataclass(frozen=True, slots=True)
class Run:
    """What a first line says: which function was recorded, the code it had, what was masked."""

    function: str = ""
    version: int = 0
    digest: str = ""
    funcs: str = ""
    nuclio: str = ""
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it was kept: its ``data``, None if there was none or it was left out.

    ``omitted_bytes`` is the size of one that was left out, else -1. In one that ``is_masked``
    values were.
    """

    data: bytes | None = None
    omitted_bytes: int = -1
    is_masked: bool = False

    @property
    def is_omitted(self) -> bool:
        """Whether there was more than was kept."""
        return self.omitted_bytes >= 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line: an event and its answer.

    ``line`` is its number in the file; ``at`` when it came, in seconds since 1970; ``worker`` who
    answered, None if nobody did. An answer that was cut off is not ``is_whole``.
    """

    line: int
    id: str
    at: float
    run: Run
    trigger: str
    worker: int | None
    duration_s: float
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Body
    status: int
    answer_headers: tuple[tuple[str, str], ...]
    answer: Body
    is_whole: bool
    logs: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Damage:
    """A line that cannot be read, and why."""

    line: int
    reason: str


class Tape:
    """The tape in a file; iterating reads it line by line, as far as it was long at first.

    What is written to it meanwhile, maybe because it is replayed, does not count.

    Raises on construction:
        TapeError: the file cannot be read, is no tape, or is one of a later version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._open() as file:
            first = file.readline(1 << 20)
            self._size = file.seek(0, os.SEEK_END)
        if not first:
            raise TapeError("the tape is empty", where=str(path))
        if not first.startswith(BEGINNING):
            what = 'this is no tape: its first line does not begin with {"tape":'
            fix = "record one: funcs run --record tape.jsonl"
            raise TapeError(what, where=f"{path}:1", fix=fix)
        try:
            self._run(first, 1)
        except _DamagedError as error:
            raise TapeError(f"the first line cannot be read: {error}", where=f"{path}:1") from None

    def __iter__(self) -> Iterator[Recorded | Damage]:
        """The events in the order they were written, and the lines that are none.

        From where it is of a later version nothing is read: that line is the last.
        """
        runs: dict[str, Run] = {}
        left = self._size
        with self._open() as file:
            for number, line in enumerate(_lines(file), 1):
                left -= len(line)
                if left < 0:
                    return
                try:
                    if line.startswith(BEGINNING):
                        name, run = self._run(line, number)
                        runs[name] = run
                    elif line.strip():
                        yield _recorded(line, number, runs)
                except _DamagedError as error:
                    yield Damage(number, str(error))
                except TapeError as error:
                    yield Damage(number, f"from here on {error.what}")
                    return

    def _open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            what = f"the tape cannot be read: {error.strerror}"
            raise TapeError(what, where=str(self.path)) from None

    def _run(self, line: bytes, number: int) -> tuple[str, Run]:
        """What the first line of a run says, and the name by which others refer to it.

        Raises:
            TapeError: it is of a later version: nobody knows what follows.
        """
        value = _object(line)
        version = value.get("tape")
        if isinstance(version, int) and version > VERSION:
            what = f"the tape is of version {_short(version)}, this funcs reads up to {VERSION}"
            fix = "pip install --upgrade funcs-serving"
            raise TapeError(what, where=f"{self.path}:{number}", fix=fix)
        if version != VERSION or isinstance(version, bool):
            raise _DamagedError(f"no tape has the version {_short(version)}")
        run = Run(
            function=_said(value, "function"),
            version=value["version"] if isinstance(value.get("version"), int) else 0,
            digest=_said(value, "digest"),
            funcs=_said(value, "funcs"),
            nuclio=_said(value, "nuclio"),
            masked=_names(value, "masked"),
        )
        return _said(value, "run"), run


class _DamagedError(Exception):
    """The line is none of a tape's."""


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines; of one that is longer than any of ours is, so much that this is seen."""
    while line := file.readline(LINE_BYTES + 1):
        yield line
        while len(line) > LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(LINE_BYTES + 1)


def _recorded(line: bytes, number: int, runs: Mapping[str, Run]) -> Recorded:
    value = _object(line)
    event, answer = _map(value, "event"), _map(value, "answer")
    trigger = _list(value, "trigger")
    worker = value.get("worker")
    return Recorded(
        line=number,
        id=_text(value, "id"),
        at=_number(value, "at", below=_YEAR_10000),
        run=runs.get(_said(value, "run"), Run()),
        trigger=trigger[0] if trigger and isinstance(trigger[0], str) else "",
        worker=worker if isinstance(worker, int) and not isinstance(worker, bool) else None,
        duration_s=_number(value, "duration_ms") / 1e3,
        method=_text(event, "method"),
        path=_text(event, "path"),
        query=_texts(event, "query"),
        headers=_texts(event, "headers"),
        body=_body(event),
        status=_status(answer),
        answer_headers=_pairs(answer, "headers"),
        answer=_body(answer),
        is_whole=answer.get("whole") is not False,
        logs=tuple(each for each in _list(value, "logs") if isinstance(each, dict)),
    )


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LINE_BYTES:
        raise _DamagedError(f"the line is longer than {LINE_BYTES >> 20} MiB")
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        is_cut = not line.endswith(b"\n")
        raise _DamagedError("the line is cut off" if is_cut else _no_json(error)) from None
    if not isinstance(value, dict):
        raise _DamagedError("it is no JSON object")
    return value


def _no_json(error: Exception) -> str:
    match error:
        case RecursionError():
            return "it is nested too deep"
        case UnicodeDecodeError():
            return "it is no JSON: it is not in UTF-8"
        case json.JSONDecodeError():
            return f"it is no JSON: {error.msg} at character {error.colno}"
        case _:
            return f"it is no JSON: {error}"


def _said(value: Mapping[str, Any], key: str) -> str:
    """A text that may be missing."""
    text = value.get(key)
    return text if isinstance(text, str) else ""


def _text(value: Mapping[str, Any], key: str) -> str:
    text = value.get(key)
    if not isinstance(text, str):
        raise _DamagedError(f"it has no text {key!r}")
    _check_encodable(text)
    return text


def _check_encodable(text: str) -> None:
    """Refuse what stands for no bytes: a surrogate that escapes none."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise _DamagedError("a text holds half a character") from None


def _number(value: Mapping[str, Any], key: str, *, below: float = 1e15) -> float:
    number = value.get(key)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise _DamagedError(f"it has no number {key!r}")
    if not 0 <= number < below:
        raise _DamagedError(f"{key!r} is {_short(number)}")
    return float(number)


def _short(value: object) -> str:
    """The value in few words; a number may have thousands of digits."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _status(answer: Mapping[str, Any]) -> int:
    status = _number(answer, "status")
    if not status.is_integer() or status > 999:
        raise _DamagedError(f"the status is {_short(status)}")
    return int(status)


def _map(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    if not isinstance(found, dict):
        raise _DamagedError(f"it has no object {key!r}")
    return found


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key, [])
    if not isinstance(found, list):
        raise _DamagedError(f"{key!r} is no list")
    return found


def _names(value: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = tuple(each for each in _list(value, key) if isinstance(each, str))
    _check_encodable("".join(names))
    return names


def _texts(value: Mapping[str, Any], key: str) -> dict[str, str]:
    found = value.get(key, {})
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise _DamagedError(f"{key!r} is no object of texts")
    for pair in found.items():
        _check_encodable("".join(pair))
    return found


def _pairs(value: Mapping[str, Any], key: str) -> tuple[tuple[str, str], ...]:
    found = []
    for pair in _list(value, key):
        match pair:
            case [str(name), str(text)]:
                _check_encodable(name + text)
                found.append((name, text))
            case _:
                raise _DamagedError(f"{key!r} is no list of pairs of texts")
    return tuple(found)


def _body(value: Mapping[str, Any]) -> Body:
    if "omitted_bytes" in value:
        return Body(None, int(_number(value, "omitted_bytes")))
    is_masked = value.get("masked") is True
    if "base64" in value:
        try:
            data = b64decode(_text(value, "base64"), validate=True)
        except (binascii.Error, ValueError):
            raise _DamagedError("a body is no base64") from None
        return Body(data, is_masked=is_masked)
    if "text" in value:
        text = _text(value, "text")
        return Body(text.encode("utf-8", "surrogateescape"), is_masked=is_masked)
    return Body()
