from __future__ import annotations

from funcs.request import Request


def test_a_bare_request_leaves_the_choice_to_the_graph() -> None:
    request = Request([1])

    assert [1] == request.inputs
    assert ("", "", "infer", {}, "", None) == (
        request.model,
        request.version,
        request.operation,
        request.parameters,
        request.id,
        request.event,
    )


def test_parameters_are_not_shared_between_requests() -> None:
    Request().parameters["seen"] = True

    assert {} == Request().parameters


def test_a_copy_is_another_request_with_the_same_contents() -> None:
    body = [[1.0]]
    request = Request(
        body, model="m", version="v1", operation="explain", parameters={"a": 1}, id="7"
    )
    copied = request.copy()
    copied.inputs = None

    assert body is request.inputs
    assert ("m", "v1", "explain", {"a": 1}, "7") == (
        copied.model,
        copied.version,
        copied.operation,
        copied.parameters,
        copied.id,
    )


def test_it_shows_what_it_asks_for() -> None:
    assert "Request(infer m:v1, id='7')" == repr(Request(model="m", version="v1", id="7"))
    assert "Request(explain default, id='')" == repr(Request(operation="explain"))
