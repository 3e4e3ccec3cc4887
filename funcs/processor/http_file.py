"""A handler's answer that is a file: streamed in chunks instead of the body it gave.

Nuclio 1.14: `X-nuclio-filestream-path` names the file, `X-nuclio-filestream-delete-after-send`,
whatever its value, has it deleted afterwards. Chunks of 4 KiB, as its server copies them.
"""

from __future__ import annotations

import os

from funcs.processor.http_answer import chunked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PATH = "x-nuclio-filestream-path"
_DELETE = "x-nuclio-filestream-delete-after-send"
_CHUNK = 4096
_CHUNKS_AT_ONCE = 32


class FileStream:
    """An open file on its way to a client."""

    __slots__ = ("_fd", "_path_to_delete")

    def __init__(self, path: str, *, deletes: bool) -> None:
        self._fd = os.open(path, os.O_RDONLY)
        self._path_to_delete = path if deletes else ""
        try:
            os.pread(self._fd, 1, 0)  # a folder opens, but cannot be read
        except OSError:
            os.close(self._fd)
            raise

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
        if self._path_to_delete:
            try:
                os.unlink(self._path_to_delete)  # noqa: PTH108 - pathlib is not imported for this
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
