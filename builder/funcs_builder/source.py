"""Where a layer's entries come from: a list at hand, or a listing that is put off.

Both say a ``key`` that names all they hold; while it stays the same a layer need not be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from funcs_builder.cache import Cache
from funcs_builder.entry import Entry
from funcs_builder.errors import LayerError
from funcs_builder.fingerprint import entries_key
from funcs_builder.tar import arranged

__all__ = ["Deferred", "EntrySource", "Listed"]


class EntrySource(Protocol):
    """Entries of a layer, and what names them."""

    def key(self, cache: Cache) -> str:
        """Names the entries and all their bytes; files are read only where they may have changed.

        Raises:
            LayerError: a file cannot be read.
        """

    def entries(self) -> tuple[Entry, ...]:
        """They, as `arranged`."""


class Listed:
    """Entries at hand, for a few files: a function's code, a model.

    Raises on construction:
        LayerError: two entries are at one path, or one lies below a file.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = arranged(entries)

    def key(self, cache: Cache) -> str:
        """Names the entries and all their bytes."""
        return entries_key(self._entries, cache)

    def entries(self) -> tuple[Entry, ...]:
        """They, in order."""
        return self._entries


class Deferred:
    """Entries that are costly to list (the files of wheels), under a ``name`` that says it all.

    ``listing`` is called only when the layer must be made. ``name`` holds the digests of
    everything the listing reads, and a version of how it reads them.

    Raises on construction:
        LayerError: the name is empty.
    """

    def __init__(self, name: str, listing: Callable[[], Iterable[Entry]]) -> None:
        if not name:
            fix = "join the digests of what the listing reads"
            raise LayerError("a deferred listing needs a name for what it holds", fix=fix)
        self.name = name
        self._listing = listing

    def key(self, cache: Cache) -> str:
        """The name."""
        del cache
        return self.name

    def entries(self) -> tuple[Entry, ...]:
        """They, listed now."""
        return arranged(self._listing())
