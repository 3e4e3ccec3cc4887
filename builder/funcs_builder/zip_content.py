"""A file in a zip as an entry's content: inflated piece by piece, whenever it is asked for."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from funcs_builder.codec import fast_inflation
from funcs_builder.errors import BuildError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["ZipContent"]

#: Of a member's own header only how long its two last fields are counts.
_LOCAL_HEADER = struct.Struct("<26xHH")
_PIECE_BYTES = 1 << 16


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
            is_nothing = not (self.member.compress_size or self.member.file_size)
            if self.member.compress_type == zipfile.ZIP_DEFLATED and not is_nothing:
                return cast("BinaryIO", _Inflated(stream, self))
            packed = zipfile.ZipExtFile(stream, "r", self.member, close_fileobj=True)
        except BaseException as error:
            stream.close()
            if isinstance(error, struct.error | NotImplementedError):
                raise _damaged(self) from error
            raise
        return cast("BinaryIO", _Extracted(cast("BinaryIO", packed), self))


class _Member(io.RawIOBase):
    """The bytes of a member, with one kind of error whatever is wrong with them."""

    def __init__(self, source: BinaryIO, content: ZipContent) -> None:
        self._source = source
        self._content = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        data = self._next(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()

    def _next(self, most: int) -> bytes:
        """Some of the bytes, ``most`` at the most; none at the end."""
        raise NotImplementedError


class _Extracted(_Member):
    """As zipfile reads it: stored, or packed in a way that is rare in wheels."""

    def _next(self, most: int) -> bytes:
        try:
            return self._source.read(most)
        except (zipfile.BadZipFile, EOFError, OSError, lzma.LZMAError) as error:
            raise _damaged(self._content) from error


class _Inflated(_Member):
    """Inflated by the fastest library at hand, which is half of a wheel's time."""

    def __init__(self, source: BinaryIO, content: ZipContent) -> None:
        super().__init__(source, content)
        self._inflation = fast_inflation()
        self._inflater = self._inflation.inflater()
        self._packed_bytes = content.member.compress_size
        self._has_more = False
        self._bytes = 0
        self._crc = 0

    def _next(self, most: int) -> bytes:
        data = b""
        while most and not (data or self._inflater.eof):
            packed = self._inflater.unconsumed_tail
            if not (packed or self._has_more):
                packed = self._read_packed()
            try:
                data = self._inflater.decompress(packed, most)
            except self._inflation.error as error:
                raise _damaged(self._content) from error
            self._has_more = len(data) == most  # it may have taken all, and not given all
        self._bytes += len(data)
        self._crc = self._inflation.crc32(data, self._crc)
        self._check()
        return data

    def _read_packed(self) -> bytes:
        packed = self._source.read(min(_PIECE_BYTES, self._packed_bytes))
        self._packed_bytes -= len(packed)
        if not packed:  # its end has not come
            raise _damaged(self._content)
        return packed

    def _check(self) -> None:
        """Refuse more bytes than were said, before they fill a memory, and others at the end."""
        size, crc = self._content.member.file_size, self._content.member.CRC
        is_wrong = self._inflater.eof and (self._bytes, self._crc) != (size, crc)
        if is_wrong or self._bytes > size:
            raise _damaged(self._content)


def _damaged(content: ZipContent) -> BuildError:
    what = f"{content.member.filename!r} in {content.archive.name!r} is damaged"
    fix = "delete it, and have it fetched again"
    return BuildError(what, where=str(content.archive), fix=fix)
