"""Writes what a processor tells of its exchanges to a tape, each before its answer leaves."""

from __future__ import annotations

import binascii
import json
import os
import time
from json.encoder import encode_basestring_ascii as quoted

from funcs.record import Record
from funcs.tape.file import TapeFile
from funcs.tape.form import BODY_BYTES, FILE_BYTES, FILES, MASK, VERSION, TapeError
from funcs.tape.masking import Masking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from funcs.tape.exchange import Exchange, Request
    from funcs.worker.wire import LogRecord

#: Heads that come again are few, or nearly none comes again.
_MOST_KEPT = 128
_MOST_NAMES = 1024
_LOGS = b"X-Nuclio-Logs"
_QUOTE, _QUOTED = b'"', b'\\"'
#: In a string of JSON these bytes stand for themselves, a quote after a backslash.
_AS_THEY_ARE = bytes(each for each in range(32, 127) if each != ord("\\"))
_FEW_QUOTES = 16
_CUT = ',"whole":false'
_IS_MASKED = ',"masked":true'


class Limits(Record):
    """How much is kept: of a body, in a file, and how many old files."""

    body_bytes: int = BODY_BYTES
    file_bytes: int = FILE_BYTES
    files: int = FILES


class Recorder:
    """An observer of exchanges that writes each to the tape at ``path``.

    ``about`` is said of the function in the first line; ``warn`` is told once if the tape cannot
    be written any more: the function goes on without.

    Raises on construction:
        TapeError: the file cannot be opened, or holds something else than a tape.
    """

    def __init__(
        self,
        path: str,
        about: Mapping[str, Any],
        *,
        masking: Masking,
        limits: Limits,
        warn: Callable[[str], None],
    ) -> None:
        self.keeps_bytes = limits.body_bytes
        self._masking = masking
        self._warn = warn
        self._run = ""
        header = self._header(about)
        self._file: TapeFile | None = TapeFile(
            path, header, most_bytes=limits.file_bytes, files=limits.files
        )
        self._events: dict[Request, str] = {}
        self._answers: dict[tuple[tuple[bytes, bytes], ...], str] = {}
        self._names: dict[bytes, tuple[str, str]] = {}

    def begin(self, about: Mapping[str, Any]) -> None:
        """Say anew what the function is, whose code has changed."""
        if self._file is not None:
            self._file.header = self._header(about)
            try:
                self._file.append(self._file.header)
            except (OSError, TapeError) as error:
                self._stop(error)

    def on_exchange(self, exchange: Exchange) -> None:
        """Write the line; what fails here never fails the event."""
        file, event_id = self._file, exchange.event_id
        if file is None or event_id is None:
            return
        try:
            file.append(self._line(exchange, event_id).encode())
        except (OSError, TapeError) as error:
            self._stop(error)
        except Exception as error:
            self._warn(f"an event could not be recorded: {error!r}")

    def _stop(self, error: OSError | TapeError) -> None:
        self.close()
        reason = getattr(error, "strerror", None) or str(error)
        self._warn(f"recording has stopped: {reason}")

    def close(self) -> None:
        """Write no more."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _header(self, about: Mapping[str, Any]) -> bytes:
        """A first line, by whose ``run`` the lines of the events that follow are found."""
        self._run = binascii.hexlify(os.urandom(4)).decode()
        first = {
            "tape": VERSION, "run": self._run, **about, "pid": os.getpid(), "at": time.time(),
            "masked": self._masking.names,
        }  # fmt: skip
        return json.dumps(first, separators=(",", ":")).encode() + b"\n"

    def _line(self, exchange: Exchange, event_id: bytes) -> str:
        event = self._events.get(exchange.request) or self._event(exchange)
        headers = tuple(exchange.headers)
        answer = self._answers.get(headers) or self._answer(headers)
        duration_s, worker = exchange.duration_s, exchange.worker
        return (
            f'{{"id":{quoted(_text(event_id))},"at":{time.time() - duration_s:.6f},'
            f'"run":"{self._run}","worker":{"null" if worker < 0 else worker},'
            f'"duration_ms":{duration_s * 1e3:.3f},{event}{self._body(exchange.body)}}},'
            f'"answer":{{"status":{exchange.status},{answer}{self._given(exchange)}'
            f"{'' if exchange.is_whole else _CUT}}},"
            f'"logs":{self._logs(exchange.logs) if exchange.logs else "[]"}}}\n'
        )

    def _event(self, exchange: Exchange) -> str:
        """Trigger, method, path, query and headers; those that come again are worked out once."""
        request = exchange.request
        written = (
            f'"trigger":[{quoted(exchange.trigger_kind)},{quoted(exchange.trigger_name)}],'
            f'"event":{{"method":{quoted(_text(request.method))},'
            f'"path":{quoted(_text(request.path))},'
            f'"query":{self._query(request.fields) if request.fields else "{}"},'
            f'"headers":{{{",".join(self._pairs(request.headers.items(), ":"))}}}'
        )
        if len(self._events) >= _MOST_KEPT:
            self._events.clear()
        self._events[request] = written
        return written

    def _query(self, fields: Mapping[bytes, bytes]) -> str:
        texts = {_text(key): _text(value) for key, value in fields.items()}
        return _json(self._masking.fields(texts))

    def _answer(self, headers: tuple[tuple[bytes, bytes], ...]) -> str:
        told = (pair for pair in headers if pair[0] != _LOGS)  # those are on the line, masked
        pairs = "],[".join(self._pairs(told, ","))
        written = f'"headers":[[{pairs}]]' if pairs else '"headers":[]'
        if len(self._answers) >= _MOST_KEPT:
            self._answers.clear()
        self._answers[headers] = written
        return written

    def _pairs(self, headers: Iterable[tuple[bytes, bytes]], sign: str) -> list[str]:
        """Names and values as JSON has them, ``sign`` between them, the secret values masked."""
        names, pairs = self._names, []
        for name, value in headers:
            written, mask = names.get(name) or self._name(name)
            pairs.append(f"{written}{sign}{mask or quoted(self._masking.header(_text(value)))}")
        return pairs

    def _name(self, name: bytes) -> tuple[str, str]:
        """A header's name, and what stands for its value if that is not to be kept."""
        text = _text(name)
        known = (quoted(text), quoted(MASK) if self._masking.hides(text) else "")
        if len(self._names) < _MOST_NAMES:
            self._names[name] = known
        return known

    def _given(self, exchange: Exchange) -> str:
        """The answer's body; of a file or a long stream, which was not kept, the size."""
        if exchange.answer is None:
            return f',"omitted_bytes":{exchange.size_bytes}'
        return self._body(exchange.answer)

    def _body(self, body: bytes | None) -> str:
        """The body as text, or in base64; of one that is too long the size."""
        if body is None:
            return ""
        if len(body) > self.keeps_bytes:
            return f',"omitted_bytes":{len(body)}'
        kept = self._masking.body(body)
        masked = "" if kept is body else _IS_MASKED
        if kept.count(_QUOTE) <= _FEW_QUOTES and not kept.translate(None, _AS_THEY_ARE):
            return f',"text":"{kept.replace(_QUOTE, _QUOTED).decode()}"{masked}'
        try:
            return f',"text":{quoted(kept.decode())}{masked}'
        except UnicodeDecodeError:
            return f',"base64":"{binascii.b2a_base64(kept, newline=False).decode()}"{masked}'

    def _logs(self, logs: Sequence[LogRecord]) -> str:
        records = [
            {
                "level": each.level,
                "message": each.message,
                "time": each.datetime,
                "with": each.fields,
            }
            for each in logs
        ]
        return self._masking.logged(_json(records))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
