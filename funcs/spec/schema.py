"""JSON Schema of function.yaml, for editors: keys, types, and what they mean.

The meanings are the docstrings that stand under the keys in the models' source: written once,
read here only when a schema is wanted.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter

from funcs.settings import Settings
from funcs.spec.body import FunctionYaml
from funcs.spec.part import Part
from funcs.spec.trigger import KINDS


def function_schema() -> dict[str, Any]:
    """The schema as plain values (draft 2020-12)."""
    schema = FunctionYaml.model_json_schema(by_alias=True)
    parts = schema["$defs"] | {"FunctionYaml": schema}
    for model in _models(Part):
        if model.__name__ in parts:
            _describe_part(parts[model.__name__], model)
    parts["Trigger"]["properties"]["kind"]["enum"] = list(KINDS)
    attributes = parts["Spec"]["properties"]["runtimeAttributes"]
    attributes["properties"] = {"funcs": _settings()}
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft} | schema | {"title": "function.yaml"}


def _models(base: type[Part]) -> Iterator[type[Part]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _describe_part(part: dict[str, Any], model: type[Part]) -> None:
    texts = _docstrings(model)
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    for key, value in part["properties"].items():
        _describe(value, texts.get(names[key], ""))


def _settings() -> dict[str, Any]:
    """What funcs itself is told, the one free map that is ours."""
    schema = TypeAdapter(Settings).json_schema()
    texts = _docstrings(Settings)
    for name, value in schema["properties"].items():
        _describe(value, texts.get(name, ""))
    return schema | {"additionalProperties": False}


def _describe(value: dict[str, Any], text: str) -> None:
    value.pop("title", None)
    if text:
        value["description"] = " ".join(text.split())


def _docstrings(kind: type) -> dict[str, str]:
    """The docstring under each attribute of a class."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    statements = [statement for node in tree.body for statement in getattr(node, "body", [])]
    texts = {}
    for first, second in pairwise(statements):
        match first, second:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                texts[name] = text
            case _:
                pass
    return texts
