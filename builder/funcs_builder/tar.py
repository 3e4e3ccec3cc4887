"""Writes tar archives that are the same on every machine, for every Python.

POSIX ustar, with a pax header before an entry only where ustar has no room for it. Entries are
sorted, each folder above a file is written once, and time, owner and mode are the entry's alone:
nothing of this machine gets in. Nothing large is held: an archive is a list of pieces, headers at
hand and contents still unread, so its length is known before a byte is read.
"""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import NamedTuple

from funcs_builder.digest import CHUNK_BYTES
from funcs_builder.entry import Content, Entry
from funcs_builder.errors import LayerError

__all__ = ["Piece", "TarStream", "arranged", "pieces_of", "size_of"]

BLOCK = 512
END = bytes(2 * BLOCK)
#: Folders whose mode is not 0755 wherever they exist; a layer that names one must not change it.
FOLDER_MODES = {"tmp": 0o1777, "var/tmp": 0o1777, "root": 0o700}
MODE_MASK = 0o7777
_NAME, _PREFIX, _LINK = 100, 155, 100
_SIZE_LIMIT = 8**11  # eleven octal digits
_ID_LIMIT = 8**7


class Piece(NamedTuple):
    """Bytes at hand (``data``), or a file's ``content`` called ``name``, read when written."""

    data: bytes = b""
    content: Content | None = None
    name: str = ""

    @property
    def size_bytes(self) -> int:
        """How many bytes it is."""
        return len(self.data) if self.content is None else self.content.size_bytes

    def read_from(self, offset: int) -> Iterator[bytes]:
        """Its bytes from ``offset`` on.

        Raises:
            LayerError: the file cannot be read, or is longer or shorter than it was.
        """
        if self.content is None:
            yield self.data[offset:]
            return
        try:
            yield from _content_from(self.content, offset, self.name)
        except OSError as error:
            fix = "make it readable, or leave it out of the image"
            raise LayerError(f"could not read {self.name}: {error}", fix=fix) from error


def arranged(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries in the order they are written, every folder above them added once.

    Raises:
        LayerError: two are at one path, one lies below a file, or a name is not UTF-8.
    """
    given: dict[str, Entry] = {}
    for entry in entries:
        path = _checked(_shortest(entry.path), entry.target)
        if path in given:
            fix = "leave one of them out"
            raise LayerError(f"two entries of one layer are both at {path!r}", fix=fix)
        given[path] = entry if path == entry.path else entry._replace(path=path)
    for path in list(given):
        parent = path.rpartition("/")[0]
        while parent and parent not in given:  # those above one that is there are there too
            given[parent] = Entry.folder(parent, FOLDER_MODES.get(parent, 0o755))
            parent = parent.rpartition("/")[0]
        if parent and not given[parent].is_folder:
            fix = "give one of them another name"
            raise LayerError(f"{path!r} lies below {parent!r}, which is no folder", fix=fix)
    return tuple(given[path] for path in sorted(given, key=lambda path: path.split("/")))


def pieces_of(entries: Sequence[Entry], epoch: int) -> Iterator[Piece]:
    """The archive of ``entries`` (as `arranged`), all of time ``epoch`` (seconds, UTC)."""
    for entry in entries:
        path = f"{entry.path}/" if entry.is_folder else entry.path
        yield Piece(_headers(entry, path, epoch))
        if entry.content is not None:
            yield Piece(content=entry.content, name=path)
            yield Piece(bytes(-entry.content.size_bytes % BLOCK))
    yield Piece(END)


def size_of(pieces: Iterable[Piece]) -> int:
    """The length of the archive in bytes, without reading a file."""
    return sum(piece.size_bytes for piece in pieces)


class TarStream(io.RawIOBase):
    """An archive as a readable stream; ``start`` skips bytes, by seeking where files allow it."""

    def __init__(self, pieces: Iterable[Piece], start: int = 0) -> None:
        self._chunks = _from(pieces, start)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def close(self) -> None:
        """Close the file that was being read, too."""
        self._chunks.close()
        super().close()

    def readinto(self, buffer: object) -> int:
        """Fill ``buffer`` with what comes next; 0 at the end."""
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type] # any writable buffer
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _shortest(path: str) -> str:
    """The path without parts that lead nowhere: ``.``, and what two slashes have between them."""
    parts = path.split("/")
    if "" in parts or "." in parts:
        return "/".join(part for part in parts if part not in ("", "."))
    return path


def _checked(path: str, target: str) -> str:
    try:
        (path + target).encode()
    except UnicodeEncodeError:
        shown = path.encode(errors="backslashreplace").decode()
        fix = "rename it, or leave it out of the image"
        raise LayerError(f"the name '{shown}' is not UTF-8", fix=fix) from None
    return path


def _from(pieces: Iterable[Piece], start: int) -> Generator[bytes, None, None]:
    for piece in pieces:
        if start >= piece.size_bytes:
            start -= piece.size_bytes
            continue
        yield from piece.read_from(start)
        start = 0


def _content_from(content: Content, offset: int, name: str) -> Iterator[bytes]:
    left = content.size_bytes - offset
    with content.open() as stream:
        if offset:
            stream.seek(offset)
        while left and (chunk := stream.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
        if left or stream.read(1):
            size = f"{content.size_bytes} bytes"
            fix = "let whatever writes it finish, then build again"
            raise LayerError(f"{name} is no longer {size}: it changed while it was read", fix=fix)


def _headers(entry: Entry, path: str, epoch: int) -> bytes:
    """The entry's ustar header, behind a pax header for what does not fit there."""
    size = 0 if entry.content is None else entry.content.size_bytes
    kind = b"0" if entry.content is not None else b"5" if entry.is_folder else b"2"
    records: dict[str, str] = {}
    prefix, name = _fitted(path)
    if not name:
        records["path"] = path
        name = path.encode()[:_NAME]
    link = entry.target.encode()
    if len(link) > _LINK or not entry.target.isascii():
        records["linkpath"] = entry.target
    for key, value, limit in (
        ("size", size, _SIZE_LIMIT),
        ("uid", entry.uid, _ID_LIMIT),
        ("gid", entry.gid, _ID_LIMIT),
        ("mtime", epoch, _SIZE_LIMIT),
    ):
        if not 0 <= value < limit:
            records[key] = str(value)
    numbers = (entry.mode & MODE_MASK, entry.uid, entry.gid, size, epoch)
    header = _ustar(name, prefix, kind, link[:_LINK], numbers)
    return _pax(records, epoch) + header if records else header


def _fitted(path: str) -> tuple[bytes, bytes]:
    """``path`` as ustar's prefix and name; two empty ones where it has no room for it."""
    raw = path.encode()
    if not path.isascii():
        return b"", b""
    if len(raw) <= _NAME:
        return b"", raw
    cut = raw.find(b"/", len(raw) - _NAME - 1)
    if 0 < cut <= _PREFIX and cut < len(raw) - 1:
        return raw[:cut], raw[cut + 1 :]
    return b"", b""


def _ustar(
    name: bytes, prefix: bytes, kind: bytes, link: bytes, numbers: tuple[int, int, int, int, int]
) -> bytes:
    mode, uid, gid, size, mtime = numbers
    front = b"".join(
        (
            name.ljust(_NAME, b"\0"),
            _octal(mode, 8),
            _octal(uid, 8),
            _octal(gid, 8),
            _octal(size, 12),
            _octal(mtime, 12),
        )
    )
    back = b"".join(
        (
            kind,
            link.ljust(_LINK, b"\0"),
            b"ustar\x0000",
            bytes(64),  # names of user and group: this machine's own
            _octal(0, 8) * 2,  # device numbers
            prefix.ljust(_PREFIX, b"\0"),
            bytes(12),
        )
    )
    checksum = sum(front) + sum(back) + 8 * ord(" ")
    return front + b"%06o\0 " % checksum + back


def _octal(value: int, width: int) -> bytes:
    """Octal digits and a NUL; a value that a pax record carries stands as 0."""
    limit: int = 8 ** (width - 1)
    return b"%0*o\0" % (width - 1, value if 0 <= value < limit else 0)


def _pax(records: dict[str, str], epoch: int) -> bytes:
    body = b"".join(_record(key, records[key]) for key in sorted(records))
    mtime = epoch if 0 <= epoch < _SIZE_LIMIT else 0
    header = _ustar(b"././@PaxHeader", b"", b"x", b"", (0o644, 0, 0, len(body), mtime))
    return header + body + bytes(-len(body) % BLOCK)


def _record(key: str, value: str) -> bytes:
    """``<length> key=value`` and a newline; the length counts its own digits."""
    body = f" {key}={value}\n".encode()
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body
