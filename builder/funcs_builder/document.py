"""Reads the JSON of manifests and configs, which come from elsewhere: every field is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping

from funcs_builder.errors import BuildError

__all__ = ["Document"]


class Document:
    """A JSON object; ``what`` says whose, for the errors.

    Raises on a field that has another type:
        BuildError: it names the field.
    """

    def __init__(self, fields: Mapping[str, object], what: str) -> None:
        self.fields = fields
        self.what = what

    @classmethod
    def of(cls, data: bytes, what: str) -> Document:
        """The object that ``data`` holds.

        Raises:
            BuildError: it holds no JSON object.
        """
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise BuildError(f"{what} is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise BuildError(f"{what} is no JSON object")
        return cls(found, what)

    def text(self, key: str, default: str | None = None) -> str:
        """The field as text."""
        found = self.fields.get(key)
        found = default if found is None else found
        if not isinstance(found, str):
            raise self._refusal(key, "text")
        return found

    def number(self, key: str) -> int:
        """The field as a whole number, not below 0."""
        found = self.fields.get(key)
        if not isinstance(found, int) or found < 0:
            raise self._refusal(key, "a number of bytes")
        return found

    def texts(self, key: str) -> dict[str, str]:
        """The field as a map of text to text; empty where it is absent."""
        return {name: str(value) for name, value in self.child(key).fields.items()}

    def child(self, key: str) -> Document:
        """The object in the field; an empty one where it is absent."""
        found = self.fields.get(key)
        if found is None:
            found = {}
        if not isinstance(found, dict):
            raise self._refusal(key, "an object")
        return Document(found, f"{self.what}: {key}")

    def children(self, key: str) -> list[Document]:
        """The objects in the field; none where it is absent."""
        found = self._list(key)
        if not all(isinstance(item, dict) for item in found):
            raise self._refusal(key, "a list of objects")
        return [Document(item, f"{self.what}: {key}") for item in found if isinstance(item, dict)]

    def words(self, key: str) -> tuple[str, ...]:
        """The texts in the field; none where it is absent."""
        found = self._list(key)
        if not all(isinstance(item, str) for item in found):
            raise self._refusal(key, "a list of texts")
        return tuple(map(str, found))

    def _list(self, key: str) -> list[object]:
        found = self.fields.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            raise self._refusal(key, "a list")
        return found

    def _refusal(self, key: str, kind: str) -> BuildError:
        return BuildError(f"{self.what}: {key!r} is not {kind}")
