from __future__ import annotations

import asyncio
import threading

import pytest

from funcs.emulator.threads import in_thread


def test_what_the_work_gives_or_raises_comes_back() -> None:
    async def main() -> None:
        assert threading.get_ident() != await in_thread(threading.get_ident)
        with pytest.raises(ValueError, match="no"):
            await in_thread(lambda: int("no"))

    asyncio.run(main())


def test_work_that_hangs_keeps_nobody() -> None:
    gate = threading.Event()

    async def main() -> None:
        work = in_thread(gate.wait)
        _, waiting = await asyncio.wait([work], timeout=0)
        assert waiting

    asyncio.run(main())
    gate.set()
