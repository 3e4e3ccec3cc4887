"""Whether the function's files hide what it, Python or funcs needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from funcs.cli.checks.finding import Check, Finding

#: What every worker imports beside the standard library.
_OURS = ("funcs", "nuclio_sdk", "msgpack")
#: Modules of the standard library that nobody else imports, so that hiding them is harmless.
_HARMLESS = {"antigravity", "test", "this", "idlelib", "turtledemo", "turtle"}


def check_files(folder: Path, *, is_graph: bool) -> Check:
    """The names in the function's folder, which comes first on sys.path."""
    failures = [*_hiding(folder), *_foreign_funcs()]
    if is_graph:
        failures += _own_function(folder)
    said = "no file hides a module of Python or funcs"
    return Check("files", said, tuple(failures))


def _hiding(folder: Path) -> Iterator[Finding]:
    for path in sorted(folder.iterdir()):
        name = path.stem if path.suffix == ".py" else path.name
        if not _is_module(path) or path.resolve() == Path(sys.modules["funcs"].__path__[0]):
            continue
        if name in _OURS:
            what, whose = f"{path.name!r} hides the package {name!r}", "which every worker imports"
        elif name in sys.stdlib_module_names and name not in _HARMLESS:
            what, whose = f"{path.name!r} hides Python's own module {name!r}", ""
        else:
            continue
        yield Finding(", ".join(filter(None, (what, whose))), str(path), "rename it")


def _is_module(path: Path) -> bool:
    if path.is_dir():
        return path.name.isidentifier() and any(path.glob("*.py"))
    return path.suffix == ".py"


def _own_function(folder: Path) -> Iterator[Finding]:
    """A graph is hosted by funcs' own function.py, which must be the one that is found."""
    for path in (folder / "function.py", folder / "function"):
        if _is_module(path) and path.exists():
            what = f"{path.name!r} hides funcs' own module 'function', which hosts the graph"
            yield Finding(what, str(path), "rename it")


def _foreign_funcs() -> Iterator[Finding]:
    try:
        version = metadata.version("funcs")
    except metadata.PackageNotFoundError:
        return
    yield Finding(
        f"the package 'funcs' {version} is installed: a stranger's, with the same import name",
        fix="pip uninstall funcs, then pip install --force-reinstall funcs-serving",
    )
