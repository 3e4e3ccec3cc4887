"""Reads a traceback for what a person needs: what is wrong, and at which line of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import funcs
from funcs.errors import ProcessorError

_PACKAGE = str(Path(funcs.__file__).parent)
_FRAME = re.compile(r'^ +File "(.+?)", line (\d+)', re.MULTILINE)
_ERROR = re.compile(r"^([A-Za-z_][\w.]*)(?:: (.*))?$", re.MULTILINE)
#: Where an image has us.
_INSTALLED = re.compile(r"/(?:site|dist)-packages/funcs/")
_MISSING = re.compile(r"No module named '([\w.]+)'")
#: Who imports what spec.handler names: our worker, or Nuclio's wrapper.
_IMPORTER = re.compile(r"/funcs/worker/handler\.py$|/_nuclio_wrapper\.py$")
_NO_HANDLER = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")


@dataclass(frozen=True, slots=True)
class Blame:
    """The ``error`` that a traceback ends with, and what of the ``traceback`` is worth reading.

    An error of ours says all there is to say: its traceback is empty.
    """

    error: ProcessorError
    traceback: tuple[str, ...]


def blame(lines: Sequence[str], folder: Path) -> Blame | None:
    """Who is to blame in a traceback: the last line of it that lies in ``folder``.

    Nothing if the lines hold no traceback.
    """
    whole = "\n".join(lines)
    head, found, last = whole.rpartition("Traceback (most recent call last):")
    text = last if found else whole
    frames = list(_FRAME.finditer(text))
    errors = list(_ERROR.finditer(text, frames[-1].end())) if frames else []
    if not errors:
        return None
    name, said = errors[-1][1], errors[-1][2] or ""
    if name.startswith("funcs."):
        rest = text[errors[-1].end() :]
        where = _noted("at: ", rest) or _own_place(text, folder) or _own_place(head, folder)
        where = where.removeprefix(f"{folder.resolve()}/")
        return Blame(ProcessorError(said, where=where, fix=_noted("fix:", rest)), ())
    place = _own_place(text, folder)
    if not place and (handler := _NO_HANDLER.fullmatch(said)):
        return Blame(_no_handler(handler[1], handler[2]), ())
    if (module := _MISSING.fullmatch(said)) and _IMPORTER.search(frames[-1][1]):
        return Blame(_no_module(module[1]), ())
    short = name.rpartition(".")[2]
    error = ProcessorError(
        f"{short}: {said}" if said else short,
        where=place or f"{frames[-1][1]}:{frames[-1][2]}",
        fix=_fix(said),
    )
    return Blame(error, tuple(without_our_frames(lines)))


def without_our_frames(lines: Sequence[str]) -> Iterator[str]:
    """The traceback without the frames of the worker itself, which are the same every time."""
    is_ours = False
    for line in lines:
        if frame := _FRAME.match(line):
            is_ours = frame[1].startswith((_PACKAGE, "<frozen importlib")) or bool(
                _INSTALLED.search(frame[1])
            )
        elif not line.startswith("    "):
            is_ours = False
        if not is_ours:
            yield line


def _own_place(text: str, folder: Path) -> str:
    """``main.py:3``: the last frame below ``folder``, as seen from there; else empty."""
    root = folder.resolve()
    for frame in reversed(list(_FRAME.finditer(text))):
        file = Path(frame[1])
        if file.is_absolute() and file.is_relative_to(root):
            return f"{file.relative_to(root)}:{frame[2]}"
    return ""


def _no_handler(module: str, name: str) -> ProcessorError:
    """No line of the function's raised it: the worker sought what spec.handler names."""
    what = f"module {module!r} has no {name!r}, named by '{module}:{name}'"
    fix = f"write def {name}(context, event), or correct spec.handler in function.yaml"
    return ProcessorError(what, where=f"{module.replace('.', '/')}.py", fix=fix)


def _no_module(name: str) -> ProcessorError:
    """Nothing of the function's was imported yet: the handler's own module is missing."""
    file = f"{name.replace('.', '/')}.py"
    fix = f"write {file} beside function.yaml, or correct spec.handler in it"
    return ProcessorError(
        f"there is no module {name!r}, which spec.handler names", where=file, fix=fix
    )


def _noted(label: str, text: str) -> str:
    """What our own errors write below themselves: ``at:`` and ``fix:``."""
    found = re.search(rf"^  {label} (.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _fix(said: str) -> str:
    missing = _MISSING.search(said)
    if missing is None:
        return ""
    package = missing[1].partition(".")[0]
    return f"pip install {package}, and name it in requirements.txt; or correct the import"
