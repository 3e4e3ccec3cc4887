"""``spec.triggers``: what brings events to the function."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from funcs.spec.duration import Duration
from funcs.spec.part import EMPTY, Count, Flag, FreeMap, Part, Text, Whole

#: Nuclio 1.14's kinds. Another word is accepted by its dashboard and ends its processor.
KINDS = (
    "http",
    "cron",
    "kafka-cluster",
    "kafka",
    "kinesis",
    "rabbit-mq",
    "rabbitMq",
    "mqtt",
    "iotCoreMqtt",
    "nats",
    "pubsub",
    "eventhub",
    "v3ioStream",
    "v3ioItemPoller",
    "kickstart",
)
#: The kinds that know explicit acknowledgement and a static choice of worker.
STREAMS = ("kafka-cluster", "kafka", "v3ioStream")
_MOST_WORKERS = 100_000


class Batch(Part):
    """Several events for one call of the handler; HTTP only."""

    mode: Literal["", "enable", "disable"] = ""
    """`enable` hands the handler a list of events."""
    batch_size: Count = 0
    """How many events at the most; 0 means 10."""
    timeout: Duration = ""
    """How long an event waits for company; 1s where not given."""


class Partition(Part):
    """One partition of a stream."""

    id: Text = ""
    checkpoint: Text | None = None


class Trigger(Part):
    """One source of events, and the workers that take them."""

    kind: Text
    """What it listens to: `http`, `cron`, `kafka-cluster`, …"""
    name: Text = ""
    """The same as its key; filled from there."""
    class_: Annotated[Text, Field(alias="class")] = ""
    disabled: Flag = False
    num_workers: Annotated[Count, Field(le=_MOST_WORKERS)] = 0
    """How many worker processes; 0 means 1."""
    max_workers: Annotated[Count, Field(le=_MOST_WORKERS)] = 0
    """The old name of numWorkers."""
    url: Text = ""
    """HTTP: the address to listen on, `:8080` where not given. Others: the broker's."""
    paths: tuple[Text, ...] = ()
    username: Text = ""
    password: Text = ""
    secret: Text = ""
    partitions: tuple[Partition, ...] = ()
    annotations: dict[str, Text] = EMPTY
    worker_termination_timeout: Duration = ""
    """How long a worker may take to end; 10s where not given."""
    worker_availability_timeout_milliseconds: Whole | None = None
    """How long an event waits for a free worker: 10000 where not given, 0 = not at all."""
    worker_allocator_name: Text = ""
    """Triggers that name the same allocator share its workers."""
    explicit_ack_mode: Literal["", "disable", "enable", "explicitOnly"] = ""
    """Streams: whether the handler itself says when an event is done."""
    wait_explicit_ack_during_rebalance_timeout: Duration = ""
    mode: Literal["", "sync", "async"] = ""
    """Nuclio 1.15: `async` gives a worker many events at once, for an `async def` handler."""
    async_: Annotated[FreeMap, Field(alias="async")] = EMPTY
    """Nuclio 1.15: `maxConnectionsNumber`, how many events at once."""
    batch: Batch = Batch()
    attributes: FreeMap = EMPTY
    """What only this kind of trigger knows."""
    total_tasks: Annotated[Whole, Field(alias="total_tasks")] = 0
    max_task_allocation: Annotated[Whole, Field(alias="max_task_allocation")] = 0

    @property
    def workers(self) -> int:
        """How many workers it has, with Nuclio's default."""
        return self.num_workers or self.max_workers or 1
