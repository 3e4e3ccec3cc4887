from __future__ import annotations

from typing import Any

import pytest

import funcs
from funcs.errors import Kind, RequestError
from funcs.host import Host
from funcs.response import Response
from funcs.settings import Settings
from tests.funcs.protocols.asking import Given, ask, asked, host_of, log_of, started


def plain(step: Any, settings: Settings | None = None) -> Host:
    graph = funcs.Graph("plain")
    graph.to(step, name="step").respond()
    return started(graph, settings)


def kind_of(value: Any) -> str:
    return type(value).__name__


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b'{"a": 1}', "application/json", "dict"),
        (b'{"a": 1}', "application/json; charset=utf-8", "dict"),
        (b'{"a": 1}', "application/ld+json", "dict"),
        (b'{"a": 1}', "", "dict"),
        (b'"text"', "application/json", "str"),
        (b"null", "application/json", "NoneType"),
        (b"plain", "", "bytes"),
        (b"{}", "text/plain", "bytes"),
        (b"\xff", "image/png", "bytes"),
        (b"", "application/json", "NoneType"),
        (b"", "text/plain", "NoneType"),
        ("decoded by nuclio", "application/json", "str"),
    ],
)
def test_a_body_is_its_json_value_where_it_is_json(body: Any, content_type: str, kind: str) -> None:
    assert kind == ask(plain(kind_of), "/any/path", body, content_type=content_type).body


def test_a_body_that_nuclio_decoded_is_taken_as_it_is() -> None:
    from funcs.event import Event

    response: Any = plain(kind_of).handle(Event(body={"a": 1}, content_type="application/json"))

    assert "dict" == response.body


@pytest.mark.parametrize(
    ("result", "body", "content_type"),
    [
        ("text", "text", "text/plain"),
        (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
        ({"a": (1, 2)}, '{"a":[1,2]}', "application/json"),
        ([], "[]", "application/json"),
        (None, "null", "application/json"),
        (0, "0", "application/json"),
        (False, "false", "application/json"),
        (float("nan"), "null", "application/json"),
        ((201, "made"), '[201,"made"]', "application/json"),
    ],
)
def test_a_result_is_text_bytes_or_json(result: Any, body: Any, content_type: str) -> None:
    response = ask(plain(lambda_of(result)), body=b"1")

    assert (200, content_type, body) == (
        response.status_code,
        response.content_type,
        response.body,
    )


def lambda_of(result: Any) -> Any:
    def step(value: Any) -> Any:
        return result

    return step


def test_a_response_is_left_alone() -> None:
    mine = Response(body="short and stout", status_code=418, headers={"X-Pot": "1"})

    assert mine is ask(plain(lambda_of(mine)))


def test_bad_json_is_refused_in_one_object() -> None:
    status, body = asked(plain(kind_of), "/", b"{bad")

    assert 400 == status
    assert {"error", "code", "id"} == body.keys()
    assert "bad_input" == body["code"]
    assert "e1" == body["id"]
    assert body["error"].startswith("the body is not JSON: ")


def test_a_failed_step_is_named_and_logged_with_its_traceback() -> None:
    def divide(value: Any) -> Any:
        return 1 / value

    host = plain(divide)
    status, body = asked(host, "/", b"0")

    expected = {
        "error": "ZeroDivisionError: division by zero",
        "code": "step_failed",
        "step": "step",
        "id": "e1",
    }
    assert 500 == status
    assert expected == body
    assert "return 1 / value" in log_of(host).errors[0]["traceback"]


def test_a_client_sees_the_traceback_where_the_setting_allows() -> None:
    def divide(value: Any) -> Any:
        return 1 / value

    _, body = asked(plain(divide, Settings(error_detail="full")), "/", b"0")

    assert "return 1 / value" in body["detail"]


def test_user_code_may_refuse_by_kind() -> None:
    def refuse(value: Any) -> Any:
        raise RequestError("no such customer", kind=Kind.UNKNOWN_MODEL)

    host = plain(refuse)
    status, body = asked(host, "/", b"0")

    assert (404, "unknown_model") == (status, body["code"])
    assert [] == log_of(host).errors


def test_a_result_that_is_no_json_is_ours_to_answer_for() -> None:
    host = plain(lambda_of({"a": object()}))
    status, body = asked(host, "/", b"0")

    assert 500 == status
    assert "TypeError: JSON has no form for object" == body["error"]
    assert 1 == len(log_of(host).errors)


def test_a_route_nobody_knows_is_404_beside_models() -> None:
    status, body = asked(host_of(m=Given), "/nothing")

    assert 404 == status
    assert "nothing is served at GET /nothing; GET /v2/models lists the models" == body["error"]


def test_alone_it_gives_any_body_to_the_default_model() -> None:
    host = host_of(settings=Settings(protocols=("native",)), m=Given)

    assert (200, {"a": [1]}) == asked(host, "/anywhere", {"a": [1]})
