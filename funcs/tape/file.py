"""A tape's file: lines are added whole, by several processes at once, and it is turned over."""

from __future__ import annotations

import fcntl
import os
import stat

from funcs.tape.form import BEGINNING, VERSION, TapeError

#: How often the file is looked at while it fills up: how long it is, and whether it is there.
_LOOKS = 200
_OURS = BEGINNING + str(VERSION).encode() + b","


class TapeFile:
    """Appends lines to ``path``, each with one write(2), after ``header`` of its own.

    Once it is ``most_bytes`` long (0: never) it becomes ``path.1`` and the one before ``path.2``;
    ``files`` old ones are kept. Processes that write to one path take turns at that.

    Raises on construction:
        TapeError: the file cannot be opened, or holds something else than a tape.
    """

    def __init__(self, path: str, header: bytes, *, most_bytes: int, files: int) -> None:
        self.path = path
        self.header = header
        self._most_bytes = most_bytes
        self._files = files
        self._is_torn = False
        self._unseen = 0
        self._fd = self._open()

    def append(self, line: bytes) -> None:
        """Add a line, which ends with its newline.

        Raises:
            OSError: it could not be written whole.
        """
        if self._is_torn:  # the rest of a line that was not written whole
            line = b"\n" + line
        self._is_torn = True
        if os.write(self._fd, line) != len(line):
            raise OSError("a line was not written whole")
        self._is_torn = False
        self._unseen += len(line)
        if self._unseen * _LOOKS >= self._most_bytes > 0:
            self._unseen = 0
            is_full = os.lseek(self._fd, 0, os.SEEK_CUR) >= self._most_bytes  # others' count too
            if is_full or not _is_same(self._fd, self.path):
                self._turn_over()

    def close(self) -> None:
        """Let the file go; harmless the second time."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            fd = os.open(self.path, flags, 0o600)  # it may hold what nobody else is to read
        except OSError as error:
            what = f"the tape cannot be opened: {error.strerror}"
            is_nowhere = isinstance(error, FileNotFoundError)
            fix = "make its folder first" if is_nowhere else "name a file that may be written"
            raise TapeError(what, where=self.path, fix=fix) from None
        try:
            self._is_torn = _is_torn(fd, self.path)
            os.write(fd, b"\n" * self._is_torn + self.header)
        except OSError as error:
            os.close(fd)
            what = f"the tape cannot be written: {error.strerror}"
            raise TapeError(what, where=self.path) from None
        except TapeError:
            os.close(fd)
            raise
        self._is_torn = False
        return fd

    def _turn_over(self) -> None:
        """Begin the next file; if another process has done so, go on with that one.

        While another one is about it, and where files cannot be renamed, this one grows on.
        """
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_same(self._fd, self.path):
                self._set_aside()
        except OSError:
            return
        before, self._fd = self._fd, self._open()
        os.close(before)  # and with it the lock

    def _set_aside(self) -> None:
        """Rename this file and those before it.

        Raises:
            OSError: it cannot be.
        """
        for number in range(self._files, 0, -1):
            older = f"{self.path}.{number - 1}" if number > 1 else self.path
            if os.path.exists(older):  # noqa: PTH110 - pathlib is dear at a start
                os.replace(older, f"{self.path}.{number}")  # noqa: PTH105
        if not self._files:
            os.unlink(self.path)  # noqa: PTH108


def _is_torn(fd: int, path: str) -> bool:
    """Whether the file, which must be empty or a tape, ends within a line.

    Raises:
        TapeError: it is something else.
    """
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise TapeError("a tape is a regular file, this is none", where=path)
    if not status.st_size:
        return False
    if os.pread(fd, len(_OURS), 0) != _OURS:
        fix = "name another file: this one would be spoilt"
        raise TapeError("the file is no tape of this version", where=path, fix=fix)
    return os.pread(fd, 1, status.st_size - 1) != b"\n"


def _is_same(fd: int, path: str) -> bool:
    try:
        named, opened = os.stat(path), os.fstat(fd)  # noqa: PTH116
    except FileNotFoundError:  # somebody took it away
        return False
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
