"""A Python file, read without running it, for what a function can be made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from funcs.adopt.foreign import Foreign, foreign_class, foreign_function, is_application
from funcs.errors import SpecError
from funcs.spec.source import Source

_OURS = ("funcs.Model", "funcs.SklearnModel", "funcs.model.Model", "funcs.sklearn.SklearnModel")
_ENVIRONMENT = ("os.environ", "environ")


@dataclass(frozen=True, slots=True)
class Find:
    """Something in the folder: ``name`` is ``module:attribute`` or a path, ``where`` file:line."""

    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Code:
    """What one file of a folder has at its top.

    ``handlers`` and ``graphs`` are those that function.yaml could name, ``models`` subclasses of
    funcs.Model; ``foreign`` is written for other frameworks. ``variables`` are read from the
    environment. ``problem`` says why it cannot be read.
    """

    path: str
    handlers: tuple[Find, ...] = ()
    graphs: tuple[Find, ...] = ()
    models: tuple[Find, ...] = ()
    foreign: tuple[tuple[Foreign, Find], ...] = ()
    variables: tuple[Find, ...] = ()
    has_init_context: bool = False
    problem: str = ""

    @property
    def module(self) -> str:
        """What function.yaml calls it; empty where no import statement could."""
        return module_of(self.path)

    @classmethod
    def read(cls, folder: Path, path: str) -> Code:
        """What the file at ``path`` (in ``folder``, with slashes) has."""
        try:
            names = Source.read(folder / path)
            tree = ast.parse((folder / path).read_bytes())
        except SpecError as error:
            return cls(path, problem=error.what)
        except OSError as error:
            return cls(path, problem=f"it cannot be read: {error.strerror}")
        try:
            return _Reader(path, names, tree).code()
        except RecursionError:
            return cls(path, problem="it is nested too deeply to be read")


def module_of(path: str) -> str:
    """The dotted name of a Python file; empty where a part of it is no name.

    >>> module_of("serving/main.py"), module_of("my-model.py")
    ('serving.main', '')
    """
    parts = PurePosixPath(path).with_suffix("").parts
    if parts[-1:] == ("__init__",):
        parts = parts[:-1]
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


class _Reader:
    def __init__(self, path: str, source: Source, tree: ast.Module) -> None:
        self._path = path
        self._source = source
        self._tree = tree
        self._aliases = dict(_imported(tree))
        self._lines = dict(_bound(tree))

    def code(self) -> Code:
        functions = [node for node in self._tree.body if isinstance(node, _FUNCTIONS)]
        classes = [node for node in self._tree.body if isinstance(node, ast.ClassDef)]
        foreign = [*self._foreign(functions, classes), *self._applications()]
        return Code(
            self._path,
            tuple(self._handlers(functions)),
            tuple(self._graphs()),
            tuple(self._find(node.name) for node in classes if self._is_model(node)),
            tuple(foreign),
            tuple(self._variables()),
            "init_context" in self._source.names,
        )

    def _find(self, name: str) -> Find:
        line = self._lines.get(name, 1)
        return Find(f"{module_of(self._path) or self._path}:{name}", f"{self._path}:{line}")

    def _handlers(self, functions: list[_Function]) -> Iterator[Find]:
        """``handler`` however it is made, and functions that take a context and an event."""
        named = [node.name for node in functions if _takes(node, "context", "event")]
        by_name = ["handler"] if "handler" in self._source.names else []
        for name in dict.fromkeys([*by_name, *named]):
            if name != "init_context":
                yield self._find(name)

    def _graphs(self) -> Iterator[Find]:
        """What ``Graph(…)`` makes, where it is ours."""
        if any(name.partition(".")[0] == "funcs" for name in self._aliases.values()):
            yield from map(self._find, dict.fromkeys(self._source.graphs))

    def _is_model(self, node: ast.ClassDef) -> bool:
        return any(self._dotted(base) in _OURS for base in node.bases)

    def _foreign(
        self, functions: list[_Function], classes: list[ast.ClassDef]
    ) -> Iterator[tuple[Foreign, Find]]:
        for node in classes:
            bases = [self._dotted(base) for base in node.bases]
            marks = [self._dotted(mark) for mark in node.decorator_list]
            methods = {item.name for item in node.body if isinstance(item, _FUNCTIONS)}
            kind = None if self._is_model(node) else foreign_class(bases, marks, methods)
            if kind is not None:
                yield kind, self._find(node.name)
        for function in functions:
            words = [argument.arg for argument in function.args.args]
            kind = foreign_function(function.name, words)
            if kind is not None:
                yield kind, self._find(function.name)

    def _applications(self) -> Iterator[tuple[Foreign, Find]]:
        for node in self._tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                kind = is_application(self._dotted(node.value))
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                if kind is not None and names:
                    yield kind, self._find(names[0])

    def _variables(self) -> Iterator[Find]:
        """Environment variables without a default, each where it is first read."""
        seen = set[str]()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                name = _text(node.slice)
                if name and name not in seen and self._dotted(node.value) in _ENVIRONMENT:
                    seen.add(name)
                    yield Find(name, f"{self._path}:{node.lineno}")

    def _dotted(self, node: ast.expr) -> str:
        """The name that an expression means, imports followed: ``funcs.Model``."""
        if isinstance(node, ast.Call):
            return self._dotted(node.func)
        if isinstance(node, ast.Attribute):
            return f"{self._dotted(node.value)}.{node.attr}"
        return self._aliases.get(node.id, node.id) if isinstance(node, ast.Name) else ""


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or whole, whole
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _bound(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in tree.body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node.name, node.lineno
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom):
            for inner in ast.walk(node):
                name = inner.id if isinstance(inner, ast.Name) else ""
                if isinstance(inner, ast.alias):
                    name = inner.asname or inner.name
                if name:
                    yield name, node.lineno


def _takes(node: _Function, *words: str) -> bool:
    return tuple(argument.arg for argument in node.args.args[:2]) == words


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
