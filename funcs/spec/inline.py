"""A function.yaml written as a comment in the handler's file: Nuclio's ``@nuclio.configure``.

A comment block that starts with ``# @nuclio.configure`` and holds ``function.yaml:``, with the
file's content indented under it (Nuclio 1.14: pkg/processor/build/inlineparser).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_MARK = re.compile(r"#\s*@nuclio\.configure\s*")
_KEY = re.compile(r"function\.yaml:\s*")


@dataclass(frozen=True, slots=True)
class Text:
    """YAML and what errors call its file; lines are numbered as in the file."""

    text: str
    file: str


def inline_yaml(path: Path) -> Text | None:
    """The function.yaml in the comments of the Python file; None where there is none."""
    try:
        source = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    if "@nuclio.configure" not in source:
        return None
    block = _block(source.splitlines())
    return Text("\n".join(block), str(path)) if block else None


def _block(lines: list[str]) -> list[str]:
    """What stands under ``function.yaml:``, an empty line for each line of the file before it."""
    kept: list[str] = []
    is_within = has_key = False
    for line in lines:
        if not is_within:
            is_within = _MARK.fullmatch(line.strip()) is not None
        elif not line.startswith("#"):
            break
        elif has_key:
            kept.append(line[1:].removeprefix(" "))
            continue
        else:
            has_key = _KEY.fullmatch(line[1:].strip()) is not None
        kept.append("")
    return kept if has_key else []
