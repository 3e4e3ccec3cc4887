"""Turns what pydantic found into our own sentences, each at its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from funcs.spec.part import Part
from funcs.spec.problem import KeyPath, Problem, shown
from funcs.suggest import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "float_type": "a number",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "list_type": "a list",
    "tuple_type": "a list",
}
_MOST_LISTED = 15
_KINDS = {
    dict: "a map",
    list: "a list",
    str: "the text",
    bool: "the boolean",
    type(None): "nothing",
}


def explain(
    detail: ErrorDetails, model: type[Part], texts: Mapping[KeyPath, str], at: KeyPath = ()
) -> Problem:
    """One thing that is wrong in a ``model`` that stands under the key ``at``.

    ``texts`` says how the scalars are written.
    """
    inside = tuple(part for part in detail["loc"] if part != "[key]")
    path, kind, value = (*at, *inside), detail["type"], detail["input"]
    if kind == "wrong":
        return Problem(detail["ctx"]["what"], path, detail["ctx"]["fix"])
    if kind == "extra_forbidden":
        fix = _nearest(str(path[-1]), known_keys(model, inside[:-1]))
        return Problem(f"unknown key {path[-1]!r}", path, fix)
    if kind == "missing":
        return Problem(f"{path[-1]!r} is missing", path, f"add '{path[-1]}:'")
    if kind == "literal_error":
        words = [str(word) for word in _words(detail["ctx"]["expected"])]
        what = f"{path[-1]!r} cannot be {shown(value)}"
        return Problem(what, path, did_you_mean(str(value), words, noun="values"))
    if kind in _EXPECTED:
        return _of_wrong_kind(_EXPECTED[kind], value, path, texts.get(path))
    return Problem(_out_of_bounds(detail, path), path)


def _nearest(word: str, known: list[str]) -> str:
    """The fix for an unknown key; dozens of known ones are not listed."""
    if len(known) <= _MOST_LISTED:
        return did_you_mean(word, known, noun="keys")
    from difflib import get_close_matches

    near = get_close_matches(word, known, 1)
    return f"did you mean {near[0]!r}?" if near else "remove it, or see all keys: funcs schema"


def _out_of_bounds(detail: ErrorDetails, path: KeyPath) -> str:
    kind, value, bounds = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "greater_than_equal":
        return f"{value} is less than {bounds['ge']}, the least"
    if kind == "greater_than":
        return f"{value} is not more than {bounds['gt']}"
    if kind == "less_than_equal":
        return f"{value} is more than {bounds['le']}, the most"
    if kind in ("string_too_short", "too_short"):
        return f"{path[-1]!r} is empty"
    return f"{shown(value)} will not do: {detail['msg'].lower()}"


def _of_wrong_kind(expected: str, value: object, path: KeyPath, text: str | None) -> Problem:
    if expected == "text" and text is not None:
        kind = "boolean" if isinstance(value, bool) else "number"
        what = f"expected text, but {text} without quotes is a {kind} in YAML"
        return Problem(what, path, f"quote it: '{text}'")
    got = _KINDS.get(type(value))
    said = shown(value) if got in (None, "the text", "the boolean") else ""
    fix = "remove the quotes" if isinstance(value, str) and _would_do(value, expected) else ""
    return Problem(f"expected {expected}, got {' '.join(filter(None, (got, said)))}", path, fix)


def _would_do(text: str, expected: str) -> bool:
    """Whether the text would be right without its quotes."""
    if expected == "a whole number":
        return text.isascii() and text.isdigit()
    return expected == "true or false" and text in ("true", "false")


def _words(expected: str) -> Iterator[str]:
    """The choices in pydantic's ``'a', 'b' or 'c'``."""
    for word in expected.replace(" or ", ", ").split(", "):
        if text := word.strip("'"):
            yield text


def known_keys(model: type[Part], path: KeyPath = ()) -> list[str]:
    """The keys that may stand under ``path`` of a ``model``."""
    place: Any = model
    for part in path:
        if isinstance(part, int) or not _is_part(place):
            place = _inner(place)
        else:
            place = _plain(_fields(place)[str(part)])
    return list(_fields(place)) if _is_part(place) else []


def _fields(model: type[Part]) -> dict[str, Any]:
    """The type of each key, by the name it has in the file."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Part)


def _inner(kind: Any) -> Any:
    """What a list or a map holds: ``X`` of ``tuple[X, ...]`` and ``dict[str, X]``."""
    inside = [part for part in get_args(kind) if part not in (Ellipsis, str)]
    return _plain(inside[0]) if inside else None


def _plain(kind: Any) -> Any:
    """The type without ``Annotated`` and ``| None``."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _plain(next(part for part in get_args(kind) if part is not type(None)))
    return kind
