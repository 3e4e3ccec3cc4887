"""A handler's answer that is a file: streamed in chunks instead of the body it gave.

Nuclio 1.14: `X-nuclio-filestream-path` names the file, `X-nuclio-filestream-delete-after-send`,
whatever its value, has it deleted afterwards. Chunks of 4 KiB, as its server copies them. There
any file is sent that the processor may read; here only those below one folder.
"""

from __future__ import annotations

import os
import stat
from errno import ENOENT

from funcs.processor.http_answer import chunked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PATH = "x-nuclio-filestream-path"
_DELETE = "x-nuclio-filestream-delete-after-send"
_CHUNK = 4096
_CHUNKS_AT_ONCE = 32


def _flags(*names: str) -> int:
    """These flags of `os.open`, as far as this system has them."""
    return sum(getattr(os, f"O_{name}", 0) for name in names)


_FOLDER = _flags("RDONLY", "DIRECTORY", "NOFOLLOW", "CLOEXEC")
_FILE = _flags("RDONLY", "NOFOLLOW", "NONBLOCK", "NOCTTY", "CLOEXEC")


class FileRefusedError(Exception):
    """The file is not sent: ``status`` for the client, and for the log why and the way out."""

    def __init__(self, status: int, why: str, fix: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.fix = fix


class FileFolder:
    """The folder below which a handler may name files; with no path it may name none.

    A client learns of a file elsewhere what it learns of one that is not there: 404.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def open(self, path: str, *, deletes: bool) -> FileStream:
        """The file at ``path``, which may lead through links as long as it ends below the folder.

        Never blocks: what is no regular file is not read.

        Raises:
            FileRefusedError: it is not to be sent, or cannot be.
        """
        if not self._path:
            fix = "set spec.runtimeAttributes.funcs.files to the folder that answers come from"
            raise FileRefusedError(404, "no folder is set for answers that are files", fix)
        try:
            return self._open(path, deletes=deletes)
        except OSError as error:
            status = 404 if error.errno == ENOENT else 500
            fix = "name a regular file that the processor may read"
            raise FileRefusedError(status, error.strerror or str(error), fix) from error
        except ValueError as error:  # a NUL, or what no file's name is made of
            raise FileRefusedError(500, str(error), "name a path") from error

    def _open(self, path: str, *, deletes: bool) -> FileStream:
        top, real = os.path.realpath(self._path), os.path.realpath(path)
        if not real.startswith(top if top.endswith("/") else f"{top}/"):
            why = f"it does not lie below {self._path}"
            fix = "put it there, or set spec.runtimeAttributes.funcs.files to its folder"
            raise FileRefusedError(404, why, fix)
        *folders, name = real[len(top) :].strip("/").split("/")
        parent = _open_folder(top, folders)
        try:
            fd = _open_regular(name, parent)
        except BaseException:
            os.close(parent)
            raise
        if deletes:
            return FileStream(fd, parent, name)
        os.close(parent)
        return FileStream(fd)


class FileStream:
    """An open file on its way to a client; it is deleted from ``folder`` if that is given.

    It owns both descriptors.
    """

    __slots__ = ("_fd", "_folder", "_name")

    def __init__(self, fd: int, folder: int = -1, name: str = "") -> None:
        self._fd = fd
        self._folder = folder
        self._name = name

    def next(self) -> bytes:
        """The next chunks as they are sent; after the last ones nothing."""
        if self._fd < 0:
            return b""
        data = os.read(self._fd, _CHUNK * _CHUNKS_AT_ONCE)
        pieces = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
        if data:
            return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        self.close()
        return chunked(())

    def close(self) -> None:
        """Close the file and delete it if that was asked for."""
        if self._fd < 0:
            return
        os.close(self._fd)
        self._fd = -1
        if self._folder >= 0:
            _delete(self._name, self._folder)
            os.close(self._folder)


def _open_folder(top: str, folders: list[str]) -> int:
    """The innermost folder, reached step by step: a link put there since is not followed."""
    fd = os.open(top, _FOLDER)
    for folder in folders:
        outer = fd
        try:
            fd = os.open(folder, _FOLDER, dir_fd=outer)
        finally:
            os.close(outer)
    return fd


def _open_regular(name: str, folder: int) -> int:
    fd = os.open(name, _FILE, dir_fd=folder)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise FileRefusedError(500, "it is no regular file", "name a regular file")


def _delete(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except OSError:
        return


def file_of(headers: Mapping[str, Any]) -> tuple[str, bool]:
    """The path that a result's headers name, if any, and whether the file is to be deleted."""
    path, deletes = "", False
    for name, value in headers.items():
        if name.lower() == _PATH and isinstance(value, str):
            path = value
        elif name.lower() == _DELETE:
            deletes = True
    return path, deletes


def own_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The headers that are for the client: those about the file are not."""
    return {name: value for name, value in headers.items() if name.lower() not in (_PATH, _DELETE)}
