"""``funcs schema``: the JSON Schema that lets an editor complete and check function.yaml."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from funcs.errors import FuncsError

#: Where `funcs new` puts it, and where the first line of a template's function.yaml looks.
SCHEMA_FILE = Path(".funcs", "function.schema.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take where to write it."""
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it there")


def run(args: argparse.Namespace) -> int:
    """Print the schema, or write it."""
    text = schema_text()
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
    """The schema as JSON text."""
    from funcs.spec.schema import function_schema

    return json.dumps(function_schema(), indent=1, ensure_ascii=False)
