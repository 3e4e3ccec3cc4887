"""What came back for one request: status, headers, body and the handler's log lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from funcs.emulator.text import printable, variables

#: Nuclio 1.14: carries the handler's log records, when `X-Nuclio-Log-Level` asked for them.
LOGS_HEADER = "X-Nuclio-Logs"
LEVEL_HEADER = "X-Nuclio-Log-Level"
#: How many characters of a body a notebook shows.
_MOST_SHOWN = 4000
_ADDED = ("name", "time", "worker_id")


class Headers(Mapping[str, str]):
    """Headers by name in any case; of several with one name, ``[name]`` is the last.

    >>> Headers([("Content-Type", "text/plain")])["content-type"]
    'text/plain'
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(pairs)
        self._by_name = {name.lower(): value for name, value in self.pairs}

    def __getitem__(self, name: str) -> str:
        return self._by_name[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self.pairs))

    def __len__(self) -> int:
        return len(self._by_name)

    def __repr__(self) -> str:
        return f"Headers({list(self.pairs)!r})"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One record that the handler logged: level, message, and what it logged with it."""

    level: str
    message: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_flat(cls, record: Mapping[str, Any]) -> LogLine:
        """From a record of `Answer.logs`, where variables lie beside level and message."""
        rim = ("level", "message")
        variables = {key: value for key, value in record.items() if key not in rim}
        return cls(str(record.get("level", "info")), str(record.get("message", "")), variables)


@dataclass(frozen=True)
class Answer:
    """One response, as a client of the function sees it.

    ``body`` is the bytes as sent; ``records`` are what the handler logged, where they came another
    way than in a header.
    """

    status: int
    headers: Headers
    body: bytes
    records: tuple[dict[str, Any], ...] | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    @property
    def is_json(self) -> bool:
        """Whether the content type says JSON."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    @cached_property
    def text(self) -> str:
        """The body as text; what is no UTF-8 becomes U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: the body is no JSON.
        """
        return json.loads(self.body)

    @cached_property
    def logs(self) -> list[dict[str, Any]]:
        """What the handler logged while it answered: level, message and the variables, flat.

        Without what the logger adds to each: its name, the time, the worker. Over HTTP only if
        the request asked for it with `X-Nuclio-Log-Level`.
        """
        records = self._sent_records() if self.records is None else self.records
        return [
            {key: value for key, value in record.items() if key not in _ADDED}
            for record in records
            if isinstance(record, dict)
        ]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What a notebook shows: the status, the body as text, what the handler logged."""
        del cycle
        lines = [f"{self.status} {self.headers.get('content-type', '')}".rstrip()]
        lines += map(printable, self.text[:_MOST_SHOWN].splitlines())
        if len(self.text) > _MOST_SHOWN:
            lines.append(f"… {len(self.body)} bytes in all")
        for line in map(LogLine.from_flat, self.logs):
            said = f"  {line.level}  {printable(line.message)}  {variables(line.variables)}"
            lines.append(said.rstrip())
        printer.text("\n".join(lines))

    def _sent_records(self) -> list[Any]:
        try:
            sent = self.headers.get(LOGS_HEADER, "[]").encode("latin-1")  # as http.client reads it
            value = json.loads(sent.decode("utf-8", "replace"))
        except ValueError:  # a handler may set this header to anything
            return []
        return value if isinstance(value, list) else []
