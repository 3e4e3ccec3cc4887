"""Event files: what they may be, and what is refused in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from funcs.cases.case import Case
from funcs.cases.event import HttpEvent
from funcs.cases.folder import event_files, selected
from funcs.cases.reading import CaseError
from funcs.emulator.answer import Answer, Headers
from funcs.errors import FuncsError

JSON = ("Content-Type", "application/json")


def write(folder: Path, value: Any, name: str = "e.json") -> Path:
    file = folder / "events" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return file


def event(folder: Path, **given: Any) -> HttpEvent:
    return Case.read(write(folder, {"event": given, "answer": {}}), path="/m").event


def sentences(
    folder: Path,
    answer: dict[str, Any],
    *,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> list[str]:
    case = Case.read(write(folder, {"event": {"path": "/"}, "answer": answer}))
    came = Answer(status, Headers(headers), body)
    return [each.sentence() for each in case.expected.differences(came)]


def test_any_json_is_the_body_of_a_post(tmp_path: Path) -> None:
    file = write(tmp_path, '{"inputs":  [1]}')

    assert HttpEvent("POST", "/m", (JSON,), b'{"inputs":  [1]}') == Case.read(file, path="/m").event


def test_a_body_that_happens_to_have_an_event_is_a_body(tmp_path: Path) -> None:
    bodies: list[Any] = [{"event": {"user": 3}}, {"event": "click", "answer": {}}, {"event": {}}]
    for value in bodies:
        file = write(tmp_path, value)

        assert file.read_bytes() == Case.read(file).event.body


def test_a_saved_nuclio_event_says_where_it_goes(tmp_path: Path) -> None:
    attributes = {"method": "PUT", "path": "x/y", "headers": {"X-A": "1"}}
    saved = {"metadata": {"name": "e"}, "spec": {"body": "it", "attributes": attributes}}

    assert (
        HttpEvent("PUT", "/x/y", (("X-A", "1"),), b"it") == Case.read(write(tmp_path, saved)).event
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"json": {"a": "ä"}}, HttpEvent("POST", "/m", (JSON,), '{"a": "ä"}'.encode())),
        ({"json": None}, HttpEvent("POST", "/m", (JSON,), b"null")),
        ({"method": "get", "path": "x"}, HttpEvent("GET", "/x")),
        ({"query": {"a": "b c", "n": 3}}, HttpEvent("GET", "/m?a=b+c&n=3")),
        ({"path": "/x?y=1", "query": {"z": "2"}}, HttpEvent("GET", "/x?y=1&z=2")),
        (
            {"text": "hi", "headers": {"content-type": "a/b"}},
            HttpEvent("POST", "/m", (("content-type", "a/b"),), b"hi"),
        ),
        (
            {"base64": "/w=="},
            HttpEvent("POST", "/m", (("Content-Type", "application/octet-stream"),), b"\xff"),
        ),
    ],
)
def test_a_case_describes_its_event(
    tmp_path: Path, given: dict[str, Any], expected: HttpEvent
) -> None:
    assert expected == event(tmp_path, **given)


def test_a_body_may_be_a_file_beside_with_the_type_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, "x", "page.html")

    assert HttpEvent("POST", "/m", (("Content-Type", "text/html"),), b"x") == event(
        tmp_path, file="page.html"
    )


def test_the_answer_to_a_body_is_beside_it(tmp_path: Path) -> None:
    write(tmp_path, {"status": 201}, "e.answer.json")
    expected = Case.read(write(tmp_path, [1])).expected

    assert (201,) == expected.statuses
    assert ["e"] == [each.name for each in event_files(tmp_path)]


@pytest.mark.parametrize(
    ("answer", "came", "told"),
    [
        ({}, {"status": 204}, []),
        ({}, {"status": 400}, ["status: expected below 400, was 400"]),
        ({"status": 404}, {"status": 404}, []),
        ({"status": [200, 201]}, {"status": 202}, ["status: expected 200 or 201, was 202"]),
        ({"json": {"a": 1}}, {"body": b'{"a": 1.0000001, "b": 2}'}, []),
        ({"json": {"a": 1}}, {"body": b"{}"}, ["body.a: expected 1, was absent"]),
        ({"json": {"a": 1}, "exact": True}, {"body": b'{"a": 1, "b": 2}'},
         ["body.b: expected absent, was 2"]),
        ({"json": [1, 2]}, {"body": b"[1]"}, ["body: expected 2 items, was 1 item"]),
        ({"json": 1.0, "tolerance": 0.1}, {"body": b"[1.05]"}, ["body: expected 1.0, was [1.05]"]),
        ({"json": [1.0], "tolerance": 0.1}, {"body": b"[1.05]"}, []),
        ({"json": {"id": 1, "a": 1}, "ignore": ["id"]}, {"body": b'{"a": 1, "id": 2}'}, []),
        ({"text": "[1]"}, {"body": b"[1]"}, []),
        ({"text": {"$contains": "x"}}, {"body": b"axb"}, []),
        ({"text": "a"}, {"body": b"\xff"}, ['body: expected "a", was "\ufffd"']),
        ({"base64": "/w=="}, {"body": b"\xff"}, []),
        ({"headers": {"X-A": "1"}}, {"headers": (("x-a", "1"),)}, []),
        ({"headers": {"X-A": "1"}}, {"headers": (("x-a", "2"),)},
         ['headers.x-a: expected "1", was "2"']),
        ({"headers": {"X-A": "1"}}, {}, ['headers.x-a: expected "1", was absent']),
        ({"headers": {"X-A": None}}, {"headers": (("x-a", "2"),)},
         ['headers.x-a: expected absent, was "2"']),
        ({"headers": {"X-A": {"$matches": "^v"}}}, {"headers": (("X-A", "v2"),)}, []),
        ({"headers": {"X-A": {"$any": True}}}, {}, ["headers.x-a: expected anything, was absent"]),
    ],
)  # fmt: skip
def test_an_answer_is_compared_with_what_is_said_of_it(
    tmp_path: Path, answer: dict[str, Any], came: dict[str, Any], told: list[str]
) -> None:
    assert told == sentences(tmp_path, answer, **came)


def test_a_file_may_be_the_expected_body(tmp_path: Path) -> None:
    write(tmp_path, "x", "out.bin")

    assert [] == sentences(tmp_path, {"file": "out.bin"}, body=b"x")
    assert 1 == len(sentences(tmp_path, {"file": "out.bin"}, body=b"y"))


@pytest.mark.parametrize(
    ("value", "what", "where"),
    [
        ("{", "this is no JSON", "e.json:1"),
        ("[" * 100_000, "nested too deep", "e.json"),
        ("9" * 5000, "this is no JSON", "e.json"),
        ({"event": {"text": "\ud800"}, "answer": {}}, "half a character", "e.json  event.text"),
        ({"event": {"query": {"a": "\ud800"}}, "answer": {}}, "half a", "event.query.a"),
        ({"spec": {"body": "\ud800"}}, "half a character", "e.json  spec.body"),
        ({"event": {"file": "a\0b"}, "answer": {}}, "is no file", "e.json  event.file"),
        ({"event": {"file": "x" * 5000}, "answer": {}}, "is no file: File name too long", "file"),
        ({"event": {}, "answer": {}, "anser": 1}, "no key 'anser'", "e.json"),
        ({"event": {"metod": "GET"}, "answer": {}}, "no key 'metod'", "e.json  event"),
        ({"event": {"json": 1, "text": ""}, "answer": {}}, "one body", "e.json  event"),
        ({"event": {"base64": "?"}, "answer": {}}, "no base64", "e.json  event.base64"),
        ({"event": {"file": "gone"}, "answer": {}}, "no file", "e.json  event.file"),
        ({"event": {"file": "../../x"}, "answer": {}}, "outside", "e.json  event.file"),
        ({"event": {"path": 3}, "answer": {}}, "got a number", "e.json  event.path"),
        ({"event": {"headers": {"a": []}}, "answer": {}}, "got a list", "event.headers.a"),
        ({"event": {"headers": []}, "answer": {}}, "an object", "e.json  event.headers"),
        ({"event": {}, "answer": {"stauts": 1}}, "no key 'stauts'", "e.json  answer"),
        ({"event": {}, "answer": {"status": "200"}}, "status is a code", "answer.status"),
        ({"event": {}, "answer": {"status": 20}}, "status is a code", "answer.status"),
        ({"event": {}, "answer": {"tolerance": -1}}, "from 0", "answer.tolerance"),
        ({"event": {}, "answer": {"ignore": "id"}}, "list of texts", "answer.ignore"),
        ({"event": {}, "answer": {"ignore": ["a["]}}, "no path", "answer.ignore"),
        ({"event": {}, "answer": {"exact": 1}}, "true or false", "answer.exact"),
        ({"event": {}, "answer": {"json": {"a": {"$x": 1}}}}, "no matcher", "answer.json.a"),
        ({"event": {}, "answer": {"headers": {"a": 3}}}, "a matcher", "answer.headers.a"),
        ({"spec": {"body": {"a": 1}}}, "got an object", "e.json  spec.body"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, value: Any, what: str, where: str
) -> None:
    with pytest.raises(FuncsError, match=what) as caught:
        Case.read(write(tmp_path, value))

    assert where in caught.value.where


def test_half_a_character_in_json_is_sent_as_an_escape(tmp_path: Path) -> None:
    case = Case.read(write(tmp_path, {"event": {"json": ["\ud800"]}, "answer": {}}))

    assert b'["\\ud800"]' == case.event.body


def test_two_answers_to_one_event_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {}, "e.answer.json")

    with pytest.raises(CaseError, match="another"):
        Case.read(write(tmp_path, {"event": {}, "answer": {}}))


def test_an_answer_to_no_event_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"status": 200}, "digt.answer.json")
    write(tmp_path, {}, "digit.json")
    digit, orphan = event_files(tmp_path)

    assert ("digit", "digt.answer") == (digit.name, orphan.name)
    with pytest.raises(CaseError, match="to no event"):
        orphan.read()


def test_events_are_selected_by_name(tmp_path: Path) -> None:
    for name in ("digit", "digits", "rows"):
        write(tmp_path, {}, f"{name}.json")
    files = event_files(tmp_path)

    assert ["digit", "digits", "rows"] == [each.name for each in selected(files, [])]
    assert ["digit", "digits"] == [each.name for each in selected(files, ["digit*"])]
    assert ["rows"] == [each.name for each in selected(files, ["rows.json"])]
    with pytest.raises(CaseError, match="did you mean 'rows'"):
        selected(files, ["row"])
