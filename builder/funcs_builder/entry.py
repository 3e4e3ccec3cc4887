"""What a layer is made of: files, folders and links, each with a path in the image.

An `Entry` says what will be there; its `Content` gives the bytes when they are asked for, so that
nothing large is ever held: a model of 10 GB is read once, piece by piece, where it is written.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from funcs_builder.checked import checked
from funcs_builder.errors import BuildError

__all__ = ["BytesContent", "Content", "Entry", "FileContent"]

FILE_MODE = 0o644
FOLDER_MODE = 0o755


class Content(Protocol):
    """A file's bytes, not read yet; ``size_bytes`` is how many there will be."""

    @property
    def size_bytes(self) -> int:
        """How many bytes `open` gives."""

    def open(self) -> BinaryIO:
        """A stream of them from the start; the caller closes it.

        Raises:
            OSError: they cannot be read.
        """


class BytesContent(NamedTuple):
    """Bytes at hand."""

    data: bytes

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """A stream of them."""
        return io.BytesIO(self.data)


class FileContent(NamedTuple):
    """A file on this machine, as large as it was when it was looked at."""

    path: Path
    size_bytes: int

    @classmethod
    def of(cls, path: Path) -> FileContent:
        """The file at ``path`` as it is now.

        Raises:
            OSError: it is not there.
        """
        return cls(path, path.stat().st_size)

    def open(self) -> BinaryIO:
        """The file, opened for reading."""
        return self.path.open("rb")


@checked
class Entry(NamedTuple):
    """One file, folder or symbolic link of an image.

    ``path`` is relative to the image's root, with slashes and without ``..``; ``content`` is None
    for a folder and for a link, whose ``target`` says where it leads. ``uid`` and ``gid`` own it in
    the image; time is not here: the writer of a layer sets it, the same on every machine.

    Raises on construction:
        BuildError: the path leaves the image, or is empty.
    """

    path: str
    content: Content | None = None
    mode: int = FILE_MODE
    target: str = ""
    uid: int = 0
    gid: int = 0

    def check(self) -> None:
        """Refuse a path that leaves the image."""
        parts = self.path.split("/")
        is_empty = all(part in ("", ".") for part in parts)
        if is_empty or self.path.startswith("/") or ".." in parts or "\0" in self.path:
            fix = "name it below the image's root: opt/nuclio/main.py"
            raise BuildError(f"{self.path!r} is no path in an image", fix=fix)

    @classmethod
    def folder(cls, path: str, mode: int = FOLDER_MODE) -> Entry:
        """An empty folder; those that files lie in need not be named."""
        return cls(path, mode=mode)

    @classmethod
    def link(cls, path: str, target: str) -> Entry:
        """A symbolic link."""
        return cls(path, mode=0o777, target=target)

    @classmethod
    def text(cls, path: str, text: str, mode: int = FILE_MODE) -> Entry:
        """A file of this text, as UTF-8."""
        return cls(path, BytesContent(text.encode()), mode)

    @property
    def is_folder(self) -> bool:
        """Whether it is neither a file nor a link."""
        return self.content is None and not self.target
