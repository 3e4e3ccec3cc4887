"""The argument parsers of ``funcs``, their help and the wording of their errors."""

from __future__ import annotations

import argparse
import os
import sys

import funcs

TYPE_CHECKING = False  # typing would be a tenth of the help's cost
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

DEBUG = "show the causes of an error"
_DEFAULT_WIDTH = 80


class _Parser(argparse.ArgumentParser):
    """A parser that words its errors as all of ours are."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"error: {message}\n")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, found without argparse's import of shutil."""

    def __init__(self, prog: str) -> None:
        columns = os.environ.get("COLUMNS", "")
        super().__init__(prog, width=int(columns) if columns.isdecimal() else _columns())


def _columns() -> int:
    try:
        return os.get_terminal_size().columns - 2
    except OSError:  # no terminal
        return _DEFAULT_WIDTH


def front_parser(commands: Mapping[str, tuple[str, str]]) -> argparse.ArgumentParser:
    """The parser of what stands before a command, with the table of commands in its help."""
    about = f"{funcs.__doc__}".partition("\n")[0]
    table = "\n".join(f"  {name:<10} {summary}" for name, (_, summary) in commands.items())
    parser = _Parser(
        "funcs",
        usage="funcs [-h] [--version] [--debug] COMMAND ...",
        description=f"{about}\n\ncommands:\n{table}",
        epilog="start with: funcs new shop --template sklearn",
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"funcs {funcs.__version__}")
    parser.add_argument("--debug", action="store_true", help=DEBUG)
    return parser


def command_parser(name: str, summary: str) -> argparse.ArgumentParser:
    """An empty parser for one command."""
    sentence = f"{summary[0].upper()}{summary[1:]}."
    return _Parser(f"funcs {name}", description=sentence, formatter_class=_Help)
