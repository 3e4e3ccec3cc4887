"""YAML as plain values that remember their lines, read without trust in the text.

Nuclio reads YAML 1.1 with Go's rules; what Go and Python read differently, or what few people
mean (``off`` as a name, a key given twice), is a problem here instead of a surprise there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from funcs.spec.problem import KeyPath, Problem

_TAG = "tag:yaml.org,2002:"
#: Aliases of aliases grow exponentially; no function.yaml comes near this.
_MOST_VALUES = 50_000

_SYNTAX_FIXES = {
    "cannot start any token": "indent with spaces, and quote text that starts with @, ` or %",
    "mapping values are not allowed": "quote the text if it holds ': ', or mind the indent above",
    "expected a single document": "keep one document in the file; remove what follows '---'",
    "undefined alias": "define the anchor with & before it is used with *",
    "expected <block end>": "lines that belong together start in the same column",
    "could not find expected ':'": "write 'key: value', with a space after the colon",
}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its plain ``value``, and where each key stands.

    ``texts`` has how the scalars are written that YAML does not take for text.
    """

    value: object
    lines: Mapping[KeyPath, int]
    texts: Mapping[KeyPath, str]
    problems: tuple[Problem, ...]

    @classmethod
    def parse(cls, text: str) -> Document:
        """The document in ``text``; where that is not YAML, ``problems`` says why."""
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            return cls(None, {}, {}, (_syntax(error),))
        except (ValueError, OverflowError) as error:  # an escape of no character, e.g. "\UFFFFFFFF"
            return cls(None, {}, {}, (Problem(f"not YAML: {error}"),))
        except RecursionError:
            return cls(None, {}, {}, (Problem("nested too deep to be meant"),))
        builder = _Builder()
        value = builder.build(node, ()) if node is not None else None
        return cls(value, builder.lines, builder.texts, tuple(builder.problems))

    def line(self, path: KeyPath) -> int:
        """The line of the key ``path``, or of the nearest key above it; 0 for the whole file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def _syntax(error: yaml.YAMLError) -> Problem:
    """What PyYAML's own message says, on one line and with its place."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    reason = " ".join(said.split())
    fix = next((fix for words, fix in _SYNTAX_FIXES.items() if words in str(error)), "")
    return Problem(f"not YAML: {reason}", fix=fix, line=mark.line + 1 if mark else 0)


class _Builder:
    """Turns composed nodes into values, noting lines and problems on the way."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.texts: dict[KeyPath, str] = {}
        self.problems: list[Problem] = []
        self._values = 0
        self._open: set[int] = set()
        self._scalars = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, path: KeyPath) -> object:
        self._values += 1
        if self._values == _MOST_VALUES:
            self._note("more than a function.yaml can hold", node, path, "use fewer aliases")
        if self._values >= _MOST_VALUES:
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            self._note("an alias stands inside its own anchor", node, path)
            return None
        self._open.add(id(node))
        value = self._collection(node, path)
        self._open.discard(id(node))
        return value

    def _collection(self, node: yaml.Node, path: KeyPath) -> object:
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            self._note(f"the YAML tag {_short(node.tag)} has no meaning here", node, path)
        if isinstance(node, yaml.MappingNode):
            return self._map(node, path)
        values = []
        for index, child in enumerate(node.value):
            self.lines[*path, index] = child.start_mark.line + 1
            values.append(self.build(child, (*path, index)))
        return values

    def _map(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, object]:
        own = [pair for pair in node.value if pair[0].tag != f"{_TAG}merge"]
        values: dict[str, object] = {}
        for _, source in (pair for pair in node.value if pair[0].tag == f"{_TAG}merge"):
            values.update(self._merged(source, path))
        seen: dict[str, int] = {}
        for key_node, child in own:
            key = self._key(key_node, path)
            if key is None:
                continue
            line = key_node.start_mark.line + 1
            if key in seen:
                what = f"the key {key!r} is given twice, first in line {seen[key]}"
                self.problems.append(Problem(what, (*path, key), "keep one of them", line))
            seen[key] = self.lines[*path, key] = line
            values[key] = self.build(child, (*path, key))
        return values

    def _merged(self, source: yaml.Node, path: KeyPath) -> dict[str, object]:
        """What ``<<:`` brings in; of several maps the first wins (YAML 1.1, merge key)."""
        parts = source.value if isinstance(source, yaml.SequenceNode) else [source]
        values: dict[str, object] = {}
        for part in parts:
            value = self.build(part, path)
            if isinstance(value, dict):
                values = value | values
            else:
                self._note("'<<' merges maps only", part, path)
        return values

    def _key(self, node: yaml.Node, path: KeyPath) -> str | None:
        """The key as text: numbers as written, but neither YAML's booleans nor null."""
        if not isinstance(node, yaml.ScalarNode):
            self._note("a key must be text", node, path)
        elif node.tag == f"{_TAG}bool":
            what = f"the unquoted key {node.value} is a boolean in YAML, not a name"
            self._note(what, node, (*path, node.value), f"quote it: '{node.value}'")
        elif node.tag == f"{_TAG}null":
            self._note("a key is empty", node, path, "name it, or remove the line")
        elif not _is_text(node.value):
            self._note("a key holds half a character (a lone surrogate)", node, path)
        else:
            return str(node.value)
        return None

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> object:
        kind = node.tag.removeprefix(_TAG)
        text: str = node.value
        if kind in ("str", "timestamp", "value"):  # a date stays the text that was written
            if not _is_text(text):
                self._note("text holds half a character (a lone surrogate)", node, path)
            return text
        self.texts[path] = text
        if kind == "null":
            return None
        if kind not in ("bool", "int", "float"):
            self._note(f"the YAML tag {_short(node.tag)} has no meaning here", node, path)
            return None
        return self._plain(node, kind, path)

    def _plain(self, node: yaml.ScalarNode, kind: str, path: KeyPath) -> object:
        try:
            value = getattr(self._scalars, f"construct_yaml_{kind}")(node)
            str(value)  # CPython refuses to spell integers of thousands of digits
        except (ValueError, KeyError, IndexError, OverflowError):
            self._note(f"{node.value[:40]!r} is not a YAML {kind}", node, path)
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._note(f"{node.value} is no number that JSON can say", node, path, "quote it")
        return value

    def _note(self, what: str, node: yaml.Node, path: KeyPath, fix: str = "") -> None:
        self.problems.append(Problem(what, path, fix, node.start_mark.line + 1))


def _short(tag: str) -> str:
    return repr(str(tag).replace(_TAG, "!!")[:40])


def _is_text(text: str) -> bool:
    """Whether the text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
