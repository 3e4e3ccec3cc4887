"""What of a function's folder goes into its image, and what stays behind and why."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from funcs.errors import FuncsError
from funcs.packaging.credentials import is_secret, is_secret_folder
from funcs.packaging.ignore import BY_DEFAULT, DOCKERIGNORE, Ignore
from funcs.record import Record
from funcs.tape.form import BEGINNING
from funcs_builder.cache import Cache
from funcs_builder.entry import Entry, FileContent

#: Where Nuclio, and so every image, has the function's code.
CODE = "opt/nuclio"
SECRET = "it may hold a secret"
SPECIAL = "it is no file"
ENVIRONMENT = "it is a virtual environment"
IMAGES = "it holds images"
TAPE = "it is a tape of what clients sent"
#: How the archives of images begin that we and Docker write: their first folder.
_ARCHIVE = b"blobs/\0"


class LeftOut(Record):
    """A file or folder that stays behind: its path in the folder, and why."""

    path: str
    reason: str


class FolderContents(Record):
    """The entries of the function's code, by path, and what a person should know is not there.

    What is left out ``by default`` (caches, .git, tests) is not listed.
    """

    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The paths of files that were taken for secrets."""
        return tuple(item.path for item in self.left_out if item.reason == SECRET)


def folder_contents(
    folder: Path,
    *,
    under: str = CODE,
    without: Collection[str] = (),
    cache: Cache | None = None,
) -> FolderContents:
    """The files of ``folder`` as entries under the image's folder ``under``.

    ``without`` are paths, relative with slashes, that others put in: models. Owner and times do
    not count, of the mode only whether a file may be run. ``cache`` spares the next listing work.

    Raises:
        FuncsError: a file cannot be read, or a link leads out of the folder.
    """
    walk = _Walk(folder, under, frozenset(without), Ignore.of(folder, cache))
    entries = sorted(walk.entries(PurePosixPath()), key=lambda entry: entry.path)
    walk.ignore.remember()
    return FolderContents(tuple(entries), tuple(sorted(walk.left_out, key=lambda item: item.path)))


class _Walk:
    def __init__(self, folder: Path, under: str, without: frozenset[str], ignore: Ignore) -> None:
        self.folder = folder
        self.under = under
        self.without = without
        self.ignore = ignore
        self.left_out: list[LeftOut] = []

    def entries(self, path: PurePosixPath) -> Iterator[Entry]:
        self.ignore.enter(path)
        for item in self._listing(path):
            inner = path / item.name
            _refuse_undecoded(inner)
            if str(inner) in self.without:
                continue
            if item.is_dir(follow_symlinks=False):
                yield from self._folder(inner)
            else:
                yield from self._file(inner, item)

    def _listing(self, path: PurePosixPath) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.folder / path) as items:
                return sorted(items, key=lambda item: item.name)
        except OSError as error:
            raise _unreadable(self.folder / path, error) from None

    def _folder(self, path: PurePosixPath) -> Iterator[Entry]:
        reason = self.ignore.left_out_by(path, is_folder=True)
        if reason is not None and not self.ignore.may_hold_exceptions(reason):
            self._leave(path, reason)
        elif (self.folder / path / "pyvenv.cfg").is_file():
            self._leave(path, ENVIRONMENT)
        elif (self.folder / path / "oci-layout").is_file():
            self._leave(path, IMAGES)
        elif is_secret_folder(path):
            self._leave(path, SECRET)
        else:
            yield from self.entries(path)

    def _file(self, path: PurePosixPath, item: os.DirEntry[str]) -> Iterator[Entry]:
        reason = self.ignore.left_out_by(path)
        if reason is not None:
            self._leave(path, reason)
            return
        try:
            if self._is_secret(path, item):
                self._leave(path, SECRET)
            elif item.is_symlink():
                yield self._link(path)
            elif not item.is_file():
                self._leave(path, SPECIAL)
            else:
                yield from self._regular(path)
        except OSError as error:
            raise _unreadable(self.folder / path, error) from None

    def _is_secret(self, path: PurePosixPath, item: os.DirEntry[str]) -> bool:
        if not item.is_file() or self.ignore.is_asked_for(path):
            return False
        return is_secret(path, self.folder / path)

    def _regular(self, path: PurePosixPath) -> Iterator[Entry]:
        """The file, unless its beginning says that it is no part of a function."""
        file = self.folder / path
        with file.open("rb") as stream:  # said now, and not when half of the image is written
            found = os.fstat(stream.fileno())
            begins = stream.read(max(len(_ARCHIVE), len(BEGINNING)))
        if begins.startswith(_ARCHIVE):  # what was built is no part of the next
            self._leave(path, IMAGES)
        elif begins.startswith(BEGINNING) and not self.ignore.is_asked_for(path):
            self._leave(path, TAPE)
        else:
            mode = 0o755 if found.st_mode & stat.S_IXUSR else 0o644
            yield Entry(f"{self.under}/{path}", FileContent(file, found.st_size), mode)

    def _link(self, path: PurePosixPath) -> Entry:
        """A link inside the folder, made relative: the folder lies elsewhere in the image."""
        file, root = self.folder / path, self.folder.resolve()
        real = file.resolve()
        if not real.is_relative_to(root):
            what = f"the link {str(path)!r} leads out of the function's folder, to {real}"
            fix = f"copy what it leads to into the folder, or name it in {DOCKERIGNORE}"
            raise FuncsError(what, where=str(file), fix=fix)
        target = os.path.relpath(real, file.parent.resolve())
        return Entry.link(f"{self.under}/{path}", target)

    def _leave(self, path: PurePosixPath, reason: str) -> None:
        if reason != BY_DEFAULT:
            self.left_out.append(LeftOut(str(path), reason))


def _refuse_undecoded(path: PurePosixPath) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        what = f"the name {str(path)!r} is not UTF-8, which every name in an image is"
        raise FuncsError(what, fix="rename it, or delete it") from None


def _unreadable(file: Path, error: OSError) -> FuncsError:
    fix = f"let your user read it (chmod u+r), or name it in {DOCKERIGNORE}"
    return FuncsError(f"cannot read it: {error.strerror}", where=str(file), fix=fix)
