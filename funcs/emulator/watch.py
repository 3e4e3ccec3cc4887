"""Tells when files of a folder change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

#: Beside what watchfiles leaves out by itself (.git, __pycache__, .venv, editors' leavings).
_OURS = (".funcs", ".ruff_cache", ".ipynb_checkpoints")


async def changes(folder: Path, stop: asyncio.Event) -> AsyncIterator[list[Path]]:
    """The files of ``folder`` that changed, each time some did, until ``stop`` is set.

    Files of any kind count, models too; what is written within 50 ms comes at once.
    """
    from watchfiles import DefaultFilter, awatch  # only --watch needs it

    wanted = DefaultFilter(ignore_dirs=(*DefaultFilter.ignore_dirs, *_OURS))
    async for batch in awatch(folder, watch_filter=wanted, stop_event=stop):
        yield sorted({Path(path) for _, path in batch})
