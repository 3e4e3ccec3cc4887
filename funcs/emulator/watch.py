"""Tells when files of a folder change."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from funcs.errors import ProcessorError

#: Beside what watchfiles leaves out by itself (.git, __pycache__, .venv, editors' leavings).
_OURS = (".funcs", ".ruff_cache", ".ipynb_checkpoints")
_LOGS = r"\.log$"


class Watch:
    """The changes of a folder's files, from `begin` until ``stop`` is set.

    Files of any kind count, models too, but for logs; what is written within 50 ms comes at once.
    """

    def __init__(self, folder: Path, stop: asyncio.Event, *, outputs: Iterable[int] = ()) -> None:
        """``outputs`` are file descriptors: the files they write to do not count either."""
        self._folder = folder
        self._outputs = set(_identities(outputs))
        self._stop = stop
        self._tape = ""
        self._changes: asyncio.Queue[set[Path]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def leave_out(self, tape: str) -> None:
        """Let a tape that is being written not count, nor the old ones beside it."""
        self._tape = tape

    async def begin(self) -> None:
        """Look from now on: what changes after this returns is not missed.

        Raises:
            ProcessorError: the system cannot watch so many files.
        """
        self._task = asyncio.create_task(self._look())
        await asyncio.sleep(0)  # the watcher is set up before it first waits
        if self._task.done():
            await self._task

    async def next(self) -> list[Path]:
        """The files that have changed since the last time; waits until some have."""
        changed = await self._changes.get()
        while not self._changes.empty():
            changed |= self._changes.get_nowait()
        return sorted(changed)

    async def _look(self) -> None:
        from watchfiles import DefaultFilter, awatch  # only --watch needs it

        wanted = DefaultFilter(
            ignore_dirs=(*DefaultFilter.ignore_dirs, *_OURS),
            ignore_entity_patterns=(*DefaultFilter.ignore_entity_patterns, _LOGS),
        )
        try:
            async for batch in awatch(self._folder, watch_filter=wanted, stop_event=self._stop):
                changed = {Path(path) for _, path in batch if not self._is_output(path)}
                if changed:
                    self._changes.put_nowait(changed)
        except OSError as error:
            raise ProcessorError(
                f"the files cannot be watched: {error}",
                where=str(self._folder),
                fix="set WATCHFILES_FORCE_POLLING=1, or do without --watch",
            ) from error

    def _is_output(self, path: str) -> bool:
        """Whether our own lines go there: each reload would bring about the next."""
        if self._tape and path.startswith(self._tape):
            return True
        try:
            return _identity(Path(path).stat()) in self._outputs
        except OSError:  # it is gone
            return False


def _identities(descriptors: Iterable[int]) -> Iterator[tuple[int, int]]:
    for each in descriptors:
        with suppress(OSError):  # it is closed
            yield _identity(os.fstat(each))


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
