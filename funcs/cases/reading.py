"""Reads values out of decoded JSON, each refusal with the place that it is about."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from funcs.errors import FuncsError
from funcs.suggest import did_you_mean


class CaseError(FuncsError):
    """A file of events cannot be read."""


def load(file: Path) -> Any:
    """The JSON in a file.

    Raises:
        CaseError: it cannot be read, or is no JSON; names the line.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        raise CaseError(what, where=str(file)) from None
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}"
        raise CaseError(f"this is no JSON: {error.msg}", where=where) from None
    except RecursionError:
        raise CaseError("this is nested too deep", where=str(file)) from None
    except ValueError as error:
        raise CaseError(f"this is no JSON: {error}", where=str(file)) from None


def encoded(value: Any) -> bytes:
    """The value as JSON in UTF-8; half a character, which has none, stays an escape."""
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


class Node:
    """A JSON object and where it stands; what is asked of it is there and of its type."""

    def __init__(self, value: Any, where: str) -> None:
        """Raises CaseError: ``value`` is no object."""
        if not isinstance(value, dict):
            raise CaseError(f"an object is wanted here, got {_kind(value)}", where=where)
        self.value: dict[str, Any] = value
        self.where = where

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    def at(self, key: str) -> str:
        """The place of a key, for errors."""
        return f"{self.where}.{key}" if "  " in self.where else f"{self.where}  {key}"

    def knows_only(self, keys: Iterable[str], *, noun: str = "keys") -> None:
        """Refuse a key that is none of these."""
        known = list(keys)
        for key in self.value:
            if key not in known:
                fix = did_you_mean(key, known, noun=noun)
                raise CaseError(f"there is no key {key!r} here", where=self.where, fix=fix)

    def node(self, key: str) -> Node:
        """The object at ``key``; absent or null is an empty one."""
        value = self.value.get(key)
        return Node({} if value is None else value, self.at(key))

    def text(self, key: str, default: str = "") -> str:
        """The text at ``key``; absent or null is the default."""
        value = self.value.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise CaseError(f"{key} is a text, got {_kind(value)}", where=self.at(key))
        return _whole(value, self.at(key))

    def flag(self, key: str) -> bool:
        """Whether ``key`` is true; absent is not."""
        value = self.value.get(key, False)
        if not isinstance(value, bool):
            raise CaseError(f"{key} is true or false, got {_kind(value)}", where=self.at(key))
        return value

    def texts(self, key: str) -> list[str]:
        """The list of texts at ``key``."""
        value = self.value.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise CaseError(f"{key} is a list of texts", where=self.at(key))
        return value

    def pairs(self, key: str) -> list[tuple[str, str]]:
        """The map at ``key`` as pairs; numbers and truth values are written as JSON has them."""
        node = self.node(key)
        return [(name, _plain(value, node.at(name))) for name, value in node.value.items()]

    def base64(self, key: str) -> bytes:
        """The bytes that the text at ``key`` encodes."""
        try:
            return b64decode(self.text(key), validate=True)
        except (binascii.Error, ValueError) as error:
            raise CaseError(f"this is no base64: {error}", where=self.at(key)) from None


def file_beside(folder: Path, name: str, *, where: str) -> Path:
    """The file that an event names; it must lie in its folder or below.

    Raises:
        CaseError: it lies elsewhere, or is not there.
    """
    path = folder / name
    try:
        is_inside = path.resolve().is_relative_to(folder.resolve())
        is_there = path.is_file()
    except (ValueError, OSError) as error:  # a NUL in it, or longer than a name may be
        reason = getattr(error, "strerror", None) or error
        raise CaseError(f"{name[:40]!r} is no file: {reason}", where=where) from None
    if not is_inside:
        fix = f"copy it into {folder}"
        raise CaseError(f"the file {name!r} lies outside the events' folder", where=where, fix=fix)
    if not is_there:
        raise CaseError(f"there is no file {str(path)!r}", where=where)
    return path


def _whole(text: str, where: str) -> str:
    """The text, which must be one that can be sent: with no half of a pair of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CaseError("a text holds half a character", where=where) from None
    return text


def _plain(value: Any, where: str) -> str:
    if isinstance(value, str):
        return _whole(value, where)
    if isinstance(value, (dict, list)) or value is None:
        raise CaseError(f"a text is wanted here, got {_kind(value)}", where=where)
    return json.dumps(value)


def _kind(value: Any) -> str:
    names: Mapping[type, str] = {
        dict: "an object", list: "a list", str: "a text", bool: "a truth value",
        type(None): "null",
    }  # fmt: skip
    return names.get(type(value), "a number")
