"""CloudEvents 1.0: structured and binary make the same event; what is none is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.settings import Settings
from tests.funcs.processor.front import Event, Front

FULL: dict[str, Any] = {
    "specversion": "1.0", "id": "A 1", "source": "/mine", "type": "com.example.made",
    "subject": "größe%", "time": "2018-04-05T17:31:00.5+02:00", "dataschema": "http://x/s",
    "datacontenttype": "application/json", "tries": 3, "last": True,
}  # fmt: skip
LEAST = {"specversion": "1.0", "id": "i", "source": "s", "type": "t"}
BAD = b"HTTP/1.1 400 Bad Request\r\n"


def structured(
    event: object, kind: str = "application/cloudevents+json", front: Front | None = None
) -> tuple[bytes, list[Event]]:
    front = front or Front()
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    head = f"POST /p HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    return front.connect().say(head.encode() + b"\r\n\r\n" + body), front.events


def binary(headers: dict[str, str], body: bytes, kind: str) -> tuple[bytes, list[Event]]:
    front = Front()
    lines = [f"ce-{name}: {value}" for name, value in headers.items()]
    head = ["POST /p HTTP/1.1", "Host: x", f"Content-Type: {kind}", *lines]
    text = "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""])
    return front.connect().say(text.encode() + body), front.events


def test_a_structured_event_shows_its_attributes() -> None:
    _, (event,) = structured({**FULL, "data": {"n": 1}})

    assert ("A 1", "com.example.made", {"kind": "/mine", "name": "/mine"}, "1.0", 1522942260) == (
        event["id"], event["type"], event["trigger"], event["version"], event["timestamp"],
    )  # fmt: skip
    assert ("application/json", b'{"n": 1}', 8) == (
        event["content_type"], event["body"], event["size"],
    )  # fmt: skip
    assert {
        "Ce-Specversion": "1.0", "Ce-Id": "A%201", "Ce-Source": "/mine",
        "Ce-Type": "com.example.made", "Ce-Subject": "gr%C3%B6%C3%9Fe%25",
        "Ce-Time": "2018-04-05T17:31:00.5+02:00", "Ce-Dataschema": "http://x/s", "Ce-Tries": "3",
        "Ce-Last": "true", "Host": "x", "Content-Type": "application/json", "Content-Length": "8",
    } == event["headers"]  # fmt: skip
    assert ("POST", "/p") == (event["method"], event["path"])


def test_the_same_event_in_binary_looks_the_same() -> None:
    _, (one,) = structured({**FULL, "data": {"n": 1}})
    headers = {name[3:]: value for name, value in one["headers"].items() if name[:3] == "Ce-"}

    _, (other,) = binary(headers, b'{"n": 1}', "application/json")

    assert one == other


def test_a_time_that_is_not_said_is_when_the_request_came() -> None:
    (_, (one,)), (_, (plain,)) = structured(LEAST), binary({}, b"", "text/plain")

    assert 0 <= plain["timestamp"] - one["timestamp"] < 60
    assert (None, 0, "") == (one["body"], one["size"], one["content_type"])
    assert "Content-Type" not in one["headers"]


@pytest.mark.parametrize(
    ("given", "body", "kind"),
    [
        ({"data": [1, 2.5, None]}, b"[1, 2.5, null]", "application/json"),
        ({"data": "text"}, b'"text"', "application/json"),
        ({"data": 10**30}, b"1" + b"0" * 30, "application/json"),
        ({"data": "text", "datacontenttype": "text/plain"}, b"text", "text/plain"),
        ({"data": "ü", "datacontenttype": "text/plain"}, "ü".encode(), "text/plain"),
        ({"data": "x", "datacontenttype": "a/b+json; x=y"}, b'"x"', "a/b+json; x=y"),
        ({"data": {"a": 1}, "datacontenttype": "text/xml"}, b'{"a": 1}', "text/xml"),
        ({"data_base64": "AP8=", "datacontenttype": "image/png"}, b"\0\xff", "image/png"),
        ({"data_base64": ""}, b"", ""),
        ({"data": False}, b"false", "application/json"),
        ({"data": None, "datacontenttype": "text/plain"}, None, "text/plain"),
    ],
)
def test_the_body_is_the_data_itself(given: dict[str, Any], body: bytes | None, kind: str) -> None:
    _, (event,) = structured({**LEAST, **given})

    assert (body, len(body or b""), kind) == (event["body"], event["size"], event["content_type"])


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (b"", b"the body is not JSON"),
        (b'{"specversion": "1.0", "n": NaN}', b"NaN is no number"),
        (b"[" * 100_000, b"the body is not JSON"),
        ([LEAST], b"no JSON object"),
        ({**LEAST, "specversion": "2.0"}, b"specversion '2.0' is not 1.0"),
        ({**LEAST, "specversion": 1.0}, b"specversion 1.0 is not 1.0"),
        ({**LEAST, "id": ""}, b"id is missing"),
        ({**LEAST, "type": None}, b"type is missing"),
        ({**LEAST, "source": ["s"]}, b"source is neither text"),
        ({**LEAST, "Extension": "x"}, b"'Extension' is no attribute's name"),
        ({**LEAST, "x\r\ny": "z"}, b"is no attribute's name"),
        ({**LEAST, "n": 1.5}, b"n is neither text, a whole number"),
        ({**LEAST, "n": 1 << 31}, b"n is neither text, a whole number"),
        ({**LEAST, "time": "yesterday"}, b"'yesterday' is no time"),
        ({**LEAST, "data_base64": "!"}, b"not base64"),
        ({**LEAST, "data_base64": 1}, b"data_base64 is no text"),
        ({**LEAST, "data_base64": "", "data": 1}, b"or data is there too"),
        (b'{"specversion":"1.0","id":"i","source":"s","type":"t","data":1e999}', b"not JSON"),
    ],
)
def test_what_is_no_cloud_event_is_refused_with_the_reason(event: object, why: bytes) -> None:
    answer, events = structured(event)

    assert answer.startswith(BAD)
    assert why in answer
    assert [] == events


def test_a_batch_and_other_formats_are_not_taken() -> None:
    batch, none = structured([LEAST], "application/cloudevents-batch+json")
    avro, _ = structured(b"\x00", "application/cloudevents+avro")

    assert batch.startswith(b"HTTP/1.1 415 Unsupported Media Type\r\n")
    assert batch.endswith(b"batches are not taken, send each event by itself")
    assert avro.startswith(b"HTTP/1.1 415 Unsupported Media Type\r\n")
    assert [] == none


@pytest.mark.parametrize(("left_out", "why"), [("id", b"id is missing"), ("type", b"type is")])
def test_a_binary_event_without_an_attribute_it_must_have_is_refused(
    left_out: str, why: bytes
) -> None:
    answer, events = binary({k: v for k, v in LEAST.items() if k != left_out}, b"", "text/plain")

    assert answer.startswith(BAD)
    assert why in answer
    assert [] == events


def test_a_binary_attribute_is_percent_decoded_and_keeps_bytes_that_are_no_utf_8() -> None:
    _, (event,) = binary({**LEAST, "id": "a%20b%25", "source": "%ff%zz"}, b"", "text/plain")

    assert ("a b%", "\udcff%zz") == (event["id"], event["trigger"]["kind"])


def test_another_version_in_the_headers_makes_an_ordinary_event() -> None:
    _, (event,) = binary({**LEAST, "specversion": "0.3"}, b"x", "text/plain")

    assert ("", {"kind": "http", "name": "web"}) == (event["type"], event["trigger"])


def test_version_0_1_is_read_as_before() -> None:
    _, (event,) = structured({"eventID": "i", "source": "s", "cloudEventsVersion": "0.1"})
    front = Front()
    front.connect().say(b"GET / HTTP/1.1\r\nCE-CloudEventsVersion: 0.1\r\nCE-EventID: j\r\n\r\n")

    assert ("i", "0.1", "j") == (event["id"], event["version"], front.events[0]["id"])


def test_at_level_1_14_version_1_0_is_read_as_nuclio_reads_it() -> None:
    old = Front(own=Settings(nuclio="1.14"))
    _, (event,) = structured({**LEAST, "data": {"a": 1}}, front=old)
    old.connect().say(b"GET / HTTP/1.1\r\nce-specversion: 1.0\r\nce-id: 2\r\n\r\n")

    assert ("", "s", {"a": 1.0}) == (event["id"], event["trigger"]["kind"], event["body"])
    assert ("", "http") == (old.events[1]["type"], old.events[1]["trigger"]["kind"])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@given(st.dictionaries(st.sampled_from([*FULL, "data", "data_base64", "x", "X", ""]), values))
def test_any_json_is_an_event_or_refused(changes: dict[str, Any]) -> None:
    version = changes.pop("specversion", None) or "1.0"

    answer, events = structured({**LEAST, **changes, "specversion": version})

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n" if events else BAD)


@given(st.binary(max_size=50), st.sampled_from(["text/plain", "application/json", ""]))
def test_bytes_come_through_whole(data: bytes, kind: str) -> None:
    packed = base64.b64encode(data).decode()

    _, (event,) = structured({**LEAST, "data_base64": packed, "datacontenttype": kind})

    assert (data, kind) == (event["body"], event["content_type"])
