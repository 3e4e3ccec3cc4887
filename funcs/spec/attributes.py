"""``attributes`` of the triggers that the processor itself serves: HTTP and cron."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from funcs.spec.duration import Duration
from funcs.spec.kubernetes import ServiceType
from funcs.spec.part import EMPTY, Count, Flag, FreeMap, Part, Text

Port = Annotated[Count, Field(le=65535)]


class Attributes(Part):
    """Attributes of one kind; those unknown here are kept, as Nuclio does."""

    model_config = ConfigDict(extra="allow")


class Cors(Part):
    """Which pages of other origins may call the function."""

    enabled: Flag = False
    allow_origins: tuple[Text, ...] = ("*",)
    allow_methods: tuple[Text, ...] = ()
    allow_headers: tuple[Text, ...] = ()
    allow_credentials: Flag = False
    expose_headers: tuple[Text, ...] = ()
    preflight_request_method: Text = ""
    preflight_max_age_seconds: Annotated[int, Field(ge=-1)] = 5


class IngressTls(Part):
    """The certificate of an ingress."""

    hosts: tuple[Text, ...] = ()
    secret_name: Text = ""


class Ingress(Attributes):
    """A host and paths under which Kubernetes leads requests to the function."""

    host: Text = ""
    paths: tuple[Text, ...] = ()
    path_type: Literal["Exact", "Prefix", "ImplementationSpecific"] = "ImplementationSpecific"
    tls: IngressTls = IngressTls()


class HttpAttributes(Attributes):
    """Attributes of an HTTP trigger."""

    port: Port = 0
    """The host's port (Docker) or the node's (Kubernetes)."""
    read_buffer_size: Count = 0
    max_request_body_size: Count = 0
    reduce_memory_usage: Flag = False
    disable_port_publishing: Flag = False
    service_type: ServiceType | None = None
    ingresses: dict[str, Ingress] = EMPTY
    cors: Cors = Cors()
    mode: Literal["", "sync", "async"] = ""
    streaming_flush_period: Duration = ""


class CronEvent(Part):
    """The event that a cron trigger gives to the handler."""

    body: Any = None
    path: Text = ""
    method: Text = ""
    headers: FreeMap = EMPTY


class CronAttributes(Attributes):
    """Attributes of a cron trigger: when, and with which event."""

    schedule: Text = ""
    """Five or six fields, or a word such as `@every 5s` or `@hourly`."""
    interval: Duration = ""
    event: CronEvent = CronEvent()
    concurrency_policy: Text = ""
    job_backoff_limit: Count = 0


class KafkaAttributes(Attributes):
    """What a Kafka trigger cannot do without."""

    topics: Annotated[tuple[Text, ...], Field(min_length=1)]
    consumer_group: Annotated[Text, Field(min_length=1)]
    worker_allocation_mode: Literal["", "pool", "static"] = ""


#: The attributes of each kind that are checked; those of other kinds are kept as written.
ATTRIBUTES: dict[str, type[Attributes]] = {
    "http": HttpAttributes,
    "cron": CronAttributes,
    "kafka-cluster": KafkaAttributes,
    "kafka": KafkaAttributes,
}
