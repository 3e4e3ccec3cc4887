from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.worker.result import Result, ResultReader, read_results

PLAIN = {
    "body": "x",
    "content_type": "text/plain",
    "headers": {},
    "status_code": 200,
    "body_encoding": "text",
}


def line_of(value: object) -> bytes:
    return b"r" + json.dumps(value).encode()


def read(**changes: Any) -> Result:
    return ResultReader().read(line_of({**PLAIN, **changes}))


def test_a_plain_answer() -> None:
    assert Result(200, b"x", "text/plain", {}) == read()


def test_bytes_come_as_base64() -> None:
    assert b"\x00\xff" == read(body="AP8=", body_encoding="base64").body


def test_an_event_id_is_kept() -> None:
    assert "mine" == read(event_id="mine").event_id


def test_headers_keep_their_types() -> None:
    headers = {"X-A": "b", "x-nuclio-stream-no-ack": True, "X-N": 5}

    assert headers == read(headers=headers).headers


def test_a_headers_name_that_looks_like_a_field_does_not_mislead() -> None:
    headers = {"X-A": "b", "content_type": "z"}

    result = read(headers=headers)

    assert ("text/plain", headers, b"x") == (result.content_type, result.headers, result.body)


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert "x\ufffd".encode() == read(body="x\udfff").body


@pytest.mark.parametrize("status", [None, 0])
def test_no_status_is_zero(status: object) -> None:
    assert 0 == read(status_code=status).status_code


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("status_code", "205", "string into Go struct field Result.status_code of type int"),
        ("status_code", 404.0, "number 404.0 into Go struct field Result.status_code of type int"),
        ("status_code", 200.5, "number 200.5 into Go struct field Result.status_code of type int"),
        ("status_code", True, "bool into Go struct field Result.status_code of type int"),
        ("status_code", {}, "object into Go struct field Result.status_code of type int"),
        (
            "status_code",
            10**30,
            f"number {10**30} into Go struct field Result.status_code of type int",
        ),
        ("content_type", 5, "number into Go struct field Result.content_type of type string"),
        ("content_type", ["a"], "array into Go struct field Result.content_type of type string"),
        ("event_id", 5.5, "number into Go struct field Result.event_id of type string"),
        (
            "headers",
            [["X", "y"]],
            "array into Go struct field Result.headers of type map[string]interface {}",
        ),
    ],
)
def test_a_field_of_a_wrong_type_is_answered_in_gos_words(
    field: str, value: object, sentence: str
) -> None:
    result = read(**{field: value})

    expected = f"json: cannot unmarshal {sentence}"
    assert (500, expected) == (result.status_code, result.error)
    assert (expected.encode(), "text/plain; charset=utf-8") == (result.body, result.content_type)


def test_the_first_wrong_field_is_named() -> None:
    assert "Result.content_type" in read(content_type=5, status_code="x").error


def test_an_unknown_body_encoding_is_an_error() -> None:
    assert 'Unknown body encoding - "zip"' == read(body_encoding="zip").error


def test_bad_base64_is_an_error() -> None:
    assert "illegal base64 data at input byte 2" == read(body="AP*=", body_encoding="base64").error


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"r", "unexpected end of JSON input"),
        (b"r{", "unexpected end of JSON input"),
        (b"rx", "invalid character 'x' looking for beginning of value"),
        (b"r{}", 'Unknown body encoding - ""'),
        (b"r5", "json: cannot unmarshal number into Go value of type result.Result"),
        (b'r{"status_code": NaN}', "invalid character 'N' looking for beginning of value"),
        (b'r{"status_code": -Infinity}', "invalid character 'I' in numeric literal"),
        (
            b'r[{"status_code": "x"}]',
            "json: cannot unmarshal array into Go value of type result.Result",
        ),
        (b"r" + b"[" * 100_000, "exceeded max depth"),
    ],
)
def test_a_line_that_cannot_be_read_is_a_500(line: bytes, error: str) -> None:
    result = ResultReader().read(line)

    assert (500, error) == (result.status_code, result.error)


def test_the_first_of_a_list_answers_a_single_event() -> None:
    assert b"one" == ResultReader().read(line_of([{**PLAIN, "body": "one"}, PLAIN])).body


def test_an_empty_list_is_json() -> None:
    assert Result(200, b"[]", "application/json", {}) == ResultReader().read(b"r[]")


def test_a_batch_has_one_result_for_each() -> None:
    line = line_of([{**PLAIN, "event_id": "a"}, {**PLAIN, "event_id": "b", "body": "y"}])

    assert [("a", b"x"), ("b", b"y")] == [(r.event_id, r.body) for r in read_results(line)]


TEXT = st.text(st.characters(), max_size=60)


@given(
    body=TEXT,
    content_type=TEXT,
    headers=st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=3),
    status_code=st.integers(-5, 1000),
    event_id=TEXT,
)
def test_the_fast_way_and_the_plain_way_read_the_same(**fields: Any) -> None:
    line = line_of({**PLAIN, **fields})
    reader = ResultReader()

    assert read_results(line) == [reader.read(line)] == [reader.read(line)]


@given(st.binary())
def test_any_bytes_arrive_as_they_were(body: bytes) -> None:
    text = base64.b64encode(body).decode()

    assert body == read(body=text, body_encoding="base64").body


def test_ends_of_lines_are_not_kept_without_bound() -> None:
    reader = ResultReader()
    for number in range(3000):
        reader.read(line_of({**PLAIN, "event_id": str(number)}))

    assert len(reader._tails) <= 256
