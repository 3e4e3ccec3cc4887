"""Which changes of a folder count."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TextIO

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


def test_logs_and_the_file_that_the_output_goes_to_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path.resolve()

    async def scene(output: TextIO) -> list[Path]:
        stop = asyncio.Event()
        watch = Watch(folder, stop, outputs=[output.fileno()])
        await watch.begin()
        print("reloaded", file=output, flush=True)
        (folder / "run.log").write_text("x")
        async with asyncio.timeout(30):
            (folder / "main.py").write_text("x")
            changed = await watch.next()
        stop.set()
        return changed

    with (folder / "out.txt").open("w") as output:
        assert [folder / "main.py"] == asyncio.run(scene(output))
