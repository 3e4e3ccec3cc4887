"""What every build here shares: a cache, the way to registries, the environment, who watches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from funcs.record import Record
from funcs_builder.access import Access
from funcs_builder.cache import Cache
from funcs_builder.progress import Observer, Quiet


class Workshop(Record):
    """Passed from an entry point to whoever plans or builds.

    ``refresh`` asks again what was answered before: what a tag means, which versions are newest.
    ``find_links`` are folders of wheels; with ``no_index`` wheels come from nowhere else.
    """

    cache: Cache
    access: Access
    environ: Mapping[str, str]
    observer: Observer = Quiet()
    refresh: bool = False
    find_links: tuple[Path, ...] = ()
    no_index: bool = False

    def folder(self, name: str) -> Path:
        """A folder of the cache that is not made of blobs: wheels, bytecode, Debian packages."""
        return self.cache.root / name
