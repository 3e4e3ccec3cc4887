"""The JSON Schema of function.yaml says what the reader takes, in the models' own words."""

from __future__ import annotations

from typing import Any

from funcs.spec.schema import function_schema
from funcs.spec.trigger import KINDS


def definition(name: str) -> dict[str, Any]:
    part: dict[str, Any] = function_schema()["$defs"][name]
    return part


def test_keys_are_those_of_the_file_and_no_others() -> None:
    spec = definition("Spec")

    assert {"targetCPU", "disableDefaultHTTPTrigger", "eventTimeout"} <= set(spec["properties"])
    assert spec["additionalProperties"] is False
    assert "title" not in spec["properties"]["handler"]


def test_each_key_is_described_by_its_docstring() -> None:
    keys = definition("Spec")["properties"]

    assert keys["handler"]["description"].startswith("`module:function`")


def test_trigger_kinds_and_our_settings_are_offered() -> None:
    settings = definition("Spec")["properties"]["runtimeAttributes"]["properties"]["funcs"]

    assert list(KINDS) == definition("Trigger")["properties"]["kind"]["enum"]
    assert "module:attribute" in settings["properties"]["graph"]["description"]


def test_quantities_may_be_numbers() -> None:
    values = definition("Resources")["properties"]["limits"]["additionalProperties"]

    assert [{"type": "string"}, {"type": "number"}] == values["anyOf"]
