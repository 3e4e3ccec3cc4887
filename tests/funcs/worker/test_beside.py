"""Coroutines waited for where another loop runs, as in a notebook's kernel."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import closing

import pytest

from funcs.worker.beside import run_to_end


def test_ctrl_c_cancels_what_is_waited_for() -> None:
    ended = []

    async def endless() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with closing(asyncio.new_event_loop()) as kernels, closing(asyncio.new_event_loop()) as own:

        async def cell() -> None:
            run_to_end(endless(), own)

        with pytest.raises(KeyboardInterrupt):
            kernels.run_until_complete(cell())

    assert ["cancelled"] == ended


def test_what_is_raised_comes_to_the_caller() -> None:
    async def failing() -> None:
        raise LookupError("no such row")

    with closing(asyncio.new_event_loop()) as own:

        async def cell() -> None:
            run_to_end(failing(), own)

        with pytest.raises(LookupError, match="no such row"):
            asyncio.run(cell())
