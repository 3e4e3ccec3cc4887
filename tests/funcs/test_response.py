from __future__ import annotations

import json
import math
from typing import Any

import nuclio_sdk
import nuclio_sdk.json_encoder
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.response import Response, ResultWriter


def nuclios(output: Any) -> str:
    """What Nuclio's wrapper writes, by nuclio_sdk."""
    encode = nuclio_sdk.json_encoder.Encoder().encode
    if isinstance(output, list):
        text = encode([Response.from_entrypoint_output(encode, one) for one in output])
    else:
        text = encode(Response.from_entrypoint_output(encode, output))
    return str(text)


class Word(str):
    __slots__ = ()


class Table(dict[str, int]):
    pass


class Blob(bytes):
    pass


class Plain:
    def __repr__(self) -> str:
        return "Plain()"


@pytest.mark.parametrize(
    "output",
    [
        "héllo \x7f\ud800",
        "x" * 20_000,
        Word("w"),
        b"\x00\xff",
        b"",
        Blob(b"z"),
        bytearray(b"\xfe"),
        None,
        7,
        1.5,
        True,
        {"a": 1, "n": math.nan, "b": b"x"},
        Table(a=1),
        {},
        ["first", {"second": 2}, [3], None],
        [],
        (201, "x"),
        (202, {"a": 1}),
        (204, None),
        (203, b"zz"),
        (200, Word("w")),
        ("205", "x"),
        (200.0, "x"),
        (True, "x"),
        (1, "x"),
        (None, "x"),
        ({"a": 1}, 201),
        (1, 2, 3),
        ("x",),
        (),
        Plain(),
        {3},
        Response(),
        Response(body="x", status_code=404),
        Response(body=b"\x01", content_type="application/octet-stream"),
        Response(body={"a": math.nan}),
        Response(body={"é": 1}, content_type="text/html", status_code=400),
        Response(body=[1, 2]),
        Response(body=Plain()),
        Response(body="x", headers={"X-A": "é", "X-B": b"a", "X-N": math.nan, 5: None}),
        Response(body="x", headers=[("X-A", "b")]),
        Response(body="x", event_id="mine"),
        Response(body="x", event_id=5, content_type=5, status_code="404"),
        Response(body="x", status_code=math.inf),
        nuclio_sdk.Event(path="/a"),
    ],
)
def test_every_kind_of_output_is_written_as_nuclio_does(output: Any) -> None:
    assert nuclios(output) == ResultWriter().write(output)


BODIES = st.text() | st.binary() | st.none() | st.dictionaries(st.text(), st.integers() | st.text())


@given(
    st.lists(st.builds(Response, body=BODIES, content_type=st.text(), status_code=st.integers()))
)
def test_responses_are_written_as_nuclio_does(outputs: list[Any]) -> None:
    writer = ResultWriter()

    for output in outputs:
        assert nuclios(output) == writer.write(output)
    assert nuclios(outputs) == writer.write(outputs)


def test_a_response_that_was_changed_later_is_written_as_it_is() -> None:
    response = Response()
    response.body, response.headers = "late", None

    assert nuclios(response) == ResultWriter().write(response)


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ({(1, 2): "a"}, TypeError),
        (Response(body={"b": b"x"}), TypeError),
        (Response(body="x", headers={b"X": "a"}), TypeError),
    ],
)
def test_what_cannot_be_written_is_an_error(output: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ResultWriter().write(output)


def test_a_status_of_true_is_not_mistaken_for_one() -> None:
    writer = ResultWriter()
    seen = [json.loads(writer.write((status, "x")))["status_code"] for status in (1, True, 1.0)]

    assert ["1", "True", "1.0"] == [repr(status) for status in seen]


def test_many_kinds_of_answer_do_not_pile_up() -> None:
    writer = ResultWriter()

    for status in range(2000):
        assert nuclios((status, "x")) == writer.write((status, "x"))
