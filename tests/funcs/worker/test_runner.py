from __future__ import annotations

import asyncio
import json
from contextlib import closing
from contextvars import ContextVar
from typing import Any

import pytest

from funcs.worker.frames import FrameError
from funcs.worker.runner import Runner
from funcs.worker.wire import event_map, pack_event

FRAME = pack_event(event_map(path="/a"))


def body_of(lines: bytes) -> str:
    return str(json.loads(lines.splitlines()[-1][1:])["body"])


def test_init_context_comes_first() -> None:
    def init_context(context: Any) -> None:
        context.user_data.word = "set"

    runner = Runner(lambda context, event: context.user_data.word, init_context)

    assert "set" == body_of(runner.handle_frame(FRAME))


def test_an_init_context_that_is_a_coroutine_is_awaited() -> None:
    async def init_context(context: Any) -> None:
        context.user_data.word = "awaited"

    runner = Runner(lambda context, event: context.user_data.word, init_context)
    runner.close()

    assert "awaited" == runner.context.user_data.word


def test_coroutines_run_beside_a_loop_that_runs_and_print_as_their_caller() -> None:
    said = ContextVar("said", default="")

    async def handler(context: Any, event: Any) -> str:
        await asyncio.sleep(0)
        return said.get()

    async def caller() -> bytes:
        said.set("by the caller")
        with closing(Runner(handler)) as runner:
            return runner.handle_frame(FRAME)

    assert "by the caller" == body_of(asyncio.run(caller()))


def test_an_init_context_that_fails_is_the_callers() -> None:
    def init_context(context: Any) -> None:
        raise LookupError("no model")

    with pytest.raises(LookupError, match="no model"):
        Runner(lambda context, event: "x", init_context)


def test_the_context_is_as_told() -> None:
    runner = Runner(lambda context, event: "x", worker_id="5", trigger_name="t")

    assert ("5", "t") == (runner.context.worker_id, runner.context.trigger.name)


def test_two_runners_do_not_share_their_records() -> None:
    def handler(context: Any, event: Any) -> str:
        context.logger.info(context.worker_id)
        return "x"

    runners = [Runner(handler, worker_id=name) for name in ("a", "b")]
    seen = [runner.handle_frame(FRAME).splitlines()[0] for runner in runners]

    assert ["a", "b"] == [json.loads(line[1:])["message"] for line in seen]


@pytest.mark.parametrize("frame", [FRAME[:-1], FRAME[:3], bytes(4)])
def test_a_frame_that_is_not_whole_is_refused(frame: bytes) -> None:
    with pytest.raises(FrameError):
        Runner(lambda context, event: "x").handle_frame(frame)
