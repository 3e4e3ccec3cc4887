"""Whether function.yaml is valid, and what there is to load even where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from funcs.cli.checks.finding import Check, Finding, findings
from funcs.cli.checks.loading import Function
from funcs.errors import SpecError
from funcs.spec import FunctionSpec

_NAME = "function.yaml"


def check_spec(path: Path) -> tuple[Function, Check]:
    """The function at ``path`` as far as it can be made out, and what is wrong with its spec.

    Raises:
        SpecError: there is no such place.
    """
    try:
        spec = FunctionSpec.of(path)
    except SpecError as error:
        if not path.exists():
            raise
        return _guess(path), Check(_NAME, failures=findings(error))
    notes = tuple(Finding(notice) for notice in spec.notices)
    environ = {each.name: each.value for each in spec.spec.env if not each.value_from}
    is_async = spec.settings.nuclio == "1.15" and any(
        trigger.kind == "http" and trigger.mode == "async"
        for trigger in spec.spec.triggers.values()
    )
    graph = spec.settings.graph
    function = Function(spec.name, spec.folder, spec.handler, graph, environ, is_async=is_async)
    what = f"graph {spec.settings.graph}" if spec.is_graph else f"handler {spec.handler}"
    triggers = ", ".join(spec.processor_yaml()["spec"]["triggers"])
    return function, Check(_NAME, f"{spec.name}: {what}, {triggers or 'no trigger'}", notes=notes)


def _guess(path: Path) -> Function:
    """What an invalid file names all the same, so that it is looked at too."""
    from funcs.spec.document import Document

    file = path / _NAME if path.is_dir() else path
    value: object = None
    if file.suffix == ".yaml" and file.is_file():
        value = Document.parse(file.read_bytes().decode("utf-8", "replace")).value
    handler = _text(value, "spec", "handler")
    graph = _text(value, "spec", "runtimeAttributes", "funcs", "graph")
    name = file.parent.resolve().name
    return Function(name, file.parent, handler, graph, {})


def _text(value: Any, *path: str) -> str:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
