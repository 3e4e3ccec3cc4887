"""The files that an image is made of, each by a digest: so that a deploy sees what has changed.

Only bytes count, never times: a file that is put back with an older time is another file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from funcs.errors import FuncsError
from funcs.manifest import FILE, Manifest
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.folder import CODE, FolderContents, folder_contents
from funcs.packaging.known_files import KnownFiles
from funcs.packaging.models import MEMORY
from funcs_builder.cache import Cache
from funcs_builder.entry import Entry, FileContent

#: Below this, reading a file is no slower than looking up what it was.
_SMALL_BYTES = 64 * 1024
_REQUIREMENTS = "requirements.txt"


class Inputs:
    """The files of a function's image as they are when they are first asked for, listed once.

    Those of the folder that go in, the models of models.json, and what is read to make the image.
    ``cache`` spares the work that `folder_contents` says.
    """

    def __init__(self, function: FunctionFacts, cache: Cache | None = None) -> None:
        self._function = function
        self._cache = cache

    @cached_property
    def _models(self) -> list[str]:
        return [FILE, *Manifest.read(self._function.folder).artifacts]

    @cached_property
    def contents(self) -> FolderContents:
        """What goes in of the folder itself, without its models.

        Raises:
            FuncsError: a file cannot be read, or models.json is damaged.
        """
        return folder_contents(self._function.folder, without=self._models, cache=self._cache)

    @cached_property
    def digests(self) -> dict[str, str]:
        """A digest for each file and link, by its path.

        A large file that has not changed since the last time is not read.

        Raises:
            FuncsError: as above.
        """
        folder = self._function.folder
        known = KnownFiles(folder / MEMORY)
        try:
            found = {_path(entry): _digest(entry, known) for entry in self.contents.entries}
            for path in (*self._models, *_read_files(self._function)):
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
