"""One case: an event, and what its answer should be, as a file beside the function has them.

A file of ``events/`` is one of three things: a case of ours (``event`` and ``answer``), a saved
Nuclio event (``spec``), or any other JSON, which is the body of a POST. The answer to one of the
latter two is in ``NAME.answer.json`` beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funcs.cases.event import HttpEvent, with_query
from funcs.cases.expected import Expected
from funcs.cases.nuclio import event_of_spec
from funcs.cases.reading import CaseError, Node, encoded, file_beside, load

#: The keys of a case, and of its event; of those of the body one at most.
KEYS = ("$schema", "about", "event", "answer")
EVENT_KEYS = ("method", "path", "query", "headers", "json", "text", "base64", "file")
ANSWER_SUFFIX = ".answer.json"
_BODIES = ("json", "text", "base64", "file")
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Case:
    """An event and what its answer should be."""

    event: HttpEvent
    expected: Expected

    @classmethod
    def read(cls, file: Path, *, path: str = "/") -> Case:
        """The case in ``file``; its event goes to ``path`` unless it says where.

        Raises:
            CaseError: the file is no JSON, or no case; names the key.
            FuncsError: a matcher or a path in it cannot be read.
        """
        if file.name.endswith(ANSWER_SUFFIX):
            name = file.name.removesuffix(ANSWER_SUFFIX)
            what = f"this is the answer to no event: there is no {name}.json beside it"
            raise CaseError(what, where=str(file))
        value = load(file)
        beside = file.with_name(file.stem + ANSWER_SUFFIX)
        if is_case(value):
            node = Node(value, str(file))
            node.knows_only(KEYS)
            if beside.is_file():
                what = f"{file.name} has an answer, and {beside.name} is another"
                raise CaseError(what, where=str(file), fix="keep one of them")
            event = _event(node.node("event"), file.parent, path)
            return cls(event, Expected.of(node.node("answer"), file.parent))
        expected = Expected()
        if beside.is_file():
            expected = Expected.of(Node(load(beside), str(beside)), file.parent)
        return cls(event_in(value, file, path=path), expected)


def event_in(value: Any, file: Path, *, path: str = "/") -> HttpEvent:
    """The event that a file's JSON is, whatever its answer should be.

    Raises:
        CaseError: it is no event.
    """
    if is_case(value):
        return _event(Node(value["event"], f"{file}  event"), file.parent, path)
    if isinstance(value, dict) and isinstance(value.get("spec"), dict):
        return event_of_spec(Node(value["spec"], f"{file}  spec"), path=path)
    return HttpEvent("POST", path, (("Content-Type", _JSON),), file.read_bytes())


def is_case(value: Any) -> bool:
    """Whether it is a case of ours, and not a body that happens to have an ``event``.

    It is where an ``answer`` stands beside the event, or where that has only an event's keys.
    """
    event = value.get("event") if isinstance(value, dict) else None
    if not isinstance(event, dict):
        return False
    return isinstance(value.get("answer"), dict) or (
        bool(event) and event.keys() <= set(EVENT_KEYS)
    )


def _event(node: Node, folder: Path, path: str) -> HttpEvent:
    node.knows_only(EVENT_KEYS)
    headers = node.pairs("headers")
    body, kind = _body(node, folder)
    if kind and all(name.lower() != "content-type" for name, _ in headers):
        headers.append(("Content-Type", kind))
    method = (node.text("method") or ("GET" if body is None else "POST")).upper()
    target = with_query("/" + node.text("path", path).removeprefix("/"), node.pairs("query"))
    return HttpEvent(method, target, tuple(headers), body)


def _body(node: Node, folder: Path) -> tuple[bytes | None, str]:
    """The body and its content type."""
    given = [key for key in _BODIES if key in node.value]
    if len(given) > 1:
        what = f"an event has one body, got {' and '.join(given)}"
        raise CaseError(what, where=node.where, fix="keep one of them")
    if not given:
        return None, ""
    key = given[0]
    if key == "json":
        return encoded(node.value[key]), _JSON
    if key == "text":
        return node.text(key).encode(), "text/plain; charset=utf-8"
    if key == "base64":
        return node.base64(key), "application/octet-stream"
    import mimetypes  # reads the system's tables

    file = file_beside(folder, node.text(key), where=node.at(key))
    return file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream"
