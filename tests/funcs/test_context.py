from __future__ import annotations

import asyncio
import io
from typing import Any

import nuclio_sdk
import pytest

from funcs.context import make_context
from funcs.logger import Logger


def test_a_context_is_nuclio_sdks() -> None:
    context = make_context(Logger(io.StringIO()), worker_id="3", trigger_kind="kafka")

    assert isinstance(context, nuclio_sdk.Context)
    assert ("3", "kafka") == (context.worker_id, context.trigger.kind)
    assert ("default-http", nuclio_sdk.Response) == (context.trigger_name, context.Response)
    assert ("local", "nuclio") == (context.platform.kind, context.platform.namespace)


def test_it_has_the_attributes_of_nuclio_sdks_until_metrics_are_asked_for() -> None:
    context = make_context(Logger(io.StringIO()))
    nuclios = nuclio_sdk.Context(trigger=nuclio_sdk.TriggerInfo())

    assert set(vars(nuclios)) == set(vars(context)) - {"_share_metrics"}
    assert "metrics" not in dir(context)
    assert context.metrics is context.metrics


def test_an_attribute_that_is_not_there_is_told_as_python_does() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = make_context(Logger(io.StringIO())).metric

    assert ("'Context' object has no attribute 'metric'", "metric") == (
        str(caught.value),
        caught.value.name,
    )


def test_a_handlers_own_attribute_of_that_name_is_its_own() -> None:
    context = make_context(Logger(io.StringIO()))
    context.metrics = "mine"

    assert "mine" == context.metrics


def test_an_explicit_ack_goes_to_control() -> None:
    sent: list[Any] = []

    async def control(message: Any) -> None:
        sent.append(message)

    context = make_context(Logger(io.StringIO()), control=control)
    asyncio.run(context.platform.explicit_ack(nuclio_sdk.QualifiedOffset("t", 1, 2)))

    attributes = {"topic": "t", "partition": 1, "offset": 2}
    assert [{"kind": "streamMessageAck", "attributes": attributes}] == sent


def test_without_control_an_explicit_ack_is_refused() -> None:
    platform = make_context(Logger(io.StringIO())).platform

    with pytest.raises(Exception, match="control callback was not initialized"):
        asyncio.run(platform.explicit_ack(nuclio_sdk.QualifiedOffset("t", 1, 2)))


def test_another_function_is_called_by_http_client() -> None:
    connect = make_context(Logger(io.StringIO())).platform._connection_provider

    assert ("other", 8080, 5) == (lambda c: (c.host, c.port, c.timeout))(
        connect("other:8080", timeout=5)
    )
