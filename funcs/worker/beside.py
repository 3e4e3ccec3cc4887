"""A loop that goes round where another one does: in a notebook, in an async test."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run_to_end(coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> None:
    """Run ``coroutine`` on ``loop``, and wait for it.

    A thread has one loop that runs: where it has one already, ``loop`` runs in another thread.
    Ctrl-C while it is waited for cancels the coroutine.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        loop.run_until_complete(coroutine)
        return
    context = contextvars.copy_context()  # by which a notebook knows the cell that prints
    task = loop.create_task(coroutine, context=context)
    done: Future[None] = Future()

    def run() -> None:
        try:
            done.set_result(loop.run_until_complete(task))
        except BaseException as error:
            done.set_exception(error)

    thread = Thread(target=context.copy().run, args=(run,), daemon=True)
    try:
        thread.start()
        done.result()
    except KeyboardInterrupt:
        loop.call_soon_threadsafe(task.cancel)
        if thread.is_alive():
            thread.join()  # the second time it is left to itself
        raise
