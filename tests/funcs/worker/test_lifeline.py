from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.funcs.worker.conftest import Start

BLOCKS = """
import threading

def handler(context, event):
    context.logger.info("begun")
    threading.Event().wait()
"""
BLOCKS_ON_LOOP = """
import asyncio

async def handler(context, event):
    context.logger.info("begun")
    await asyncio.Event().wait()
"""
SPINS = """
def handler(context, event):
    context.logger.info("begun")
    while True:
        pass
"""
LEAVES_A_THREAD = """
import threading

def handler(context, event):
    context.logger.info("begun")
    threading.Thread(target=threading.Event().wait).start()
"""
ENDS_LATER = """
def handler(context, event):
    context.logger.info("begun")
    with open(event.path) as fifo:
        fifo.readline()
    open(event.path + "-done", "w").close()
"""


@pytest.mark.parametrize("code", [BLOCKS, BLOCKS_ON_LOOP, SPINS, LEAVES_A_THREAD])
def test_what_never_ends_does_not_outlive_its_processor(start: Start, code: str) -> None:
    worker = start(code)
    worker.send()
    assert "begun" == worker.record()["message"]

    worker.close()

    assert 1 == worker.exit_code()


def test_a_handler_that_soon_ends_may_finish(start: Start, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    worker = start(ENDS_LATER)
    worker.send(path=str(fifo))
    assert "begun" == worker.record()["message"]

    with fifo.open("r+b", buffering=0) as release:
        worker.close()
        release.write(b"go on\n")
        code = worker.exit_code()

    assert 0 == code
    assert (tmp_path / "fifo-done").exists()


def test_a_handlers_own_use_of_the_signal_stays(start: Start) -> None:
    worker = start("""
import os, signal

def note(number, frame):
    global seen
    seen = number

signal.signal(signal.SIGIO, note)

def handler(context, event):
    os.kill(os.getpid(), signal.SIGIO)
    return str(seen)
""")
    assert "29" == worker.ask()


def test_an_end_within_init_context_is_noticed(start: Start) -> None:
    worker = start(
        "import threading\n"
        "def init_context(context):\n"
        "    context.logger.info('begun')\n"
        "    threading.Event().wait()\n"
        "def handler(context, event):\n"
        "    pass\n",
        ready=False,
    )
    worker.accept()
    assert "begun" == worker.record()["message"]

    worker.close()

    assert 1 == worker.exit_code()
