"""The files that an image is made of, each by a digest: so that a deploy sees what has changed.

Only bytes count, never times: a file that is put back with an older time is another file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from funcs.errors import FuncsError
from funcs.manifest import FILE, Manifest
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.folder import CODE, folder_contents
from funcs.packaging.known_files import KnownFiles
from funcs.packaging.models import MEMORY
from funcs_builder.cache import Cache
from funcs_builder.entry import Entry, FileContent

#: Below this, reading a file is no slower than looking up what it was.
_SMALL_BYTES = 64 * 1024
_REQUIREMENTS = "requirements.txt"


def input_digests(function: FunctionFacts, cache: Cache | None = None) -> dict[str, str]:
    """A digest for each file and link that the function's image is made of, by its path.

    Those of the folder that go in, the models of models.json, and what is read to make the image.
    A large file that has not changed since the last time is not read; ``cache`` spares the work
    that `folder_contents` says.

    Raises:
        FuncsError: a file cannot be read, or models.json is damaged.
    """
    folder = function.folder
    models = [FILE, *Manifest.read(folder).artifacts]
    known = KnownFiles(folder / MEMORY)
    try:
        entries = folder_contents(folder, without=models, cache=cache).entries
        found = {_path(entry): _digest(entry, known) for entry in entries}
        for path in (*models, *_read_files(function)):
            file = folder / path
            if path not in found and file.is_file():
                found[path] = _of_file(file, known)
    except OSError as error:
        what = f"cannot read it: {error.strerror}"
        raise FuncsError(what, where=str(error.filename), fix="make it readable") from None
    finally:
        known.write()
    return found


def _read_files(function: FunctionFacts) -> Iterator[str]:
    """What a build reads, whether or not it goes into the image too."""
    yield from (_REQUIREMENTS, *function.steps.files)
    if function.file:
        yield Path(function.file).name


def _path(entry: Entry) -> str:
    return entry.path.removeprefix(f"{CODE}/")


def _digest(entry: Entry, known: KnownFiles) -> str:
    if not isinstance(entry.content, FileContent):
        return f"-> {entry.target}"
    may_run = " may run" if entry.mode & 0o100 else ""
    return _of_file(entry.content.path, known) + may_run


def _of_file(file: Path, known: KnownFiles) -> str:
    if file.stat().st_size < _SMALL_BYTES:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    return known.sha256(file)
