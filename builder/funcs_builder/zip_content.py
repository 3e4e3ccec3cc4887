"""A file in a zip as an entry's content: inflated piece by piece, whenever it is asked for."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from funcs_builder.errors import BuildError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["ZipContent"]

#: Of a member's own header only how long its two last fields are counts.
_LOCAL_HEADER = struct.Struct("<26xHH")


@dataclass(frozen=True, slots=True)
class ZipContent:
    """One file in a zip, inflated as it is read."""

    archive: Path
    member: zipfile.ZipInfo

    @property
    def size_bytes(self) -> int:
        """How many bytes it has unpacked."""
        return self.member.file_size

    def open(self) -> BinaryIO:
        """The file's bytes; reading them to the end checks their CRC.

        The archive's directory, read once for all its members, is not read again. `read` raises
        BuildError where the archive is damaged.
        """
        stream = self.archive.open("rb")
        try:
            stream.seek(self.member.header_offset)
            name, extra = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
            stream.seek(name + extra, 1)
            packed = zipfile.ZipExtFile(stream, "r", self.member, close_fileobj=True)
        except BaseException as error:
            stream.close()
            if isinstance(error, struct.error | NotImplementedError):
                raise _damaged(self.archive, self.member) from error
            raise
        return cast("BinaryIO", _Inflated(packed, self))


class _Inflated(io.RawIOBase):
    """The bytes of a member, with one kind of error whatever is wrong with them."""

    def __init__(self, packed: zipfile.ZipExtFile, content: ZipContent) -> None:
        self._packed = packed
        self._content = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        data = self._read(len(view))
        view[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self._read(-1)

    def _read(self, size: int) -> bytes:
        try:
            return self._packed.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, lzma.LZMAError) as error:
            raise _damaged(self._content.archive, self._content.member) from error

    def close(self) -> None:
        self._packed.close()
        super().close()


def _damaged(archive: Path, member: zipfile.ZipInfo) -> BuildError:
    what = f"{member.filename!r} in {archive.name!r} is damaged"
    return BuildError(what, where=str(archive), fix="delete it, and have it fetched again")
