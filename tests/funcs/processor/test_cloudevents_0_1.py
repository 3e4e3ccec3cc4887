from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.settings import Settings
from tests.funcs.processor.front import Front

STRUCTURED = {
    "cloudEventsVersion": "0.1", "eventType": "t", "eventTypeVersion": "1", "source": "/s",
    "eventID": "i", "eventTime": "2018-04-05T17:31:00.5+02:00", "contentType": "a/b",
    "extensions": {"e": "1"}, "data": "text", "offset": 7,
}  # fmt: skip
UNREADABLE = b"Failed to wrap structured cloud event"


def old_front() -> Front:
    return Front(own=Settings(nuclio="1.14"))


def ask(front: Front, body: bytes) -> bytes:
    kind = b"Content-Type: application/cloudevents+json"
    return front.connect().say(
        b"POST /p?q=1 HTTP/1.1\r\n%b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(body), body)
    )


def seen(body: dict[str, Any]) -> dict[str, Any]:
    front = old_front()
    ask(front, json.dumps(body).encode())
    return front.events[0]


def test_a_structured_event_says_what_the_event_is() -> None:
    event = seen(STRUCTURED)

    assert {"kind": "/s", "name": "/s"} == event["trigger"]
    assert ("i", 1522942260, "t", "1", "0.1", 7) == (
        event["id"], event["timestamp"], event["type"], event["type_version"],
        event["version"], event["offset"],
    )  # fmt: skip
    assert ("a/b", {"e": "1"}, b"text", 4) == (
        event["content_type"], event["headers"], event["body"], event["size"],
    )  # fmt: skip
    assert ("POST", "/p") == (event["method"], event["path"])


def test_names_match_in_any_case_and_what_is_not_given_is_empty() -> None:
    event = seen({"EVENTID": "i"})

    assert ("i", "", None, None, -62135596800) == (
        event["id"], event["type"], event["headers"], event["body"], event["timestamp"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "body"),
    [({"n": 1, "l": [2]}, {"n": 1.0, "l": [2.0]}), ([1], None), (5, None), (None, None)],
)
def test_data_is_a_map_of_floats_a_text_or_nothing(data: object, body: object) -> None:
    assert body == seen({"data": data})["body"]


def test_nothing_of_one_caller_shows_in_the_next_ones_event() -> None:
    front = old_front()
    ask(front, json.dumps(STRUCTURED).encode())
    ask(front, b'{"source": "other"}')

    assert ("", "", None) == (
        front.events[1]["id"], front.events[1]["type"], front.events[1]["headers"],
    )  # fmt: skip


def test_a_binary_event_is_in_the_headers() -> None:
    front = old_front()
    front.connect().say(
        b"POST / HTTP/1.1\r\nCE-CloudEventsVersion: 0.1\r\nCE-EventID: i\r\nCE-Source: s\r\n"
        b"CE-EventTime: nonsense\r\nContent-Length: 1\r\n\r\nx"
    )
    event = front.events[0]

    assert ("i", {"kind": "s", "name": ""}, -62135596800, "0.1", b"x") == (
        event["id"], event["trigger"], event["timestamp"], event["version"], event["body"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"", b"[1]", b"{", b'{"eventID": 5}', b'{"eventTime": "yesterday"}', b'{"extensions": []}',
     b'{"offset": 1e30}',
     b'{"extensions": {"e": "\\ud800"}}',
     b'{"offset": "x"}', b'{"offset": 1.5}', b'{"eventTime": "2018-13-05T17:31:00Z"}', b"\xff"],
)  # fmt: skip
def test_what_cannot_be_read_is_answered_500_and_counted(body: bytes) -> None:
    front = old_front()

    answer = ask(front, body)

    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert answer.endswith(UNREADABLE)
    assert (0, 1) == (front.trigger.successes, front.trigger.failures)


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([*STRUCTURED, "x"]), inner, max_size=4,
    ),
))  # fmt: skip
def test_any_json_is_an_event_or_refused(value: object) -> None:
    answer = ask(old_front(), json.dumps(value).encode())

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") or answer.endswith(UNREADABLE)
