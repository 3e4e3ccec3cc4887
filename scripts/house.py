"""Holds the rules of the house that no linter knows: the length of files and functions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60
ROOMS = ("funcs", "builder", "handlers", "templates", "benchmarks", "scripts", "tests")


def offences(path: Path) -> Iterator[str]:
    """Each rule that the file breaks, as ``path:line: sentence``."""
    source = path.read_text()
    lines = source.count("\n")
    if lines > FILE_LINES:
        fix = "give its second noun a file of its own"
        yield f"{path}:1: {lines} lines, {FILE_LINES} at most: {fix}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                place = f"{path}:{node.lineno}: {node.name}"
                yield f"{place} has {length} lines, {FUNCTION_LINES} at most"


def main() -> int:
    """Print every offence; 1 if there is one."""
    root = Path(__file__).parent.parent
    files = [
        path.relative_to(root)
        for room in ROOMS
        for path in sorted((root / room).rglob("*.py"))
        if "data" not in path.relative_to(root).parts
    ]
    found = [line for path in files for line in offences(path)]
    print("\n".join(found) or f"house: {len(files)} files within their measure")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
