"""A dashboard builds from what it is sent, or fetches."""

from __future__ import annotations

import json

import pytest

from funcs.deploy.errors import DashboardError
from funcs.deploy.nuclio.platform import NuclioPlatform
from funcs.deploy.target import Target
from funcs.spec import FunctionSpec
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard
from tests.funcs.deploy.nuclio.deploying import prepared_source


def test_nuclio_builds_a_function_of_one_file(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    prepared = prepared_source(spec, target, platform)
    outcome = platform.apply(prepared.plan, prepared.files)

    assert {} == prepared.files
    assert "nuclio/processor-shop:latest" == outcome.function.image
    assert not platform.apply(prepared.plan, prepared.files).has_changed


def test_an_archive_is_fetched_while_it_is_served(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    (spec.folder / "prices.py").write_text("RATE = 3\n")
    prepared = prepared_source(spec, target, platform)
    outcome = platform.apply(prepared.plan, prepared.files)

    build = dashboard.deploys.sent[0]["spec"]["build"]
    assert "archive" == build["codeEntryType"]
    assert build["path"].startswith("http://127.0.0.1:")
    assert outcome.has_changed
    assert "this-machine" not in json.dumps(dashboard.deploys.sent)
    assert not platform.apply(prepared.plan, prepared.files).has_changed


def test_a_large_file_reaches_the_dashboard(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    (spec.folder / "main.py").write_text(f"TABLE = '{'a' * 300_000}'\n")
    prepared = prepared_source(spec, target, platform)

    assert platform.apply(prepared.plan, prepared.files).function.is_serving
    assert "archive" == dashboard.deploys.sent[0]["spec"]["build"]["codeEntryType"]


def test_a_dashboard_that_fetched_the_source_and_refuses_is_not_helped_to_reach_it(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    (spec.folder / "prices.py").write_text("RATE = 3\n")
    prepared = prepared_source(spec, target, platform)
    full = b'{"error": "write /tmp/x: no space left on device"}'
    dashboard.faults.add(Fault("POST /api/functions", 500, full, is_late=True))
    dashboard.deploys.hangs.add("shop")
    dashboard.faults.add(
        Fault("GET /api/functions/shop", 404, b'{"error": "Function not found"}', times=3)
    )

    with pytest.raises(DashboardError, match="no space left") as caught:
        platform.apply(prepared.plan, prepared.files)
    assert "--serve-at" not in caught.value.fix


def test_a_dashboard_that_cannot_fetch_the_source_is_helped(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    (spec.folder / "prices.py").write_text("RATE = 3\n")
    prepared = prepared_source(spec, target, platform)
    refused = b'{"error": "Get \\"http://127.0.0.1:1/x.zip\\": connection refused"}'
    dashboard.faults.add(Fault("POST /api/functions", 500, refused))

    with pytest.raises(DashboardError, match="connection refused") as caught:
        platform.apply(prepared.plan, prepared.files)
    assert "--serve-at HOST:PORT" in caught.value.fix
