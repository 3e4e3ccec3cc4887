"""``funcs schema``: JSON Schemas, by which an editor checks function.yaml and event files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from funcs.errors import FuncsError

#: Where `funcs new` puts it, and where the first line of a template's function.yaml looks.
SCHEMA_FILE = Path(".funcs", "function.schema.json")
#: The same for the files in ``events/``.
EVENT_SCHEMA_FILE = Path(".funcs", "event.schema.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take which one, and where to write it."""
    add = parser.add_argument
    add(
        "what",
        nargs="?",
        choices=["function", "event"],
        default="function",
        help="of function.yaml, or of the files in events/ (function)",
    )
    add("-o", "--output", type=Path, metavar="FILE", help="write it there")


def run(args: argparse.Namespace) -> int:
    """Print the schema, or write it."""
    text = event_schema_text() if args.what == "event" else schema_text()
    if args.output is None:
        print(text)
        return 0
    try:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise FuncsError(f"cannot write it: {error.strerror}", where=str(args.output)) from None
    return 0


def schema_text() -> str:
    """That of function.yaml, as JSON text."""
    from funcs.spec.schema import function_schema

    return json.dumps(function_schema(), indent=1, ensure_ascii=False)


def event_schema_text() -> str:
    """That of a file in ``events/``, as JSON text."""
    from funcs.cases.schema import event_schema

    return json.dumps(event_schema(), indent=1, ensure_ascii=False)
