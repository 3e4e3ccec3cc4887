"""Which changes of a folder count."""

from __future__ import annotations

import asyncio
from pathlib import Path

from funcs.emulator.watch import changes


def test_code_and_models_count_and_leavings_do_not(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    for name in (".git", ".funcs", "__pycache__", "models"):
        (folder / name).mkdir()

    async def first_change() -> list[Path]:
        stop = asyncio.Event()
        async with asyncio.timeout(30):
            async for changed in changes(folder, stop):
                stop.set()
                return changed
        return []

    async def scene() -> list[Path]:
        seen = asyncio.create_task(first_change())
        while not seen.done():  # the watcher does not tell when it has begun to look
            (folder / ".git" / "index").write_text("x")
            (folder / ".funcs" / "run.json").write_text("x")
            (folder / "__pycache__" / "main.pyc").write_text("x")
            (folder / "models" / "m.skops").write_text("x")
            await asyncio.wait([seen], timeout=0.1)
        return await seen

    assert [folder / "models" / "m.skops"] == asyncio.run(scene())
