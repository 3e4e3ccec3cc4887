"""``funcs``: chooses the command, runs it, and turns whatever escapes into an exit code.

0 is success, 1 an error that a person can mend, 2 wrong usage, 70 a bug of ours, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from importlib import import_module

import funcs

TYPE_CHECKING = False  # typing would be a tenth of the help's cost
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

#: Each command's module, imported only if the command is chosen, and its line in the help.
COMMANDS = {
    "new": ("funcs.cli.new", "write a new function from a template"),
    "run": ("funcs.cli.run", "serve a function here, as Nuclio would"),
    "invoke": ("funcs.cli.invoke", "send one event to a function"),
    "check": ("funcs.cli.check", "find everything wrong with a function at once"),
    "graph": ("funcs.cli.graph", "draw a function's graph"),
    "schema": ("funcs.cli.schema", "print the JSON Schema of function.yaml"),
    "processor": ("funcs.processor.command", "run the processor alone, as an image does"),
}
_DEBUG = "show the causes of an error"
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. ``argv`` is the process' own where not given."""
    words = list(sys.argv[1:] if argv is None else argv)
    _never_fail_to_print()
    debug = "--debug" in words
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as in `funcs schema | head`
        _drop_output()
        return 141
    except Exception as error:
        from funcs.cli.failure import report

        return report(error, sys.stderr, os.environ, debug=debug)


def _run(words: list[str]) -> int:
    """Parse the words with the arguments of the one command they name, and run it."""
    chosen = next((word for word in words if not word.startswith("-")), "")
    at = words.index(chosen) if chosen else len(words)
    parser = _parser()
    parser.parse_args(words[:at])
    if not chosen:
        parser.print_help(sys.stderr)
        return 2
    if chosen not in COMMANDS:
        return _unknown(chosen)
    name, summary = COMMANDS[chosen]
    module = import_module(name)
    command = _command_parser(chosen, summary)
    module.add_arguments(command)
    with contextlib.suppress(argparse.ArgumentError):  # `run` has a --debug that does more
        command.add_argument("--debug", action="store_true", help=_DEBUG)
    code: int = module.run(command.parse_args(words[at + 1 :]))
    return code


def _parser() -> argparse.ArgumentParser:
    about = f"{funcs.__doc__}".partition("\n")[0]
    table = "\n".join(f"  {name:<10} {summary}" for name, (_, summary) in COMMANDS.items())
    parser = _Parser(
        "funcs",
        usage="funcs [-h] [--version] [--debug] COMMAND ...",
        description=f"{about}\n\ncommands:\n{table}",
        epilog="start with: funcs new shop --template sklearn",
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"funcs {funcs.__version__}")
    parser.add_argument("--debug", action="store_true", help=_DEBUG)
    return parser


def _command_parser(name: str, summary: str) -> argparse.ArgumentParser:
    sentence = f"{summary[0].upper()}{summary[1:]}."
    return _Parser(f"funcs {name}", description=sentence, formatter_class=_Help)


def _unknown(word: str) -> int:
    from funcs.suggest import did_you_mean

    fix = did_you_mean(word, COMMANDS, noun="commands")
    print(f"error: there is no command {word!r}\n  fix: {fix}", file=sys.stderr)
    return 2


def _never_fail_to_print() -> None:
    """A terminal that lacks a character shows an escape instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a test's stream may have none
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
