"""``funcs``: chooses the command, runs it, and turns whatever escapes into an exit code.

0 is success, 1 an error that a person can mend, 2 wrong usage, 70 a bug of ours, 130 Ctrl-C.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module

TYPE_CHECKING = False  # typing would be a tenth of the help's cost
if TYPE_CHECKING:
    from collections.abc import Sequence

#: Each command's module, imported only if the command is chosen, and its line in the help.
COMMANDS = {
    "new": ("funcs.cli.new", "write a new function from a template"),
    "init": ("funcs.cli.init", "make a folder that is none yet a function"),
    "run": ("funcs.cli.run", "serve a function here, as Nuclio would"),
    "invoke": ("funcs.cli.invoke", "send one event to a function"),
    "test": ("funcs.cli.test", "send the events beside a function, compare the answers"),
    "replay": ("funcs.cli.replay", "send recorded events again, compare the answers"),
    "check": ("funcs.cli.check", "find everything wrong with a function at once"),
    "graph": ("funcs.cli.graph", "draw a function's graph"),
    "schema": ("funcs.cli.schema", "print the JSON Schema of function.yaml, or of events"),
    "build": ("funcs.cli.build", "make an image of a function"),
    "inspect": ("funcs.cli.inspect", "show what an image holds"),
    "deploy": ("funcs.cli.deploy", "put a function on Nuclio, Kubernetes or Docker"),
    "rollback": ("funcs.cli.rollback", "go back to the deploy before"),
    "promote": ("funcs.cli.promote", "make the canary the function that serves"),
    "get": ("funcs.cli.get", "list the functions that are deployed"),
    "describe": ("funcs.cli.describe", "look at a deployed function"),
    "logs": ("funcs.cli.logs", "print what a deployed function wrote"),
    "enable": ("funcs.cli.enable", "start a deployed function that was stopped"),
    "disable": ("funcs.cli.disable", "stop a deployed function, and keep it"),
    "delete": ("funcs.cli.delete", "remove deployed functions"),
    "processor": ("funcs.processor.command", "run the processor alone, as an image does"),
}


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
    if words[:1] == ["processor"]:
        from funcs.processor.command import plain_options, run

        given = plain_options(words[1:])  # an image's start does not wait for argparse
        if given is not None:
            return run(given)
    import argparse

    from funcs.cli.parser import DEBUG, command_parser, front_parser

    chosen = next((word for word in words if not word.startswith("-")), "")
    at = words.index(chosen) if chosen else len(words)
    parser = front_parser(COMMANDS)
    parser.parse_args(words[:at])
    if not chosen:
        parser.print_help(sys.stderr)
        return 2
    if chosen not in COMMANDS:
        return _unknown(chosen)
    name, summary = COMMANDS[chosen]
    module = import_module(name)
    command = command_parser(chosen, summary)
    module.add_arguments(command)
    with contextlib.suppress(argparse.ArgumentError):  # `run` has a --debug that does more
        command.add_argument("--debug", action="store_true", help=DEBUG)
    code: int = module.run(command.parse_args(words[at + 1 :]))
    return code


def _unknown(word: str) -> int:
    from funcs.suggest import did_you_mean

    fix = did_you_mean(word, COMMANDS, noun="commands")
    print(f"error: there is no command {word!r}\n  fix: {fix}", file=sys.stderr)
    return 2


def _never_fail_to_print() -> None:
    """Where a terminal lacks a character it shows an escape; a closed stream swallows all."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # `funcs run >&-`
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115 - as long as we run
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a test's stream may have none
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
