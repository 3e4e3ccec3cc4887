"""What is sent again: the events of a tape, Nuclio's saved ones, CloudEvents."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from funcs.cases.cloudevents import cloud_events, function_of_source, is_cloud_event
from funcs.cases.event import HttpEvent, with_query
from funcs.cases.nuclio import function_of, is_saved, saved_events
from funcs.emulator.answer import Answer, Headers
from funcs.suggest import did_you_mean
from funcs.tape.form import BEGINNING, LINE_BYTES, MASK, TapeError
from funcs.tape.reader import Damage, Recorded, Tape

#: Whatever a handler returns with these, no client gets it.
_WITHOUT_BODY = (204, 304)
#: How files begin that gzip, zstd, xz, bzip2 and zip have written.
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh", b"PK\x03\x04")
_IN_A_PATH = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class Item:
    """One event to send, and what it was answered when it was recorded, if it was.

    ``obstacle`` says why it cannot be sent as it came; ``is_answered`` is false where no worker
    had answered it; ``has_body`` where the answer's body is not known. ``masked`` are the names
    whose values were.
    """

    id: str
    event: HttpEvent
    at: float = 0.0
    answer: Answer | None = None
    duration_s: float = 0.0
    has_body: bool = False
    is_answered: bool = True
    has_masked_headers: bool = False
    has_masked_body: bool = False
    masked: tuple[str, ...] = ()
    obstacle: str = ""

    def with_headers(self, headers: Mapping[str, str]) -> Item:
        """The same sent with these headers too."""
        return replace(self, event=self.event.with_headers(headers)) if headers else self

    def without_bodies(self) -> Item:
        """What of it is told when it is done with: a tape may be longer than memory."""
        answer = self.answer and Answer(self.answer.status, Headers(), b"")
        return replace(self, event=replace(self.event, body=None), answer=answer)

    @classmethod
    def of(cls, recorded: Recorded) -> Item:
        """An event of a tape as it is sent by HTTP, whatever trigger had brought it."""
        headers = [
            (_latin(name), _latin(value))
            for name, value in recorded.headers.items()
            if value != MASK
        ]
        path = quote(recorded.path.encode("utf-8", "surrogateescape"), safe=_IN_A_PATH)
        fields = {name: value for name, value in recorded.query.items() if value != MASK}
        body = recorded.body.data
        event = HttpEvent(
            recorded.method or ("GET" if body is None else "POST"),
            with_query(path, fields.items()),
            tuple(headers),
            body or (None if recorded.method in ("GET", "HEAD") else body),
        )
        no_body = recorded.method == "HEAD" or recorded.status in _WITHOUT_BODY
        kept = b"" if no_body else recorded.answer.data
        return cls(
            id=recorded.id or f"line-{recorded.line}",
            event=event.for_another_connection(),
            at=recorded.at,
            answer=Answer(recorded.status, Headers(recorded.answer_headers), kept or b""),
            duration_s=recorded.duration_s,
            has_body=kept is not None and recorded.is_whole,
            is_answered=recorded.worker is not None or recorded.status < 400,
            has_masked_headers=MASK in recorded.headers.values(),
            has_masked_body=recorded.body.is_masked,
            masked=recorded.run.masked,
            obstacle=_obstacle(recorded),
        )


class Source:
    """The events of one file.

    Raises on construction:
        FuncsError: the file cannot be read, or holds nothing that is known.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._items: list[Item] | None = None
        self._function = ""
        self._tape: Tape | None = None
        if _begins_as_tape(path):
            self._tape = Tape(path)
        else:
            self._items, self._function = _saved(path)

    def function(self) -> str:
        """The name of the function that was recorded; empty where that is not told."""
        for each in self._tape or ():
            if isinstance(each, Recorded) and each.run.function:
                return each.run.function
        return self._function

    def items(self, only: Sequence[str] = ()) -> Iterator[Item | Damage]:
        """The events in their order; with ``only`` those whose ids begin so.

        Raises:
            TapeError: there is none that does.
        """
        missing, known = set(only), []
        for each in self._items if self._items is not None else self._of_tape():
            if isinstance(each, Item) and only:
                known.append(each.id)
                found = {word for word in only if each.id.startswith(word)}
                if not found:
                    continue
                missing -= found
            yield each
        for word in sorted(missing):
            few = ", ".join(known[:3])
            fix = did_you_mean(word, known, noun="ids") if len(known) < 10 else f"ids are {few}, …"
            raise TapeError(f"there is no event {word!r}", where=str(self.path), fix=fix)

    def _of_tape(self) -> Iterator[Item | Damage]:
        for each in self._tape or ():
            yield Item.of(each) if isinstance(each, Recorded) else each


def _obstacle(recorded: Recorded) -> str:
    if recorded.body.is_omitted:
        return f"its body of {recorded.body.omitted_bytes} bytes was not recorded"
    return ""


def _begins_as_tape(path: Path) -> bool:
    """Whether it is one; what cannot be read, or not twice, is refused."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                fix = f"write it to a file first: cat {path} > tape.jsonl"
                raise TapeError("this is no regular file", where=str(path), fix=fix)
            beginning = file.read(len(BEGINNING))
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        raise TapeError(what, where=str(path)) from None
    if beginning.startswith(_COMPRESSED):
        raise TapeError("the file is compressed", where=str(path), fix="unpack it first")
    if beginning != BEGINNING and status.st_size > LINE_BYTES:
        what = f"this is no tape, and no JSON is read that is longer than {LINE_BYTES >> 20} MiB"
        raise TapeError(what, where=str(path))
    return beginning == BEGINNING


def _saved(path: Path) -> tuple[list[Item], str]:
    """Nuclio's saved events, or CloudEvents, as the JSON shows which, and the function's name.

    Raises:
        FuncsError: it is neither.
    """
    value = _values(path)
    first = value[0] if isinstance(value, list) and value else value
    if is_cloud_event(first):
        found, function = cloud_events(value, str(path)), function_of_source(first)
    elif is_saved(first) or _is_map_of_saved(value):
        saved = first if is_saved(first) else next(iter(value.values()))
        found, function = saved_events(value, str(path)), function_of(saved)
    else:
        what = "this is no tape, no saved Nuclio event and no CloudEvent"
        fix = "record one: funcs run --record tape.jsonl"
        raise TapeError(what, where=f"{path}:1", fix=fix)
    return [Item(name, event) for name, event in found.items()], function


def _values(path: Path) -> Any:
    """The JSON in the file; of JSON lines a list of them.

    Raises:
        TapeError: it holds no JSON; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        if not text.strip():
            raise TapeError("the file is empty", where=str(path))
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            if error.msg != "Extra data":
                raise
        lines = enumerate(text.splitlines(), 1)
        return [_line(line, f"{path}:{number}") for number, line in lines if line.strip()]
    except UnicodeDecodeError:
        raise TapeError("this is no text, so no tape", where=f"{path}:1") from None
    except json.JSONDecodeError as error:
        what = f"this is no tape, and no JSON: {error.msg}"
        raise TapeError(what, where=f"{path}:{error.lineno}") from None
    except (ValueError, RecursionError) as error:
        raise TapeError(f"this is no JSON: {error}", where=f"{path}:1") from None


def _line(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TapeError(f"this is no JSON: {error}", where=where) from None


def _is_map_of_saved(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(is_saved, value.values()))


def _latin(text: str) -> str:
    """The text's bytes as http.client writes them."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
