"""Whether a function's code is Python to its image: a start would say so, and much later.

A file is judged once, and again when it has changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from funcs.errors import FuncsError
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.inputs import Inputs
from funcs.packaging.syntax_child import complaint
from funcs.packaging.workshop import Workshop

_CHILD = Path(__file__).with_name("syntax_child.py")
_FORMAT = 1
#: Of more files than this it is not told which.
_MOST_TOLD = 5

Complaint = tuple[str, int]


def judged(
    function: FunctionFacts, inputs: Inputs, python: str, workshop: Workshop
) -> tuple[str, ...]:
    """A note for each file that is no Python ``python``, as far as that can be told here.

    Raises:
        FuncsError: it is the one with what the function serves.
    """
    wanted = {path: digest for path, digest in inputs.digests.items() if path.endswith(".py")}
    wanted = {path: digest for path, digest in wanted.items() if not digest.startswith("->")}
    key = f"{_FORMAT}\n{python}\n{function.folder.absolute()}"
    known = workshop.cache.recall("python", key) or {}
    new = [path for path, digest in wanted.items() if known.get(path) != digest]
    if not new and len(known) == len(wanted):
        return ()
    found = _complaints(function.folder, new, python, workshop.environ)
    if found is None:
        return ()
    good = {path: digest for path, digest in wanted.items() if path not in found}
    if good != known:
        workshop.cache.remember("python", key, good)
    _refuse_served(function, found, python)
    return tuple(_told(found, python))


def _complaints(
    folder: Path, paths: Sequence[str], python: str, environ: Mapping[str, str]
) -> dict[str, Complaint] | None:
    """What is wrong with which of the files; None where no Python here can tell."""
    answers = _answers([str(folder / path) for path in paths], python, environ)
    if answers is None:
        return None
    pairs = zip(paths, answers, strict=True)
    return {path: (answer[0], answer[1]) for path, answer in pairs if answer}


def _answers(
    files: Sequence[str], python: str, environ: Mapping[str, str]
) -> list[Complaint | None] | None:
    """What is wrong with each; None where no Python here can tell."""
    minor, here = int(python.partition(".")[2]), sys.version_info.minor
    if minor == here or not files:
        return [complaint(file) for file in files]
    answers = _of_another(files, python, environ)
    if answers is None and minor < here:  # no grammar has taken back what an earlier one had
        return [complaint(file, minor) for file in files]
    return answers


def _of_another(
    files: Sequence[str], python: str, environ: Mapping[str, str]
) -> list[Complaint | None] | None:
    """The answers of a Python of that version on PATH; None where there is none."""
    from funcs_builder.interpreter import Interpreter

    interpreter = Interpreter.find(python, environ)
    if interpreter is None:
        return None
    import subprocess

    line = [interpreter.path, "-I", "-S", "-B", "-W", "ignore", str(_CHILD)]
    done = subprocess.run(
        line, input=json.dumps(files), capture_output=True, text=True, check=False
    )
    try:
        answers: list[Complaint | None] = json.loads(done.stdout)
    except ValueError:
        return None
    return answers if len(answers) == len(files) else None


def _refuse_served(function: FunctionFacts, found: Mapping[str, Complaint], python: str) -> None:
    """Refuse a function whose own module nobody can import."""
    for served in filter(None, (function.handler, function.graph)):
        parts = served.partition(":")[0].split(".")
        packages = [f"{'/'.join(parts[: at + 1])}/__init__.py" for at in range(len(parts))]
        for path in (f"{'/'.join(parts)}.py", *packages):
            if path in found:
                said, line = found[path]
                where, fix = f"{function.folder / path}:{line}", "correct it; funcs check looks too"
                raise FuncsError(f"it is no Python {python}: {said}", where=where, fix=fix)


def _told(found: Mapping[str, Complaint], python: str) -> list[str]:
    lines = [
        f"{path}:{line} is no Python {python}: {said}"
        for path, (said, line) in sorted(found.items())[:_MOST_TOLD]
    ]
    more = len(found) - len(lines)
    return [*lines, *([f"{more} more files are no Python {python}"] if more else [])]
