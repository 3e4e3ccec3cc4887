from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from funcs.worker.forked import Forked
from tests.funcs.worker.conftest import Start


def status_of(work: Callable[[], object]) -> int:
    """How a fork that does the work, and has nothing to do then, ends."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def end_with(error: BaseException | None) -> Callable[[], object]:
    def fail(error: BaseException) -> None:
        raise error

    def work() -> None:
        try:
            if error is not None:
                fail(error)
        except BaseException:
            Forked().sendall(b"r{}\n")
        Forked().sendall(b'm{"duration": 1}\nr{}\n')

    return work


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, 0),
        (ValueError("x"), 1),
        (SystemExit(), 0),
        (SystemExit(7), 7),
        (SystemExit("a sentence"), 1),
        (SystemExit(256 + 3), 3),
    ],
)
def test_a_fork_ends_where_it_would_answer(error: BaseException | None, status: int) -> None:
    assert status == status_of(end_with(error))


def test_a_fork_ends_where_it_would_read_an_event() -> None:
    assert 0 == status_of(lambda: Forked().recv_into(memoryview(bytearray(4))))


def test_other_messages_of_a_fork_go_nowhere() -> None:
    assert 99 == status_of(lambda: Forked().sendall(b'{"kind": "streamMessageAck"}\n'))


def test_events_that_lie_read_already_are_the_workers_alone(start: Start) -> None:
    """A task of the handler forks; both go on with the loop, one of them without events."""
    worker = start("""
import asyncio, os

async def split(context):
    await asyncio.sleep(0)
    context.user_data.child = os.fork()
    if context.user_data.child == 0:
        context.logger.info("in the fork")

async def handler(context, event):
    if event.path == "/first":
        context.user_data.task = asyncio.create_task(split(context))
        await asyncio.sleep(0.01)
    if event.path == "/third":
        os.waitpid(context.user_data.child, 0)
    return f"{event.path} {os.getpid()}"
""")
    for path in ("/first", "/second", "/third"):
        worker.send(path=path)

    answers = [worker.result().body.decode() for _ in range(3)]

    pid = worker.process.pid
    assert [f"/first {pid}", f"/second {pid}", f"/third {pid}"] == answers
    worker.close()
    assert 0 == worker.exit_code()
    assert "in the fork" in worker.out()
