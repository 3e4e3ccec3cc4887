"""Two answers to one event: what differs, and what differs each time anyway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from funcs.compare.bodies import of_bodies, value_of
from funcs.compare.difference import ABSENT, Difference
from funcs.compare.paths import BODY, HEADERS, STATUS, Place
from funcs.compare.values import Rules
from funcs.emulator.answer import Answer
from funcs.replay.source import Item
from funcs.tape.form import MASK
from funcs.tape.masking import Masking

#: Headers of the connection, of the server, of a proxy on the way: not of the function.
VOLATILE = frozenset({
    "alt-svc", "connection", "content-length", "date", "keep-alive", "server", "server-timing",
    "traceparent", "tracestate", "transfer-encoding", "vary", "via", "x-nuclio-logs",
    "x-envoy-upstream-service-time", "x-powered-by", "x-process-time", "x-request-id",
    "x-response-time",
})  # fmt: skip
#: How far from the event a time may be that was the time of answering.
_NEAR_S = 2.0
_TRACEBACK = "Traceback (most recent call last):"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*")


def answer_differences(
    expected: Answer, actual: Answer, rules: Rules, masking: Masking, *, has_body: bool = True
) -> Iterator[Difference]:
    """What differs: status, headers, body, of both but for what ``masking`` hides.

    A secret is in no tape, so it is compared with nothing, and no difference shows one.
    ``has_body`` is false where a body is not known.
    """
    if expected.status != actual.status and not rules.ignores(STATUS):
        yield Difference(STATUS, expected.status, actual.status)
    one, other = (masking.headers(_headers(each)) for each in (expected, actual))
    yield from _of_headers(one, other, rules)
    if has_body:
        before, now = (
            _without_frames(value_of(each.headers, masking.body(each.body)))
            for each in (expected, actual)
        )
        yield from of_bodies(before, now, BODY, rules)


def new_in_each(item: Item) -> list[Place]:
    """The places in a recorded body that hold the event's own id, or the time of the answer.

    The same function answers with another id and another time when it is asked again.
    """
    answer = item.answer
    if answer is None or not item.has_body:
        return []
    window = (item.at - _NEAR_S, item.at + item.duration_s + _NEAR_S)
    try:
        texts = list(_texts(value_of(answer.headers, answer.body), BODY))
    except RecursionError:
        return []
    return [place for place, text in texts if text == item.id or _is_within(text, window)]


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text in a decoded body, with its place; lists of numbers are passed over."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*place, key))
    elif isinstance(value, list) and value and not isinstance(value[0], (int, float)):
        for index, item in enumerate(value):
            yield from _texts(item, (*place, index))


def _is_within(text: str, window: tuple[float, float]) -> bool:
    """Whether the text is a time in the window; one without a zone may be of any."""
    if len(text) > 40 or not _TIME.fullmatch(text):
        return False
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    if moment.tzinfo is not None:
        return window[0] <= moment.timestamp() <= window[1]
    local, universal = moment.timestamp(), moment.replace(tzinfo=UTC).timestamp()
    return any(window[0] <= each <= window[1] for each in (local, universal))


def _without_frames(value: Any) -> Any:
    """A text with a traceback without it, but for the error: where files are says nothing."""
    if not isinstance(value, str) or _TRACEBACK not in value:
        return value
    head, _, trace = value.partition(_TRACEBACK)
    return head + (trace.rstrip().splitlines() or [""])[-1]


def _headers(answer: Answer) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in answer.headers.pairs:
        key = name.lower()
        if key not in VOLATILE:
            found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _of_headers(
    expected: dict[str, str], actual: dict[str, str], rules: Rules
) -> Iterator[Difference]:
    for name in dict.fromkeys((*expected, *actual)):
        one, other = expected.get(name, ABSENT), actual.get(name, ABSENT)
        if MASK in (one, other) or rules.ignores((*HEADERS, name)):
            continue
        if name == "content-type" and _kind(one) == _kind(other):
            continue
        if one != other:
            yield Difference((*HEADERS, name), one, other)


def _kind(content_type: str) -> str:
    return content_type.lower().replace(" ", "")
