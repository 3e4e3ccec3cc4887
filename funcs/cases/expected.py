"""What the answer to an event should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from funcs.cases.reading import CaseError, Node, file_beside
from funcs.compare.bodies import of_bodies, value_of
from funcs.compare.difference import ABSENT, Difference, Said
from funcs.compare.matchers import with_matchers
from funcs.compare.paths import BODY, HEADERS, STATUS, Pattern
from funcs.compare.values import Rules, differences, is_number

#: The keys of an expected answer; of those of the body one at most.
KEYS = ("status", "headers", "json", "text", "base64", "file", "exact", "tolerance", "ignore")
_BODIES = ("json", "text", "base64", "file")
_TOLERANCE = 1e-6
_LENIENT = Rules(_TOLERANCE, is_exact=False)


class Answered(Protocol):
    """An answer as it came; ``headers`` are found by names in any case."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""

    @property
    def body(self) -> bytes:
        """The body as sent."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An answer, or all that are taken for it.

    Without ``statuses`` any below 400 is. ``headers`` are by lower-case name; one that is None
    must not be there. ``body`` is what `kind` says: ``json`` (which may hold matchers), ``text``
    (or a matcher of text), ``bytes``; without a kind it does not count.
    """

    statuses: tuple[int, ...] = ()
    headers: tuple[tuple[str, Any], ...] = ()
    kind: str = ""
    body: Any = None
    rules: Rules = _LENIENT

    @classmethod
    def of(cls, node: Node, folder: Path) -> Expected:
        """What ``node`` says; files that it names lie in ``folder``.

        Raises:
            FuncsError: a key is unknown or its value not allowed.
        """
        node.knows_only(KEYS)
        where = node.at("ignore")
        patterns = tuple(Pattern.parse(text, where=where) for text in node.texts("ignore"))
        rules = Rules(_tolerance(node), patterns, is_exact=node.flag("exact"))
        return cls(_statuses(node), _headers(node), *_body(node, folder), rules)

    def differences(self, answer: Answered) -> Iterator[Difference]:
        """What is other than expected: status, headers, then the body."""
        yield from self._of_status(answer.status)
        for name, value in self.headers:
            came = answer.headers.get(name, ABSENT)
            wanted = ABSENT if value is None else value
            if wanted is ABSENT or came is ABSENT:
                if wanted is not came and not self.rules.ignores((*HEADERS, name)):
                    told = wanted if isinstance(wanted, str) else Said(wanted)
                    yield Difference((*HEADERS, name), told, came)
            else:
                yield from differences(wanted, came, (*HEADERS, name), self.rules)
        if self.kind:
            yield from of_bodies(self.body, self._came(answer), BODY, self.rules)

    def _of_status(self, status: int) -> Iterator[Difference]:
        if self.statuses and status not in self.statuses:
            wanted = self.statuses[0]
            words = Said(" or ".join(map(str, self.statuses)))
            yield Difference(STATUS, wanted if len(self.statuses) == 1 else words, status)
        elif not self.statuses and status >= 400:
            yield Difference(STATUS, Said("below 400"), status)

    def _came(self, answer: Answered) -> Any:
        """The body that came, as the kind of thing that is expected."""
        if self.kind == "json":
            return value_of(answer.headers, answer.body)
        return answer.body if self.kind == "bytes" else answer.body.decode("utf-8", "replace")


def _statuses(node: Node) -> tuple[int, ...]:
    given = node.value.get("status", [])
    codes = given if isinstance(given, list) else [given]
    for code in codes:
        if isinstance(code, bool) or not isinstance(code, int) or not 100 <= code <= 999:
            what = f"status is a code as 200, or a list of them, got {given!r}"
            raise CaseError(what, where=node.at("status"))
    return tuple(codes)


def _headers(node: Node) -> tuple[tuple[str, Any], ...]:
    headers = node.node("headers")
    found = []
    for name, value in headers.value.items():
        if value is not None and not isinstance(value, (str, dict)):
            what = "a header is a text, a matcher, or null where it must not be there"
            raise CaseError(what, where=headers.at(name))
        found.append((name.lower(), with_matchers(value, where=headers.at(name))))
    return tuple(found)


def _tolerance(node: Node) -> float:
    value = node.value.get("tolerance", _TOLERANCE)
    if not is_number(value) or not value >= 0:
        what = f"tolerance is a number from 0, got {value!r}"
        raise CaseError(what, where=node.at("tolerance"))
    return float(value)


def _body(node: Node, folder: Path) -> tuple[str, Any]:
    given = [key for key in _BODIES if key in node.value]
    if len(given) > 1:
        what = f"an answer has one body, got {' and '.join(given)}"
        raise CaseError(what, where=node.where, fix="keep one of them")
    if not given:
        return "", None
    key = given[0]
    if key == "json":
        return key, with_matchers(node.value[key], where=node.at(key))
    if key == "text":
        value = node.value[key]
        if not isinstance(value, (str, dict)):
            raise CaseError("text is a text or a matcher", where=node.at(key))
        return key, with_matchers(value, where=node.at(key))
    if key == "base64":
        return "bytes", node.base64(key)
    file = file_beside(folder, node.text(key), where=node.at(key))
    return "bytes", file.read_bytes()
