"""Looks at a handler's source, without running it, for what a function can be made of."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from funcs.errors import SpecError


@dataclass(frozen=True, slots=True)
class Source:
    """The names that a module defines at its top, and which of them are made by ``Graph(…)``."""

    path: Path
    names: frozenset[str]
    graphs: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Source:
        """What the Python file at ``path`` defines.

        Raises:
            SpecError: it is not Python.
        """
        try:
            tree = ast.parse(path.read_bytes(), filename=str(path))
        except SyntaxError as error:
            raise SpecError(f"not Python: {error.msg}", where=f"{path}:{error.lineno}") from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise SpecError(f"not Python: {error}", where=str(path)) from None
        names, graphs = set[str](), list[str]()
        for statement in ast.walk(_top(tree)):
            names.update(_defined(statement))
            if isinstance(statement, ast.Assign | ast.AnnAssign) and _makes_graph(statement.value):
                graphs += _defined(statement)
        return cls(path, frozenset(names), tuple(graphs))


def _top(tree: ast.Module) -> ast.Module:
    """The module without the insides of functions and classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.body = []
    return tree


def _defined(node: ast.AST) -> list[str]:
    """The names that one statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    return [
        name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
    ]


def _makes_graph(value: ast.expr | None) -> bool:
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    return (
        called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    ) == "Graph"
