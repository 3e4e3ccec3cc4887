"""Branches that run at once, awaited. A module of its own: asyncio costs a worker's start 20 ms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


async def at_once(*branches: tuple[Callable[[], Awaitable[Any]], Iterable[int]]) -> None:
    """Run all branches; each waits for those whose numbers come with it.

    The first error cancels the rest, waits until they have ended, and is raised.
    """
    tasks: list[asyncio.Task[Any]] = []
    for branch, needs in branches:
        waits = [tasks[index] for index in needs]
        tasks.append(asyncio.create_task(_run(branch, waits)))
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


async def _run(branch: Callable[[], Awaitable[Any]], waits: list[asyncio.Task[Any]]) -> None:
    for task in waits:
        await task
    await branch()
