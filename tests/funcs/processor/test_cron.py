"""Cron and kickstart: what the clock brings, what of the configuration is refused, worker ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from funcs.errors import FuncsError, SpecError
from funcs.processor.config import PlatformConfig, ProcessorConfig, TriggerConfig
from funcs.processor.processor import Processor
from funcs.settings import Settings
from tests.funcs.processor.serving import PROBE, Records

Work = Callable[[Processor, Records], Awaitable[None]]


def processor_of(*triggers: TriggerConfig, records: Records) -> Processor:
    platform = PlatformConfig(admin=None, health=None)
    environ = {**os.environ, "NUCLIO_PYTHON_PATH": str(PROBE)}
    config = ProcessorConfig(triggers=triggers, platform=platform)
    return Processor(config, Settings(nuclio="1.14"), sink=records, environ=environ)


def ticking(name: str = "tick", *, kind: str = "cron", **attributes: Any) -> TriggerConfig:
    return TriggerConfig(name=name, kind=kind, attributes=attributes)


def run(*triggers: TriggerConfig, work: Work) -> Processor:
    """Start a processor, do the work beside it, and stop it."""
    records = Records()
    processor = processor_of(*triggers, records=records)

    async def main() -> None:
        await processor.start()
        await work(processor, records)
        await processor.stop()

    asyncio.run(asyncio.wait_for(main(), 30))
    return processor


async def has_handled(processor: Processor, count: int) -> None:
    while sum(trigger.successes for trigger in processor.triggers) < count:
        await asyncio.sleep(0)


def refusal(trigger: TriggerConfig) -> FuncsError:
    async def main() -> None:
        await processor_of(trigger, records=Records()).start()

    with pytest.raises(FuncsError) as caught:
        asyncio.run(asyncio.wait_for(main(), 30))
    return caught.value


def test_a_tick_after_which_the_worker_ends_is_followed_by_the_next() -> None:
    async def work(processor: Processor, records: Records) -> None:
        await asyncio.to_thread(records.until, "Event was not handled", 2)

    processor = run(ticking(interval="10ms", event={"path": "/leave"}), work=work)

    assert processor.triggers[0].failures >= 2
    assert 0 == processor.triggers[0].successes


def test_kickstart_brings_one_event_at_the_start() -> None:
    async def work(processor: Processor, records: Records) -> None:
        await has_handled(processor, 1)

    processor = run(ticking(kind="kickstart"), work=work)

    assert 1 == processor.triggers[0].successes


def test_triggers_that_name_one_allocator_share_its_workers() -> None:
    one, two = (
        TriggerConfig(name, "cron", allocator="shared", attributes={"interval": "5ms"})
        for name in ("one", "two")
    )

    async def work(processor: Processor, records: Records) -> None:
        while not all(trigger.successes for trigger in processor.triggers):
            await asyncio.sleep(0)

    processor = run(one, two, work=work)

    assert ["shared"] == list(processor.pools)


@pytest.mark.parametrize("schedule", ["* * * * * *", "@every 20ms"])
def test_a_schedule_ticks(schedule: str) -> None:
    async def work(processor: Processor, records: Records) -> None:
        await has_handled(processor, 1)

    run(ticking(schedule=schedule), work=work)


@pytest.mark.parametrize("schedule", ["@hourly", "0 3 * * ?", "0 0 3 * * 1", "@every 1h"])
def test_a_schedule_that_is_far_off_keeps_no_processor_from_stopping(schedule: str) -> None:
    async def work(processor: Processor, records: Records) -> None:
        assert processor.is_ready

    processor = run(ticking(schedule=schedule), work=work)

    assert 0 == processor.triggers[0].successes


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({}, "a cron trigger has neither interval nor schedule"),
        ({"interval": "often"}, 'time: invalid duration "often"'),
        ({"interval": "0s"}, "the interval '0s' is not above zero"),
        ({"interval": "-1s"}, "the interval '-1s' is not above zero"),
        ({"interval": 5}, "'interval' of a cron trigger is 5"),
        ({"schedule": "whenever"}, "'whenever' is no schedule that ever comes"),
        ({"schedule": "0 0 30 2 *"}, "'0 0 30 2 *' is no schedule that ever comes"),
        ({"schedule": "@every day"}, 'time: invalid duration "day"'),
        ({"interval": "1s", "event": "x"}, "'event' of a cron trigger is 'x'"),
        ({"interval": "1s", "event": {"body": 1}}, "'body' of a cron trigger is 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(attributes: dict[str, Any], sentence: str) -> None:
    error = refusal(ticking(**attributes))

    assert isinstance(error, SpecError)
    assert sentence == error.what
    assert error.where.startswith("processor.yaml  spec.triggers.tick.attributes")
