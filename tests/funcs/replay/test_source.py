"""What can be sent again: tapes, Nuclio's saved events, CloudEvents; and what cannot."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from funcs.cases.event import HttpEvent
from funcs.compare.matchers import with_matchers
from funcs.compare.values import Rules, differences
from funcs.errors import FuncsError
from funcs.replay.export import to_case, to_cloud_events, to_nuclio
from funcs.replay.source import Item, Source
from tests.funcs.tape.writing import JSON, Recording, exchange, head

RECORDED = Path(__file__).parent / "function_events.json"


def items(path: Path, *only: str) -> list[Item]:
    return [each for each in Source(path).items(only) if isinstance(each, Item)]


def saved(folder: Path, value: Any) -> list[Item]:
    file = folder / "saved.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return items(file)


def recorded(folder: Path, *told: Any, **limits: int) -> list[Item]:
    recording = Recording(folder / "t.jsonl", **limits)
    recording.tell(*told)
    return items(recording.path)


def test_an_event_of_a_tape_is_sent_as_it_came_but_for_its_connection(tmp_path: Path) -> None:
    request = head(
        JSON, (b"Host", b"a:1"), (b"Connection", b"close"), (b"Content-Length", b"8"),
        (b"X-A", "ä".encode()), (b"Authorization", b"s3cret"), target=b"/a%3Fb/c%20d?x=1&y=%26",
    )  # fmt: skip
    item = recorded(tmp_path, exchange(request=request))[0]

    headers = (("Content-Type", "application/json"), ("X-A", "ä".encode().decode("latin-1")))
    assert HttpEvent("POST", "/a%3Fb/c%20d?x=1&y=%26", headers, b'{"a": 1}') == item.event
    assert item.has_masked_headers


def test_a_get_has_no_body_and_a_post_may_have_an_empty_one(tmp_path: Path) -> None:
    found = recorded(
        tmp_path, exchange(b"", request=head(method=b"GET")), exchange(b""), exchange(None)
    )

    assert [None, b"", None] == [each.event.body for each in found]


def test_to_a_head_and_with_a_204_no_body_was_sent(tmp_path: Path) -> None:
    found = recorded(
        tmp_path,
        exchange(None, b"handler's", request=head(method=b"HEAD"), worker=0),
        exchange(b"", b"handler's", status=204, worker=0),
    )

    assert [(b"", True), (b"", True)] == [
        (each.answer.body, each.has_body) for each in found if each.answer is not None
    ]


def test_bytes_that_are_no_text_are_sent_as_they_came(tmp_path: Path) -> None:
    request = head((b"X-A", b"\xff"), target=b"/%FF?a=%FE")
    event = recorded(tmp_path, exchange(request=request))[0].event

    assert ("/%FF?a=%FE", (("X-A", "\xff"),)) == (event.path, event.headers)


def test_an_event_that_no_request_brought_is_sent_as_one(tmp_path: Path) -> None:
    found = recorded(tmp_path, exchange(b"tick", request=head(method=b"")))

    assert "POST" == found[0].event.method


def test_what_was_not_kept_or_answered_is_said(tmp_path: Path) -> None:
    found = recorded(
        tmp_path,
        exchange(b"x" * 50, status=503),
        exchange(b"1", b"y" * 50, worker=0),
        exchange(b"1", b"y", is_whole=False, worker=0),
        body_bytes=20,
    )

    assert ["its body of 50 bytes was not recorded", "", ""] == [each.obstacle for each in found]
    assert [True, False, False] == [each.has_body for each in found]
    assert [False, True, True] == [each.is_answered for each in found]


def test_events_are_chosen_by_the_beginnings_of_their_ids(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl")
    recording.tell(*(exchange(event_id=name) for name in (b"aa1", b"aa2", b"bb1")))

    assert ["aa1", "aa2"] == [each.id for each in items(recording.path, "aa")]
    assert ["bb1", "aa2"][::-1] == [each.id for each in items(recording.path, "aa2", "bb")]
    with pytest.raises(FuncsError, match="no event 'cc'") as caught:
        items(recording.path, "aa", "cc")
    assert "known ids: aa1, aa2, bb1" in caught.value.fix


def test_events_as_a_real_dashboard_lists_them_are_read(tmp_path: Path) -> None:
    headers = (("Content-Type", "application/json"),)
    event = HttpEvent("POST", "/x", headers, b'{"a":1}')

    assert {"862bd2d1-d3e9-4f40-b3c5-0408077a63df": event, "ev1": event} == {
        each.id: each.event for each in items(RECORDED)
    }


def test_one_saved_event_or_a_list_of_them_is_read_too(tmp_path: Path) -> None:
    listed = json.loads(RECORDED.read_text())

    assert ["ev1"] == [each.id for each in saved(tmp_path, listed["ev1"])]
    assert 2 == len(saved(tmp_path, list(listed.values())))


def test_saved_events_are_written_as_the_dashboard_has_them() -> None:
    listed = json.loads(RECORDED.read_text())
    for each in listed.values():
        each["metadata"]["labels"].pop("nuclio.io/project-name")
        each["spec"]["displayName"] = each["metadata"]["name"]

    assert listed == to_nuclio(items(RECORDED), "echo")


def test_an_id_that_is_no_name_of_a_resource_is_what_is_displayed(tmp_path: Path) -> None:
    written = to_nuclio([Item("urn:A/1", HttpEvent("GET", "/a"))], "shop")

    assert "name" not in written["urn:A/1"]["metadata"]
    assert "urn:A/1" == written["urn:A/1"]["spec"]["displayName"]
    assert ["urn:A/1"] == [each.id for each in saved(tmp_path, written)]


def test_a_body_that_is_no_text_is_no_saved_event() -> None:
    with pytest.raises(FuncsError, match="no text"):
        to_nuclio([Item("1", HttpEvent("POST", "/", (), b"\xff"))], "shop")


@pytest.mark.parametrize(
    "event",
    [
        HttpEvent("GET", "/a?x=1"),
        HttpEvent("POST", "/", (("Content-Type", "application/json"),), b'{"a": 1}'),
        HttpEvent("PUT", "/", (("Content-Type", "text/plain"),), "ä".encode()),
        HttpEvent("POST", "/", (("Content-Type", "application/json"),), b"no json"),
        HttpEvent("POST", "/", (), b"\xff"),
    ],
)
def test_cloud_events_of_ours_come_back_as_they_were(tmp_path: Path, event: HttpEvent) -> None:
    written = to_cloud_events([Item("1", event, at=1700000000.5)], "shop")

    assert ("1.0", "2023-11-14T22:13:20.500000+00:00") == (
        written[0]["specversion"], written[0]["time"],
    )  # fmt: skip
    assert [event] == [each.event for each in saved(tmp_path, written)]


@pytest.mark.parametrize("write", [to_nuclio, to_cloud_events])
def test_what_was_written_says_whose_events_they_are(
    tmp_path: Path, write: Callable[[Sequence[Item], str], Any]
) -> None:
    file = tmp_path / "saved.json"
    file.write_text(json.dumps(write([Item("1", HttpEvent("GET", "/a"))], "shop")))

    assert "shop" == Source(file).function()


def test_cloud_events_of_others_are_sent_structured(tmp_path: Path) -> None:
    one = {"specversion": "1.0", "id": "7", "source": "/s", "type": "t", "data": {"a": 1}}
    old = {"cloudEventsVersion": "0.1", "eventID": "8", "eventType": "t"}
    found = saved(tmp_path, [one, old])
    lines = saved(tmp_path, "\n".join(map(json.dumps, (one, old))) + "\n")

    assert ["7", "8"] == [each.id for each in found] == [each.id for each in lines]
    assert (("Content-Type", "application/cloudevents+json"),) == found[0].event.headers
    assert one == json.loads(found[0].event.body or b"")


def test_a_recorded_event_becomes_a_case_with_what_is_new_each_time_ignored(
    tmp_path: Path,
) -> None:
    body = b'{"id": "the-id", "outputs": [3], "at": "2023-11-14T22:13:20Z"}'
    item = recorded(tmp_path, exchange(b"[1]", body, event_id=b"the-id", worker=0))[0]

    assert {
        "about": "recorded from shop",
        "event": {
            "method": "POST",
            "path": "/x",
            "headers": {"Content-Type": "application/json"},
            "json": [1],
        },
        "answer": {"status": 200, "json": json.loads(body), "ignore": ["body.id"]},
    } == to_case([item], "shop")
    with pytest.raises(FuncsError, match="one event, not 2"):
        to_case([item, item], "shop")


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        ("", "the file is empty", "saved.json"),
        (" \n", "the file is empty", "saved.json"),
        ("print()\n", "no tape, and no JSON", ":1"),
        ('{"a": 1,\n"b": }', "no JSON", ":2"),
        ('{"a": 1}', "no tape, no saved Nuclio event and no CloudEvent", ":1"),
        ("[]", "no tape, no saved", ":1"),
        ("{}", "no tape, no saved", ":1"),
        ("3", "no tape, no saved", ":1"),
        ('{"specversion": "1.0", "id": "1"}\n{\n', "no JSON", ":2"),
        ('[{"spec": {}}, {"x": 1}]', "no spec", "[1]"),
        ('[{"specversion": "1.0"}, {"x": 1}]', "no specversion", "[1]"),
        ('{"spec": {"body": 3}}', "got a number", "spec.body"),
        ("[" * 100_000, "no JSON", ":1"),
    ],
)
def test_what_is_none_of_these_is_refused_with_its_place(
    tmp_path: Path, content: str, what: str, line: str
) -> None:
    with pytest.raises(FuncsError, match=what) as caught:
        saved(tmp_path, content)

    assert caught.value.where.endswith(line)


@pytest.mark.parametrize("begins", [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"])
def test_a_compressed_file_is_to_be_unpacked(tmp_path: Path, begins: bytes) -> None:
    (tmp_path / "t.jsonl.gz").write_bytes(begins + bytes(20))

    with pytest.raises(FuncsError, match="compressed") as caught:
        Source(tmp_path / "t.jsonl.gz")
    assert "unpack it first" == caught.value.fix


def test_a_pipe_is_refused_since_it_is_read_but_once(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, b'{"tape":1}\n')
    os.close(write)

    with pytest.raises(FuncsError, match="no regular file") as caught:
        Source(Path(f"/dev/fd/{read}"))
    os.close(read)
    assert "write it to a file first" in caught.value.fix


def test_a_foreign_file_is_not_read_whole_to_find_that_out(tmp_path: Path) -> None:
    with (tmp_path / "model.bin").open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(FuncsError, match="no tape, and no JSON is read that is longer"):
        Source(tmp_path / "model.bin")


@pytest.mark.parametrize(
    ("first", "other", "names"),
    [
        (
            {"specversion": "1.0", "id": "event-2"},
            {"specversion": "1.0", "id": "event-2"},
            ["event-2", "event-2-2", "event-2-3"],
        ),
        (
            {"spec": {}, "metadata": {"name": "event-2"}},
            {"spec": {}},
            ["event-2", "event-3", "event-4"],
        ),
    ],
)
def test_events_of_one_name_or_none_are_all_read(
    tmp_path: Path, first: Any, other: Any, names: list[str]
) -> None:
    assert names == [each.id for each in saved(tmp_path, [first, other, other])]


def test_events_of_one_id_are_all_exported(tmp_path: Path) -> None:
    ids = (b"tick", b"tick", b"", b"tick", b"")
    found = recorded(tmp_path, *(exchange(event_id=each) for each in ids))

    assert ["tick", "tick-2", "line-4", "tick-3", "line-6"] == list(to_nuclio(found, "shop"))
    assert 5 == len(saved(tmp_path, to_cloud_events(found, "shop")))


def test_an_exported_answer_is_taken_for_what_it_is(tmp_path: Path) -> None:
    body = {"schema": {"$type": "x"}, "api_key": "s3cret", "a": [{"$ref": 1}]}
    item = recorded(tmp_path, exchange(answer=json.dumps(body).encode(), worker=0))[0]
    answer = to_case([item], "shop")["answer"]["json"]
    expected = with_matchers(answer, where="")

    assert [] == list(differences(expected, body, ("body",), Rules()))
    assert 1 == len(list(differences(expected, body | {"a": [{"$ref": 2}]}, (), Rules())))


def test_bytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\xff")

    with pytest.raises(FuncsError, match="no text, so no tape"):
        Source(tmp_path / "a.png")
    with pytest.raises(FuncsError, match="Is a directory"):
        Source(tmp_path)
