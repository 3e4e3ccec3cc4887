"""Which changes of a folder count."""

from __future__ import annotations

import asyncio
from pathlib import Path

from funcs.emulator.watch import Watch


def test_code_and_models_count_and_leavings_do_not(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    for name in (".git", ".funcs", "__pycache__", "models"):
        (folder / name).mkdir()

    async def scene() -> list[list[Path]]:
        stop = asyncio.Event()
        watch = Watch(folder, stop)
        await watch.begin()
        for leaving in (".git/index", ".funcs/run.json", "__pycache__/main.pyc"):
            (folder / leaving).write_text("x")
        (folder / "models" / "m.skops").write_text("x")
        async with asyncio.timeout(30):
            first = await watch.next()
            (folder / "main.py").write_text("x")
            second = await watch.next()
        stop.set()
        return [first, second]

    expected = [[folder / "models" / "m.skops"], [folder / "main.py"]]
    assert expected == asyncio.run(scene())
