from __future__ import annotations

import datetime
import warnings
from typing import Any

import msgpack
import nuclio_sdk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nuclio_sdk.event import EventDeserializerKinds

from funcs.event import EventReader
from funcs.worker.wire import event_map


def pack(**changes: Any) -> bytes:
    packed: bytes = msgpack.packb(event_map(**changes))
    return packed


def nuclios(payload: bytes, *, raw: bool = False) -> Any:
    kind = EventDeserializerKinds.msgpack_raw if raw else EventDeserializerKinds.msgpack
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # utcfromtimestamp, from 3.12 on
        return nuclio_sdk.Event.deserialize(msgpack.unpackb(payload, raw=raw), kind)


def attributes(event: Any) -> dict[str, Any]:
    seen = dict(vars(event))
    seen["trigger"] = vars(seen["trigger"])
    return seen


TEXT = st.text(max_size=20)


@given(
    body=st.none() | st.binary(),
    content_type=st.sampled_from(["", "text/plain", "application/json", "application/json; a=b"]),
    headers=st.none() | st.dictionaries(TEXT, TEXT | st.binary() | st.none(), max_size=3),
    fields=st.none() | st.dictionaries(TEXT, TEXT, max_size=3),
    timestamp=st.integers(-62135596800, 253402300799),
    path=TEXT,
    id=TEXT,
    shard_id=st.integers(-1, 5),
    topic=st.none() | TEXT,
    raw=st.booleans(),
)
def test_an_event_is_nuclio_sdks_attribute_for_attribute(raw: bool, **changes: Any) -> None:
    payload = pack(**changes)

    event = EventReader(raw=raw).read(payload)

    assert type(event) is nuclio_sdk.Event
    expected = nuclios(payload, raw=raw)
    assert attributes(expected) == attributes(event)
    assert list(vars(expected)) == list(vars(event))


@pytest.mark.parametrize(
    ("body", "decoded"),
    [
        (b'{"a": [1, null]}', {"a": [1, None]}),
        (b" \n[1]\t", [1]),
        (b"5", 5),
        (b'"\\ud800"', "\ud800"),
        (b"NaN1", b"NaN1"),
        (b"{", b"{"),
        (b"", b""),
        (b"\xff", b"\xff"),
        (b"[" * 100_000, b"[" * 100_000),
        (None, None),
    ],
)
def test_a_json_body_is_decoded_if_it_can_be(
    body: bytes | None, decoded: object, capfd: pytest.CaptureFixture[str]
) -> None:
    event = EventReader().read(pack(body=body, content_type="application/json"))

    complaint = capfd.readouterr().err
    assert decoded == event.body
    assert (decoded == body) == complaint.startswith("Failed deserializing json body")


def test_json_is_left_as_bytes_where_those_are_wanted() -> None:
    reader = EventReader(bytes_wanted=True)

    assert b"{}" == reader.read(pack(body=b"{}", content_type="application/json")).body


def test_a_list_is_a_batch() -> None:
    payload = msgpack.packb([event_map(id="1"), event_map(id="2")])

    assert ["1", "2"] == [event.id for event in EventReader().read(payload)]


def test_events_of_one_second_have_its_time_and_the_next_has_its_own() -> None:
    reader = EventReader()
    times = [reader.read(pack(timestamp=second)).timestamp.second for second in (7, 7, 8, 7)]

    assert [7, 7, 8, 7] == times
    assert datetime.datetime(1970, 1, 1, 0, 0, 7) == reader.read(pack(timestamp=7)).timestamp


@pytest.mark.parametrize("key", ["body", "content_type", "trigger", "id", "timestamp", "version"])
def test_a_missing_key_is_a_key_error(key: str) -> None:
    wire = event_map()
    del wire[key]

    with pytest.raises(KeyError):
        EventReader().read(msgpack.packb(wire))


@pytest.mark.parametrize("key", ["offset", "topic", "content-type"])
def test_some_keys_may_be_missing(key: str) -> None:
    wire = event_map()
    del wire[key]

    assert "/" == EventReader().read(msgpack.packb(wire)).path
