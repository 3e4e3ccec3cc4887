"""JSON Schema of the event files of ours, for editors."""

from __future__ import annotations

from typing import Any

from funcs.compare.matchers import TYPES

_TEXT = {"type": "string"}
_MATCHER = {
    "type": "object",
    "description": "takes more than one value",
    "properties": {
        "$any": {"const": True, "description": "whatever is there"},
        "$type": {"enum": list(TYPES), "description": "any value of this type"},
        "$contains": {"description": "text that holds this text, or a list that holds this item"},
        "$matches": {**_TEXT, "description": "text in which this regular expression is found"},
        "$near": {"type": "number", "description": "numbers within $tolerance"},
        "$tolerance": {"type": "number", "minimum": 0, "description": "of $near (1e-6)"},
        "$equals": {"description": "this value alone, its keys beginning with $ or not"},
    },
    "additionalProperties": False,
}
_FILE = {**_TEXT, "description": "the body is this file's, in the folder of the event or below"}
_BASE64 = {**_TEXT, "description": "the body, in base64"}
_CODE = {"type": "integer", "minimum": 100, "maximum": 999}

_EVENT = {
    "type": "object",
    "description": "what is sent; a body makes it a POST",
    "properties": {
        "method": {**_TEXT, "description": "GET, or POST if there is a body"},
        "path": {**_TEXT, "description": "path and query; else the first model's, or /"},
        "query": {"type": "object", "description": "fields added to the path's query"},
        "headers": {"type": "object", "description": "headers by name"},
        "json": {"description": "the body, sent as JSON with its content type"},
        "text": {**_TEXT, "description": "the body, sent as UTF-8"},
        "base64": _BASE64,
        "file": _FILE,
    },
    "additionalProperties": False,
}
_ANSWER = {
    "type": "object",
    "description": "what is expected; nothing said: any status below 400",
    "properties": {
        "status": {
            "anyOf": [_CODE, {"type": "array", "items": _CODE}],
            "description": "the status, or those that are taken (any below 400)",
        },
        "headers": {
            "type": "object",
            "additionalProperties": {"anyOf": [_TEXT, {"type": "null"}, _MATCHER]},
            "description": "headers that must be there; null: must not",
        },
        "json": {"description": "the body: of maps the keys that count, of lists every item"},
        "text": {"anyOf": [_TEXT, _MATCHER], "description": "the body as text"},
        "base64": _BASE64,
        "file": _FILE,
        "exact": {"type": "boolean", "description": "maps must not hold other keys (false)"},
        "tolerance": {
            "type": "number",
            "minimum": 0,
            "description": "between numbers: relative above 1, absolute below (1e-6)",
        },
        "ignore": {
            "type": "array",
            "items": _TEXT,
            "description": "paths that do not count, as a difference prints them",
        },
    },
    "additionalProperties": False,
}


def event_schema() -> dict[str, Any]:
    """The schema as plain values (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "an event and its answer",
        "type": "object",
        "properties": {
            "$schema": _TEXT,
            "about": {**_TEXT, "description": "what the event shows, for people"},
            "event": _EVENT,
            "answer": _ANSWER,
        },
        "required": ["event", "answer"],
        "additionalProperties": False,
    }
