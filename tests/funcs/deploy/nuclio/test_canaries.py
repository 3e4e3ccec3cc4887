"""A canary gets its share of the events where the platform can share them."""

from __future__ import annotations

import pytest

from funcs.deploy.deployed import Outcome
from funcs.deploy.engine import Engine
from funcs.deploy.nuclio.platform import NuclioPlatform
from funcs.deploy.prepare import Order, prepare
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from tests.dashboard.server import Coming, EmulatedDashboard
from tests.funcs.deploy.nuclio.deploying import NO_ENGINE, Deploy, sent


def test_a_canary_is_refused_where_there_are_no_gateways(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    order = Order(spec, target, image="demo/fn:2", canary=10, trusts_image=True)

    with pytest.raises(DeployError, match="runs on Docker, which has no API gateways"):
        prepare(order, Engine(NO_ENGINE), platform)
    assert [] == sent(dashboard)


def test_a_name_that_is_too_long_with_canary_is_refused(
    platform: NuclioPlatform, spec: FunctionSpec, dashboard: EmulatedDashboard
) -> None:
    dashboard.kind = "kube"
    text = (spec.folder / "function.yaml").read_text()
    (spec.folder / "function.yaml").write_text(text.replace("name: shop", f"name: {'x' * 60}"))
    target = Target(platform="nuclio", url=dashboard.url, gateway="shop.example.org")
    order = Order(FunctionSpec.of(spec.folder), target, image="demo/fn:2", canary=10)

    with pytest.raises(DeployError, match="the name has 67 characters"):
        prepare(order, Engine(NO_ENGINE), platform)


def test_a_canary_gets_its_share(
    platform: NuclioPlatform, deploy: Deploy, spec: FunctionSpec, dashboard: EmulatedDashboard
) -> None:
    dashboard.kind = "kube"
    target = Target(platform="nuclio", url=dashboard.url, gateway="shop.example.org")
    order = Order(spec, target, image="demo/fn:2", canary=10)
    with pytest.raises(DeployError, match="needs a 'shop' that serves beside it"):
        prepare(order, Engine(NO_ENGINE), platform)
    deploy()

    platform.apply(prepare(order, Engine(NO_ENGINE), platform).plan, {})

    upstreams = dashboard.gateways["shop"]["spec"]["upstreams"]
    assert {"shop": 90, "shop-canary": 10} == {
        each["nucliofunction"]["name"]: each["percentage"] for each in upstreams
    }
    assert "demo/fn:2" == dashboard.state_of("shop-canary")["spec"]["image"]


def test_a_canary_that_has_its_share_already_changes_nothing(
    platform: NuclioPlatform, deploy: Deploy, spec: FunctionSpec, dashboard: EmulatedDashboard
) -> None:
    dashboard.kind = "kube"
    deploy()

    assert canary(platform, spec, dashboard, 10).has_changed
    assert not canary(platform, spec, dashboard, 10).has_changed
    assert canary(platform, spec, dashboard, 20).has_changed
    assert 20 == dashboard.gateways["shop"]["spec"]["upstreams"][1]["percentage"]


def test_a_gateway_is_waited_for(
    platform: NuclioPlatform, deploy: Deploy, spec: FunctionSpec, dashboard: EmulatedDashboard
) -> None:
    dashboard.kind = "kube"
    deploy()
    waiting = {"state": "waitingForProvisioning"}
    dashboard.gateway_states = Coming(waiting, waiting, {"state": "ready"})

    assert canary(platform, spec, dashboard, 10).has_changed
    assert [{"state": "ready"}] == dashboard.gateway_states


def test_a_gateway_that_cannot_be_set_is_told_and_set_again(
    platform: NuclioPlatform, deploy: Deploy, spec: FunctionSpec, dashboard: EmulatedDashboard
) -> None:
    dashboard.kind = "kube"
    deploy()
    dashboard.gateway_states = Coming({"state": "error", "lastError": "host is taken"})

    with pytest.raises(DeployError, match="'shop' is in state 'error' after 0 s: host is taken"):
        canary(platform, spec, dashboard, 10)
    dashboard.gateway_states = Coming({"state": "error"}, {"state": "ready"})
    assert canary(platform, spec, dashboard, 10).has_changed


def canary(
    platform: NuclioPlatform, spec: FunctionSpec, dashboard: EmulatedDashboard, percent: int
) -> Outcome:
    target = Target(platform="nuclio", url=dashboard.url, gateway="shop.example.org")
    order = Order(spec, target, image="demo/fn:2", canary=percent)
    return platform.apply(prepare(order, Engine(NO_ENGINE), platform).plan, {})
