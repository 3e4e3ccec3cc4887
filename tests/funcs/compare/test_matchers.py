"""What an expected value may say instead of a value."""

from __future__ import annotations

from typing import Any

import pytest

from funcs.compare.matchers import MatcherError, with_matchers
from funcs.compare.values import Rules, differences


def sentences(expected: Any, actual: Any) -> list[str]:
    wanted = with_matchers(expected, where="answer.json")
    return [each.sentence() for each in differences(wanted, actual, ("body",), Rules())]


@pytest.mark.parametrize(
    ("expected", "taken", "refused"),
    [
        ({"$any": True}, [None, 1, "x", [], {}], []),
        ({"$type": "string"}, ["", "x"], [1, None, []]),
        ({"$type": "number"}, [1, 1.5], ["1", True]),
        ({"$type": "integer"}, [1, 2.0, 10**400], [1.5, True, "1", float("inf")]),
        ({"$type": "boolean"}, [True, False], [0, None]),
        ({"$type": "null"}, [None], [0, ""]),
        ({"$type": "array"}, [[], [1]], [{}, "[]"]),
        ({"$type": "object"}, [{}, {"a": 1}], [[], "{}"]),
        ({"$contains": "b"}, ["abc", ["a", "b"]], ["a", ["abc"], 1, None]),
        ({"$contains": {"$type": "null"}}, [[1, None]], [[1], "null"]),
        ({"$matches": "^v[0-9]+$"}, ["v1"], ["v", 1, ["v1"]]),
        ({"$near": 0.9, "$tolerance": 0.05}, [0.9, 0.94], [0.8, "0.9", True]),
        ({"$near": 2}, [2, 2.0000001], [2.1, 10**400]),
        ({"$equals": {"$type": "x"}}, [{"$type": "x"}], [{"$type": "x", "a": 1}, "x"]),
    ],
)
def test_a_matcher_takes_some_values_and_refuses_others(
    expected: Any, taken: list[Any], refused: list[Any]
) -> None:
    assert [] == [value for value in taken if sentences(expected, value)]
    assert [] == [value for value in refused if not sentences(expected, value)]


def test_a_refusal_says_what_would_be_taken() -> None:
    expected = {"version": {"$matches": "^v"}, "rows": [{"$type": "number"}]}

    assert [
        "body.version: expected text that matches '^v', was \"1\"",
        'body.rows[0]: expected any number, was "2"',
    ] == sentences(expected, {"version": "1", "rows": ["2"]})
    assert ["body.rows: expected any array, was absent"] == sentences(
        {"rows": {"$type": "array"}}, {}
    )


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        ({"$tpye": "string"}, "did you mean '\\$type'"),
        ({"$type": "text"}, "there is no type 'text'"),
        ({"$type": ["string"]}, "there is no type"),
        ({"$any": False}, "true alone"),
        ({"$matches": "("}, "regular expression"),
        ({"$matches": 1}, "regular expression"),
        ({"$near": "1"}, "takes a number"),
        ({"$near": 1, "$tolerance": -1}, "from 0"),
        ({"$type": "string", "length": 3}, "a matcher is one of"),
        ({"$tolerance": 1}, "a matcher is one of"),
    ],
)
def test_a_matcher_that_cannot_be_is_refused_with_its_place(expected: Any, sentence: str) -> None:
    with pytest.raises(MatcherError, match=sentence) as caught:
        with_matchers({"a": [expected]}, where="answer.json")

    assert "answer.json.a[0]" == caught.value.where
