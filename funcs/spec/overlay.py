"""One YAML document laid over another, as Nuclio merges a function's configurations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from funcs.spec.document import Document
from funcs.spec.inline import Text
from funcs.spec.problem import KeyPath, Problem

_ENV = ("spec", "env")
_NO_MAP = "the file is not a map of keys"
_START = "start with 'spec:' and, under it, 'handler: main:handler'"


@dataclass(frozen=True, slots=True)
class Layer:
    """A document and what errors call its file."""

    document: Document
    file: str

    @classmethod
    def of(cls, text: Text | None) -> Layer:
        """The layer of a text; an empty one without."""
        if text is None:
            return cls(Document({}, {}, {}, ()), "")
        return cls(Document.parse(text.text), text.file)

    def problems(self) -> Iterator[tuple[str, int, Problem]]:
        """What keeps it from being read at all: file, line, problem."""
        document = self.document
        for problem in document.problems:
            yield self.file, problem.line or document.line(problem.path), problem
        if not document.problems and not isinstance(document.value, dict):
            what = "the file is empty" if document.value is None else _NO_MAP
            yield self.file, 0, Problem(what, fix=_START)


@dataclass(frozen=True, slots=True)
class Overlay:
    """The plain ``value`` of both, and where each key was written."""

    value: dict[str, Any]
    texts: Mapping[KeyPath, str]
    _lines: tuple[tuple[str, Mapping[KeyPath, int]], ...]

    @classmethod
    def of(cls, over: Layer, under: Layer) -> Overlay:
        """``over`` on ``under``: what ``over`` says wins, key by key.

        Lists are taken whole, but for `spec.env`, whose variables are merged by their names
        (Nuclio 1.14: pkg/functionconfig/reader.go).
        """
        top, below = over.document, under.document
        moved = _moved(_env(top.value), _env(below.value))
        value = _merge(below.value, top.value)
        if moved:
            rest = [_env(below.value)[index] for index in moved]
            value["spec"]["env"] = [*_env(top.value), *rest]
        texts = {new: text for path, text in below.texts.items() if (new := _path(path, moved))}
        lines = {new: line for path, line in below.lines.items() if (new := _path(path, moved))}
        texts = {path: text for path, text in texts.items() if path not in top.lines}
        return cls(value, {**texts, **top.texts}, ((over.file, top.lines), (under.file, lines)))

    def place(self, path: KeyPath) -> tuple[str, int]:
        """The file and the line of the key, or of the nearest key above it."""
        while path:
            for file, lines in self._lines:
                if path in lines:
                    return file, lines[path]
            path = path[:-1]
        return self._lines[0][0], 0


def _merge(below: Any, top: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(top, dict):
        return below if top is None else top
    return below | {key: _merge(below.get(key), value) for key, value in top.items()}


def _env(value: Any) -> list[Any]:
    for key in _ENV:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _moved(top: list[Any], below: list[Any]) -> dict[int, int]:
    """The places that variables of ``below`` get behind those of ``top``; by their old ones."""
    names = [each.get("name") for each in top if isinstance(each, dict)]
    kept = [
        index
        for index, each in enumerate(below)
        if not isinstance(each, dict) or each.get("name") not in names
    ]
    return {index: len(top) + place for place, index in enumerate(kept)} if top else {}


def _path(path: KeyPath, moved: Mapping[int, int]) -> KeyPath | None:
    """Where a key of the lower document is now; None where it is covered."""
    if path[:2] != _ENV or len(path) < 3 or not moved:
        return path
    index = moved.get(int(path[2]))
    return None if index is None else (*_ENV, index, *path[3:])
