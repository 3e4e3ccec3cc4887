"""The commands that a wheel installs: small files that call a function, or are run as they are."""

from __future__ import annotations

import configparser

__all__ = ["console_scripts", "with_python"]

_GROUPS = ("console_scripts", "gui_scripts")
_CALL = """import sys

from {module} import {name}

if __name__ == "__main__":
    sys.exit({call}())
"""


def console_scripts(entry_points: str, python: str) -> dict[str, bytes]:
    """The text of each command in an ``entry_points.txt`` by its name, run by ``python``.

    Raises:
        ValueError: a line names no function.
    """
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(entry_points)
    except configparser.Error as error:
        raise ValueError(str(error)) from None
    groups = [parser[group] for group in _GROUPS if parser.has_section(group)]
    return {name: _script(name, value, python) for group in groups for name, value in group.items()}


def _script(name: str, value: str, python: str) -> bytes:
    module, _, call = value.partition("[")[0].strip().partition(":")
    module, call = module.strip(), call.strip()
    words = [*module.split("."), *call.split(".")]
    if not all(word.isidentifier() for word in words) or "/" in name or name in ("", ".", ".."):
        raise ValueError(f"{name} = {value}")
    text = _CALL.format(module=module, name=call.partition(".")[0], call=call)
    return _first_line(python) + text.encode()


def with_python(script: bytes, python: str) -> bytes:
    """A script of a wheel's ``.data/scripts``: ``#!python`` becomes the interpreter's path."""
    first, newline, rest = script.partition(b"\n")
    if not first.startswith(b"#!python"):
        return script
    words = first.split(None, 1)
    options = b" " + words[1].strip() if len(words) > 1 else b""
    return _first_line(python).rstrip(b"\n") + options + newline + rest


def _first_line(python: str) -> bytes:
    return f"#!/{python.lstrip('/')}\n".encode()
