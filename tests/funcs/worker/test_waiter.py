"""A worker whose handler needs a loop."""

from __future__ import annotations

import pytest

from funcs.worker.wire import event_map, pack_event
from tests.funcs.worker.conftest import Start

SLEEPS = """
import asyncio

async def handler(context, event):
    await asyncio.sleep(0.001)
    return event.path
"""


def test_a_coroutine_handler_is_awaited(start: Start) -> None:
    worker = start(SLEEPS)

    assert ["/a", "/b"] == [worker.ask(path=path) for path in ("/a", "/b")]


def test_a_loop_ends_with_its_stream(start: Start) -> None:
    worker = start(SLEEPS)
    worker.ask()
    worker.close()

    assert 0 == worker.exit_code()
    assert "" == worker.err()


BACKGROUND = """
import asyncio

async def tick(context):
    while True:
        await asyncio.sleep(0.002)
        context.user_data.ticks += 1
        if context.user_data.ticks == 5:
            context.logger.info("five")

async def init_context(context):
    context.user_data.ticks = 0
    context.user_data.task = asyncio.get_running_loop().create_task(tick(context))

async def handler(context, event):
    return str(context.user_data.ticks)
"""


def test_background_tasks_run_while_the_next_event_is_awaited(start: Start) -> None:
    worker = start(BACKGROUND)

    assert "five" == worker.record()["message"]
    assert int(worker.ask()) >= 5


def test_background_tasks_get_their_turn_between_events_that_keep_coming(start: Start) -> None:
    worker = start(BACKGROUND)
    first = int(worker.ask())

    assert any(int(worker.ask()) > first + 3 for _ in range(20_000))


def test_background_tasks_get_their_turn_between_events_that_came_together(start: Start) -> None:
    worker = start(BACKGROUND)
    worker.send_bytes(pack_event(event_map()) * 600)
    answers = [int(worker.result().body) for _ in range(600)]

    assert sorted(answers) == answers


@pytest.mark.parametrize(
    "start_work",
    [
        "asyncio.get_running_loop().call_later(0.01, context.logger.info, 'woken')",
        "asyncio.ensure_future(asyncio.to_thread(later, context))",
        "threading.Timer(0.01, asyncio.get_running_loop().call_soon_threadsafe,"
        " [context.logger.info, 'woken']).start()",
        "asyncio.create_task(asyncio.to_thread(time.sleep, 0.01))"
        ".add_done_callback(lambda _: context.logger.info('woken'))",
    ],
)
def test_whatever_wakes_a_loop_wakes_the_worker(start: Start, start_work: str) -> None:
    worker = start(
        "import asyncio, threading, time\n"
        "def later(context):\n"
        "    time.sleep(0.02)\n"
        "    context.logger.info('woken')\n"
        "def handler(context, event):\n"
        f"    {start_work}\n"
        "    return 'x'\n"
    )
    worker.ask()

    assert "woken" == worker.record()["message"]


def test_the_loop_that_a_module_made_is_the_loop(start: Start) -> None:
    worker = start(
        "import asyncio\n"
        "loop = asyncio.new_event_loop()\n"
        "asyncio.set_event_loop(loop)\n"
        "async def handler(context, event):\n"
        "    return str(asyncio.get_running_loop() is loop)\n"
    )

    assert "True" == worker.ask()


def test_a_handler_that_cancels_its_own_task_is_survived(start: Start) -> None:
    worker = start(
        "import asyncio\n"
        "async def handler(context, event):\n"
        "    asyncio.current_task().cancel()\n"
        "    return event.path\n"
    )

    assert ["/a", "/b"] == [worker.ask(path="/a"), worker.ask(path="/b")]


def test_a_plain_handler_may_return_a_coroutine(start: Start) -> None:
    worker = start(
        "import sys\n"
        "def later():\n"
        "    import asyncio\n"
        "    return asyncio.sleep(0.001, 'awaited')\n"
        "def handler(context, event):\n"
        "    loaded = 'asyncio' in sys.modules\n"
        "    return later() if event.path == '/later' else str(loaded)\n"
    )

    assert ["False", "awaited", "True"] == [worker.ask(path=p) for p in ("/", "/later", "/")]
