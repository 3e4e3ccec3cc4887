"""Where the values of a worker's metrics lie: a file without a name, in memory.

A worker maps it and adds to numbers in it; its processor has the same file open and reads it when
it is asked. So counting costs an addition, a page of metrics shows all that was counted before it,
and a worker that is killed takes nothing with it.

Layout, in the machine's words of 8 bytes. The first says how many bytes are in use. Then entries,
never moved and never taken back: a word ``length of the text << 32 | number of values``, the text
(JSON, filled up to a word), the values as doubles. A text that is an object declares a metric; a
list names one set of labels: the number of its declaration, then the labels' values.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from mmap import mmap

from funcs.errors import FuncsError
from funcs.metrics.declaration import from_list, to_list
from funcs.metrics.family import Family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from funcs.metrics.declaration import Declaration

#: Only what is used of it takes up memory.
SIZE_BYTES = 16 * 1024 * 1024

_WORD = 8


def new_file() -> int:
    """The descriptor of a new file of this size, which nobody else can open.

    Raises:
        OSError: the system has no room for one.
    """
    try:
        fd = os.memfd_create("funcs-metrics")
    except (AttributeError, OSError):  # no Linux, or one that forbids it
        import tempfile

        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.truncate(fd, SIZE_BYTES)
    return fd


class Memory:
    """The writer's side; without a file, memory of this process alone. ``values`` are doubles."""

    def __init__(self, fd: int = -1) -> None:
        self._bytes = memoryview(mmap(fd, SIZE_BYTES))
        self._words = self._bytes.cast("Q")
        self.values = self._bytes.cast("d")
        self._words[0] = _WORD
        self._declared = 0

    def declare(self, declaration: Declaration) -> int:
        """The number of a new metric; -1 when the memory is full."""
        if not self._add({"metric": to_list(declaration)}, 0):
            return -1
        self._declared += 1
        return self._declared - 1

    def place(self, number: int, labels: tuple[str, ...], width: int) -> int:
        """Where in ``values`` the numbers of a new set of labels begin; 0 when it is full."""
        return self._add([number, *labels], width)

    def read(self, size: int, offset: int) -> bytes:
        """A part of it, as `os.pread` reads one of a file."""
        return bytes(self._bytes[offset : offset + size])

    def _add(self, key: object, count: int) -> int:
        text = json.dumps(key).encode()
        start = self._words[0]
        values = start + _WORD + _whole(len(text))
        end = values + _WORD * count
        if end > SIZE_BYTES:
            return 0
        self._words[start // _WORD] = len(text) << 32 | count
        self._bytes[start + _WORD : start + _WORD + len(text)] = text
        self._words[0] = end  # the last: from here on readers see it
        return values // _WORD


class MemoryReader:
    """The reader's side, of what ``read(size, offset)`` gives; it trusts no byte of it."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._read = read
        self._end = _WORD
        self._declarations: list[Declaration] = []
        self._places: list[tuple[int, tuple[str, ...], int]] = []

    @classmethod
    def of_file(cls, fd: int) -> MemoryReader:
        """A reader of a worker's file, which stays the caller's to close.

        Raises:
            OSError: it is no file that can be read anywhere.
        """
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError("metrics lie in a file")
        return cls(lambda size, offset: os.pread(fd, size, offset))

    def families(self) -> dict[str, Family]:
        """Every metric by its name, with the values of now."""
        data = memoryview(self._read(self._used(), 0))
        words = data[: len(data) // _WORD * _WORD]
        self._learn(words)
        values: Any = words.cast("d")  # typeshed has every view hold int
        every = [Family(declaration) for declaration in self._declarations]
        for number, labels, at in self._places:
            family = every[number]
            numbers: list[float] = values[at : at + family.declaration.width].tolist()
            if len(numbers) == family.declaration.width:  # else the file was cut
                family.samples[labels] = numbers
        return {family.declaration.name: family for family in every}

    def _used(self) -> int:
        used = int.from_bytes(self._read(_WORD, 0), sys.byteorder)
        return used if used <= SIZE_BYTES else 0

    def _learn(self, data: memoryview) -> None:
        """Read the entries that are new; what is none of them is the last that is looked at."""
        words = data.cast("Q")
        while self._end < len(data):
            head = words[self._end // _WORD]
            text = self._end + _WORD
            values = text + _whole(head >> 32)
            count = head & 0xFFFFFFFF
            end = values + _WORD * count
            if end > len(data):
                return
            try:
                key = json.loads(bytes(data[text : text + (head >> 32)]))
                self._note(key, values // _WORD, count)
            except (ValueError, TypeError, LookupError, RecursionError, FuncsError):
                return
            self._end = end

    def _note(self, key: object, at: int, count: int) -> None:
        if isinstance(key, dict):
            self._declarations.append(from_list(key["metric"]))
        elif isinstance(key, list):
            number, *labels = key
            declaration = self._declarations[number]
            if (len(declaration.labels), declaration.width) != (len(labels), count):
                raise ValueError("not what was declared")
            self._places.append((number, tuple(map(str, labels)), at))


def _whole(size: int) -> int:
    """The bytes of as many words as hold so many."""
    return -(-size // _WORD) * _WORD
