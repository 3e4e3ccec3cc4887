"""Drain, terminate, continue."""

from __future__ import annotations

import json
import signal

import pytest

from tests.funcs.worker.conftest import Start

DRAINS = """
import sys

def init_context(context):
    context.platform.set_drain_callback(lambda: sys.stdout.write("drained\\n"))
    context.platform.set_termination_callback(lambda: sys.stdout.write("terminated\\n"))

def handler(context, event):
    return event.path
"""
DRAINS_ON_LOOP = """
import asyncio, sys

def init_context(context):
    async def say(word):
        await asyncio.sleep(0.001)
        sys.stdout.write(word)
    context.platform.set_drain_callback(lambda: say("drained\\n"))
    context.platform.set_termination_callback(lambda: say("terminated\\n"))

async def handler(context, event):
    return event.path
"""


@pytest.mark.parametrize("code", [DRAINS, DRAINS_ON_LOOP])
def test_a_drained_worker_discards_events_until_told_to_go_on(start: Start, code: str) -> None:
    worker = start(code)
    worker.ask()
    worker.signal(signal.SIGUSR2)
    assert "Received signal" == worker.record()["message"]
    assert "Waiting for event message was interrupted" in worker.record()["message"]
    assert "Calling platform drain handler" == worker.record()["message"]

    worker.send(path="/lost")
    discarded = worker.record()
    assert "Event has been discarded" == discarded["message"]
    assert "/lost" == json.loads(discarded["with"]["event"])["path"]

    worker.signal(signal.SIGCONT)
    assert "SIGCONT" == worker.record()["with"]["signal"]
    assert "/back" == worker.ask(path="/back")
    assert "drained\n" in worker.out()


@pytest.mark.parametrize("code", [DRAINS, DRAINS_ON_LOOP])
def test_a_terminated_worker_goes_on_living(start: Start, code: str) -> None:
    worker = start(code)
    worker.signal(signal.SIGUSR1)
    assert "SIGUSR1" == worker.record()["with"]["signal"]
    assert "Waiting for event message was interrupted" in worker.record()["message"]
    assert "Calling platform termination handler" == worker.record()["message"]
    worker.send()
    assert "Event has been discarded" == worker.record()["message"]
    worker.close()

    assert 0 == worker.exit_code()
    assert "terminated\n" in worker.out()


def test_a_second_drain_is_ignored(start: Start) -> None:
    worker = start(DRAINS)
    worker.signal(signal.SIGUSR2)
    worker.record(), worker.record(), worker.record()
    worker.signal(signal.SIGUSR2)

    assert "already drained" in worker.record()["message"]


BUSY = """
import time

def init_context(context):
    context.platform.set_termination_callback(lambda: context.logger.info("called"))

def handler(context, event):
    context.logger.info("begun")
    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        pass
    context.logger.info("ended")
    return "x"
"""


@pytest.mark.parametrize("first", ["", "import asyncio\n"])
def test_a_running_handler_is_not_interrupted(start: Start, first: str) -> None:
    worker = start(first + BUSY)
    worker.send()
    assert "begun" == worker.record()["message"]
    worker.signal(signal.SIGUSR1)

    assert "ended" == worker.record()["message"]
    assert "x" == worker.result().body.decode()
    assert "Received signal" == worker.record()["message"]
    assert "Waiting for event message was interrupted" in worker.record()["message"]
    assert "Calling platform termination handler" == worker.record()["message"]
    assert "called" == worker.record()["message"]


@pytest.mark.parametrize("first", ["", "import asyncio\nasync "])
def test_a_callback_that_fails_is_logged(start: Start, first: str) -> None:
    worker = start(
        "def init_context(context):\n"
        "    context.platform.set_drain_callback(drain)\n"
        f"{first}def drain():\n"
        "    raise ValueError('no')\n"
        "def handler(context, event):\n"
        "    return 'x'\n"
    )
    worker.signal(signal.SIGUSR2)
    worker.record(), worker.record(), worker.record()

    assert "ValueError('no')" == worker.record()["with"]["exc"]


def test_a_plain_worker_awaits_a_callback_of_its_own_accord(start: Start) -> None:
    worker = start(
        "def init_context(context):\n"
        "    async def drain():\n"
        "        context.logger.info('awaited')\n"
        "    context.platform.set_drain_callback(drain)\n"
        "def handler(context, event):\n"
        "    return 'x'\n"
    )
    worker.signal(signal.SIGUSR2)
    worker.record(), worker.record(), worker.record()
    assert "awaited" == worker.record()["message"]
    worker.signal(signal.SIGCONT)
    worker.record()

    assert ["x", "x"] == [worker.ask(), worker.ask()]
