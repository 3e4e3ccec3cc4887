"""What a function's log says of the configuration that it read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.nuclio.status import Function
from funcs.deploy.nuclio.verify import has_read, log_head, log_tail
from funcs.deploy.target import Target
from tests.conformance.dashboard.replay import sequences
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard
from tests.funcs.deploy.nuclio.deploying import Deploy

FUNCTION = Function.from_document({"metadata": {"name": "shop", "namespace": "nuclio"}})


@pytest.fixture
def client(target: Target, deploy: Deploy) -> Iterator[Dashboard]:
    deploy()
    client = Dashboard(target)
    yield client
    client.close()


def test_of_a_log_without_end_the_beginning_is_read(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    dashboard.write("shop", "noise\n" * (2 << 20))

    text = log_head(client, FUNCTION)

    assert text.startswith("26.11.23 13:36:40.778 (D) processor Read configuration")
    assert text.endswith("\nnoise")
    assert len(text) < 5 << 20


def test_of_a_log_the_end_is_read_where_it_failed(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    dashboard.write("shop", "noise\n" * 5000 + "Traceback\n")

    text = log_tail(client, FUNCTION)

    assert text.endswith("noise\nTraceback\n")
    assert 2000 == len(text.splitlines())


def test_a_log_that_cannot_be_read_says_nothing(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    dashboard.faults.add(Fault("GET /api/functions/shop/logs", 500, b""))

    assert "" == log_head(client, FUNCTION)
    assert None is has_read("ab12", "")


def test_a_recorded_processor_without_our_mark_read_another_configuration() -> None:
    log = sequences()["fail-init"]["states"][-1]["message"]

    assert False is has_read("ab12", log)


@pytest.mark.parametrize(
    "written",
    [
        r'{"config": "spec:\n  env:\n  - name: FUNCS_DEPLOY_ID\n    value: ab12\n"}',
        r'{"config": "{\"env\": [{\"name\": \"FUNCS_DEPLOY_ID\", \"value\": \"ab12\"}]}"}',
        r'{"config": "env:\n- name: FUNCS_DEPLOY_ID\n  value: \"ab12\"\n"}',
    ],
)
def test_the_mark_is_found_however_it_is_written(written: str) -> None:
    assert has_read("ab12", f"Read configuration {written}")
    assert False is has_read("cd34", f"Read configuration {written}")
