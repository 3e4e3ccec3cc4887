"""Which packages a function's code imports, read from its source without running it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a package that is neither the function's own nor Python's."""

    package: str
    file: Path
    line: int


def imports_of(folder: Path, module: str) -> list[Import]:
    """The foreign imports of ``module`` in ``folder`` and of all own files that it reaches.

    Left out: what is imported for type checkers alone, or with ImportError provided for.
    """
    found: list[Import] = []
    waiting, seen = list(_files(folder, module)), set[Path]()
    while waiting:
        file = waiting.pop(0)
        if file in seen:
            continue
        seen.add(file)
        for name, line in _named(file, folder):
            own = list(_files(folder, name))
            waiting += own
            package = name.partition(".")[0]
            if not own and not _is_own(folder, package) and not _is_python(package):
                found.append(Import(package, file, line))
    return found


def _is_python(package: str) -> bool:
    return package in sys.stdlib_module_names or package == "__main__"


def _is_own(folder: Path, package: str) -> bool:
    return (folder / package).is_dir() or (folder / f"{package}.py").is_file()


def _files(folder: Path, name: str) -> Iterator[Path]:
    """The function's own files that importing ``name`` runs."""
    place = folder
    for part in name.split("."):
        place = place / part
        for file in (place.with_name(f"{part}.py"), place / "__init__.py"):
            if file.is_file():
                yield file


def _named(file: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """The dotted names that a file imports, with their lines; relative ones made absolute."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # loading it will say so, at its line
    package = file.parent.relative_to(folder).parts
    for node in _imports(tree.body):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
            continue
        base = package[: len(package) - node.level + 1] if node.level else ()
        module = ".".join((*base, node.module or "")).strip(".")
        if module:
            yield module, node.lineno
        if node.level or _is_own(folder, module.partition(".")[0]):  # the names may be modules
            yield from ((f"{module}.{alias.name}".strip("."), node.lineno) for alias in node.names)


def _imports(nodes: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements in and below the nodes that must succeed."""
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.Try) and any(map(_catches_import_error, node.handlers)):
            yield from _imports([*node.orelse, *node.finalbody])
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from _imports(node.orelse)
        else:
            yield from _imports(ast.iter_child_nodes(node))


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    names = {node.id for node in ast.walk(handler.type or handler) if isinstance(node, ast.Name)}
    caught = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    return handler.type is None or bool(names & caught)
