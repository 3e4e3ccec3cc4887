"""What goes wrong while a plan is carried out, and who comes in between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funcs.deploy.engine import Engine
from funcs.deploy.errors import DashboardError, FunctionFailedError
from funcs.deploy.nuclio.platform import NuclioPlatform
from funcs.deploy.prepare import Order, prepare
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from tests.dashboard.ending import Image
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard
from tests.funcs.deploy.listening import Listener
from tests.funcs.deploy.nuclio.deploying import NO_ENGINE, Deploy, sent


def test_a_failing_function_tells_its_own_error(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    dashboard.deploys.images["demo/fn:1"] = Image(failures=(("main", "fail-init"),))

    with pytest.raises(FunctionFailedError, match="RuntimeError: demo init failure") as caught:
        deploy()
    assert "badinit.py:2" == caught.value.where


def test_an_image_that_the_platform_does_not_have(deploy: Deploy) -> None:
    with pytest.raises(FunctionFailedError, match="cannot find the image 'demo/absent:9'"):
        deploy(image="demo/absent:9")


def test_an_image_without_healthcheck_never_reaches_the_dashboard(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    order = Order(spec, target, image="demo/fn-nohealth:1")

    with pytest.raises(DeployError, match="nobody here can look into the image"):
        prepare(order, Engine(NO_ENGINE), platform)
    assert [] == sent(dashboard)
    assert not dashboard.deploys.is_dead


def test_a_cluster_needs_no_healthcheck(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    dashboard.kind = "kube"
    order = Order(spec, target, image="demo/fn-nohealth:1")
    plan = prepare(order, Engine(NO_ENGINE), platform).plan

    assert platform.apply(plan, {}).has_changed


def test_who_deploys_at_the_same_time_is_waited_for(
    deploy: Deploy, dashboard: EmulatedDashboard, listener: Listener
) -> None:
    deploy()
    dashboard.deploys.looks = 3
    dashboard.deploys.update(dashboard.deploys.sent[0], {})

    assert "ready" == deploy(image="demo/fn:2").function.state
    assert "function 'shop' is being deployed by someone: waiting" in listener.steps


def test_of_two_deploys_the_later_one_stands_and_the_other_knows(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    dashboard.deploys.rivals = [dashboard.deploys.sent[0]]

    with pytest.raises(DeployError, match="by someone else meanwhile"):
        deploy(image="demo/fn:2")
    assert "demo/fn:1" == dashboard.state_of("shop")["spec"]["image"]


def test_a_name_that_another_took_meanwhile_is_updated(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    same = b'{"error": "Cannot create two functions with the same name"}'
    dashboard.faults.add(Fault("POST /api/functions", 409, same))

    assert "ready" == deploy().function.state


def test_a_rule_that_stays_broken_is_no_conflict(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    missing = b'{"error": "Project does not exist"}'
    dashboard.faults.add(Fault("POST /api/functions", 412, missing, times=9))

    with pytest.raises(DashboardError, match="412 Project does not exist"):
        deploy()
    assert 1 == len(dashboard.calls("POST"))


def test_a_function_that_read_its_previous_configuration_is_deployed_again(
    deploy: Deploy, dashboard: EmulatedDashboard, listener: Listener
) -> None:
    deploy()
    old = dashboard.deploys.functions["nuclio", "shop"].log
    dashboard.deploys.stale = [old]

    assert "ready" == deploy(image="demo/fn:2").function.state
    assert 2 == len(dashboard.calls("PUT"))
    assert "the function started with its previous configuration: once more" in listener.steps


def test_one_that_never_reads_the_new_configuration_is_an_error(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    old = dashboard.deploys.functions["nuclio", "shop"].log
    dashboard.deploys.stale = [old] * 9

    with pytest.raises(DeployError, match="with the configuration of an earlier deploy"):
        deploy(image="demo/fn:2")


def test_a_processor_that_logs_nothing_is_trusted(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    dashboard.deploys.stale = ["up\n"]

    assert deploy().has_changed


def test_an_unhealthy_function_is_deployed_again(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    dashboard.deploys.kill("shop")

    assert deploy().has_changed


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST /api/functions", is_late=True),
        Fault("POST /api/functions", 504, b"<html>", is_late=True),
        Fault(
            "POST /api/functions",
            500,
            b'{"error": "Timed out waiting for creation state to be set"}',
            is_late=True,
        ),
    ],
)
def test_a_deploy_whose_answer_is_lost_is_waited_for(
    deploy: Deploy, dashboard: EmulatedDashboard, listener: Listener, fault: Fault
) -> None:
    dashboard.faults.add(replace(fault))

    assert deploy().has_changed
    assert "the answer was lost; the deploy goes on" in listener.steps
    assert 1 == len(dashboard.calls("POST"))


def test_a_deploy_that_never_arrived_is_an_error(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    dashboard.faults.add(Fault("POST /api/functions"))

    with pytest.raises(DeployError, match="could not create function 'shop'"):
        deploy()


def test_an_answer_that_is_lost_on_a_bad_line_is_looked_for_until_somebody_answers(
    platform: NuclioPlatform, deploy: Deploy, dashboard: EmulatedDashboard, listener: Listener
) -> None:
    def lose(call: str) -> None:
        if call == "POST /api/functions":
            dashboard.faults.add(Fault("GET /api/functions/shop", 502, b"<html>", times=3))

    dashboard.faults.add(Fault("POST /api/functions", is_late=True))
    dashboard.faults.heard = lose

    assert deploy().has_changed
    assert "the answer was lost; the deploy goes on" in listener.steps


def test_who_was_interrupted_while_waiting_waits_on_and_sends_nothing(
    deploy: Deploy, dashboard: EmulatedDashboard, listener: Listener
) -> None:
    deploy()
    dashboard.deploys.looks = 3
    dashboard.deploys.update(dashboard.deploys.sent[0], {})
    dashboard.requests.clear()

    assert deploy().has_changed
    assert [] == sent(dashboard)
    assert ["the deploy of 'shop' goes on: waiting"] == listener.steps[-1:]


def test_who_was_interrupted_is_told_how_it_ended(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    dashboard.deploys.images["demo/fn:1"] = Image(failures=(("main", "fail-init"),))
    dashboard.deploys.update(dashboard.deploys.sent[0], {})

    with pytest.raises(FunctionFailedError, match="RuntimeError: demo init failure"):
        deploy()


def test_a_function_without_any_state_is_not_waited_for(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    dashboard.deploys.functions["nuclio", "shop"].state = ""

    assert "ready" == deploy(image="demo/fn:2").function.state
