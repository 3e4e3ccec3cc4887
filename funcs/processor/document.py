"""A YAML document as Nuclio's Go structs would take it: any case of key, strict about types."""

from __future__ import annotations

import json
import os.path

from funcs.errors import SpecError
from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from typing import Any


class Document(Record):
    """A map of a YAML file, and where in which file it lies."""

    value: Mapping[str, Any]
    file: str = ""
    path: str = ""

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Document:
        """The map that the file holds; an empty file is an empty map.

        Raises:
            SpecError: the file cannot be read, or it is no YAML map.
        """
        try:
            with open(path, "rb") as source:
                text = source.read()
        except OSError as error:
            what = f"{path} cannot be read: {error.strerror or error}"
            raise SpecError(what, where=str(path), fix="name an existing file") from error
        name = os.path.basename(path)
        value = _parse(text, name)
        if value is not None and not isinstance(value, dict):
            kind = _kind(value)
            raise SpecError(_mismatch(kind, "value of type processor.Configuration"), where=name)
        return cls(value or {}, name)

    def __contains__(self, key: str) -> bool:
        return self._get(key) is not None

    def at(self, key: str) -> str:
        """The place of ``key``, for errors."""
        return f"{self.file}  {self._inner(key)}"

    def map(self, key: str) -> Document:
        """The map at ``key``; absent or null is an empty one."""
        value = self._get(key)
        if value is not None and not isinstance(value, dict):
            raise self._refused(key, value, "map")
        return Document(value or {}, self.file, self._inner(key))

    def items(self) -> list[tuple[str, Document]]:
        """The maps in this one, by their names; a name need be no text."""
        pairs = []
        for key, value in self.value.items():
            name = key if isinstance(key, str) else str(key).lower()
            if value is not None and not isinstance(value, dict):
                raise self._refused(name, value, "map")
            pairs.append((name, Document(value or {}, self.file, self._inner(name))))
        return pairs

    def maps(self, key: str) -> list[Document]:
        """The list of maps at ``key``; absent or null is an empty one."""
        items = self._list(key)
        for item in items:
            if not isinstance(item, dict):
                raise self._refused(key, item, "map")
        return [Document(item, self.file, self._inner(key)) for item in items]

    def texts(self, key: str) -> list[str]:
        """The list of texts at ``key``; absent or null is an empty one."""
        items = self._list(key)
        for item in items:
            if not isinstance(item, str):
                raise self._refused(key, item, "string")
        return items

    def text(self, key: str) -> str:
        """The text at ``key``; absent or null is empty."""
        value = self._get(key)
        if value is not None and not isinstance(value, str):
            raise self._refused(key, value, "string")
        return value or ""

    def number(self, key: str, *, default: int = 0) -> int:
        """The whole number at ``key``."""
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._refused(key, value, "int")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """The truth value at ``key``."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            raise self._refused(key, value, "bool")
        return default if value is None else value

    def _get(self, key: str) -> Any:
        if key in self.value:
            return self.value[key]
        for name, value in self.value.items():  # Go's JSON reader matches in any case
            if isinstance(name, str) and name.lower() == key.lower():
                return value
        return None

    def _list(self, key: str) -> list[Any]:
        value = self._get(key)
        if value is not None and not isinstance(value, list):
            raise self._refused(key, value, "slice")
        return value or []

    def _inner(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _refused(self, key: str, value: object, expected: str) -> SpecError:
        field = f"struct field {_go_path(self.path, key)} of type {expected}"
        return SpecError(_mismatch(_kind(value), field), where=self.at(key))


def _parse(text: bytes, name: str) -> object:
    if text[:1] == b"{":  # JSON is YAML too, and needs no import
        try:
            return json.loads(text)
        except ValueError:
            pass
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error)
        # Go's reader counts from 0 where it is the grammar that is hurt.
        theirs = line if isinstance(error, yaml.scanner.ScannerError) else line - 1
        place = f"line {theirs}: " if theirs else ""
        what = f"error converting YAML to JSON: yaml: {place}{problem}"
        raise SpecError(what, where=f"{name}:{line}") from error


def _go_path(path: str, key: str) -> str:
    """How Go names the field: a trigger's without its key in the map."""
    parts = path.split(".")
    if parts[:2] == ["spec", "triggers"]:
        return f"Trigger.Config.spec.triggers.{key}"
    return ".".join(["Config", *(part for part in parts if part), key])


def _mismatch(kind: str, target: str) -> str:
    head = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal"
    return f"{head} {kind} into Go {target}"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    names = {str: "string", list: "array", dict: "object", int: "number", float: "number"}
    return names.get(type(value), "string")
