"""The schema for editors knows what the reader knows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from funcs.cases import case, expected
from funcs.cases.schema import event_schema
from funcs.compare.matchers import MatcherError, with_matchers

TEMPLATES = Path(__file__).parents[3] / "templates"


def test_the_schema_has_every_key_and_no_other() -> None:
    schema = event_schema()
    properties = schema["properties"]

    assert set(case.KEYS) == set(properties)
    assert set(case.EVENT_KEYS) == set(properties["event"]["properties"])
    assert set(expected.KEYS) == set(properties["answer"]["properties"])


def test_the_schema_has_every_matcher() -> None:
    text = event_schema()["properties"]["answer"]["properties"]["text"]
    names = set(text["anyOf"][1]["properties"])

    with pytest.raises(MatcherError) as caught:
        with_matchers({"$x": 1}, where="")
    assert names - {"$tolerance"} == set(caught.value.fix.partition(": ")[2].split(", "))


def test_the_templates_cases_name_the_schema_that_new_writes() -> None:
    found = [json.loads(file.read_text()) for file in sorted(TEMPLATES.glob("*/events/*.json"))]
    cases = [each for each in found if case.is_case(each)]

    assert ["../.funcs/event.schema.json"] * 2 == [each["$schema"] for each in cases]
