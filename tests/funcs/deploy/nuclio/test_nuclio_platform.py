"""Plans come true at an emulated dashboard, whatever it and others do meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from funcs.deploy.deployed import Outcome
from funcs.deploy.document import Additions
from funcs.deploy.engine import Engine
from funcs.deploy.errors import DashboardError, FunctionFailedError
from funcs.deploy.nuclio.platform import NuclioPlatform
from funcs.deploy.platform import Session
from funcs.deploy.prepare import Order, Prepared, prepare
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from tests.dashboard.ending import Image
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard
from tests.funcs.deploy.listening import Listener

NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent.sock"}
Deploy = Callable[..., Outcome]


@pytest.fixture
def platform(target: Target, listener: Listener, folder: Path) -> Iterator[NuclioPlatform]:
    session = Session(target, listener, NO_ENGINE, folder, timeout_s=5, poll_s=0.001)
    platform = NuclioPlatform(session)
    yield platform
    platform.close()


@pytest.fixture
def deploy(platform: NuclioPlatform, target: Target, spec: FunctionSpec) -> Deploy:
    def deploy(image: str = "demo/fn:1", **env: str) -> Outcome:
        order = Order(spec, target, Additions(env), image=image, trusts_image=True)
        prepared = prepare(order, Engine(NO_ENGINE), platform)
        return platform.apply(prepared.plan, prepared.files)

    return deploy


def sent(dashboard: EmulatedDashboard) -> list[str]:
    """What was sent, without the questions."""
    return [f"{each.method} {each.target}" for each in dashboard.requests if each.method != "GET"]


def test_a_function_is_created_and_serves(deploy: Deploy, dashboard: EmulatedDashboard) -> None:
    outcome = deploy()

    assert outcome.has_changed
    assert outcome.function.is_serving
    assert f"http://127.0.0.1:{outcome.function.port}" == outcome.function.urls[0]
    assert ["POST /api/functions"] == sent(dashboard)


def test_what_is_sent_is_an_image_and_no_build(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy(RATE="2")

    (document,) = dashboard.deploys.sent
    spec = document["spec"]
    assert "demo/fn:1" == spec["image"]
    assert "build" not in spec
    assert {"GREETING": "Hello", "RATE": "2"}.items() <= {
        each["name"]: each["value"] for each in spec["env"]
    }.items()


def test_the_same_again_changes_nothing(deploy: Deploy, dashboard: EmulatedDashboard) -> None:
    deploy()
    dashboard.requests.clear()

    outcome = deploy()

    assert not outcome.has_changed
    assert [] == sent(dashboard)


def test_another_image_is_an_update(deploy: Deploy, dashboard: EmulatedDashboard) -> None:
    deploy()

    assert "demo/fn:2" == deploy(image="demo/fn:2").function.image
    assert ["POST /api/functions", "PUT /api/functions/shop"] == sent(dashboard)


def test_what_somebody_changed_on_the_page_is_set_right(
    deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    dashboard.deploys.functions["nuclio", "shop"].spec["handler"] = "main:other"

    assert deploy().has_changed


def test_a_missing_project_is_made(
    platform: NuclioPlatform, spec: FunctionSpec, dashboard: EmulatedDashboard
) -> None:
    target = Target(platform="nuclio", url=dashboard.url, project="demo")
    order = Order(spec, target, image="demo/fn:1", trusts_image=True)
    platform.apply(prepare(order, Engine(NO_ENGINE), platform).plan, {})

    assert ["POST /api/projects", "POST /api/functions"] == sent(dashboard)
    assert "demo" == dashboard.state_of("shop")["metadata"]["labels"]["nuclio.io/project-name"]


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


def test_a_stopped_function_starts_again(platform: NuclioPlatform, deploy: Deploy) -> None:
    deploy()

    assert "disabled" == platform.enable("shop", on=False).state
    assert () == platform.enable("shop", on=False).urls
    assert "ready" == platform.enable("shop", on=True).state


def test_a_deploy_starts_what_was_stopped(platform: NuclioPlatform, deploy: Deploy) -> None:
    deploy()
    platform.enable("shop", on=False)

    assert deploy().function.is_serving


def test_functions_are_listed_by_project(platform: NuclioPlatform, deploy: Deploy) -> None:
    deploy()

    assert ["shop"] == [each.name for each in platform.functions("")]
    assert () == platform.functions("demo")


def test_a_deploy_that_goes_on_is_deleted_by_force_alone(
    platform: NuclioPlatform, deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    dashboard.deploys.hangs.add("shop")
    dashboard.deploys.update(dashboard.deploys.sent[0], {})

    with pytest.raises(DashboardError, match="is being provisioned") as caught:
        platform.delete("shop", force=False)
    assert "--force" in caught.value.fix
    platform.delete("shop", force=True)
    assert None is platform.function("shop")


def test_the_log_is_read(platform: NuclioPlatform, deploy: Deploy) -> None:
    deploy()

    (text,) = platform.logs("shop", tail=1, since="", follow=False)
    assert "Read configuration" in text


def test_a_function_that_is_not_there_has_no_log(platform: NuclioPlatform) -> None:
    with pytest.raises(DeployError, match="there is no function 'nobody'"):
        list(platform.logs("nobody", tail=0, since="", follow=False))


def prepared_source(spec: FunctionSpec, target: Target, platform: NuclioPlatform) -> Prepared:
    return prepare(Order(spec, target, is_source=True), Engine(NO_ENGINE), platform)


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


def test_a_canary_is_refused_where_there_are_no_gateways(
    platform: NuclioPlatform, spec: FunctionSpec, target: Target, dashboard: EmulatedDashboard
) -> None:
    order = Order(spec, target, image="demo/fn:2", canary=10, trusts_image=True)

    with pytest.raises(DeployError, match="runs on Docker, which has no API gateways"):
        prepare(order, Engine(NO_ENGINE), platform)
    assert [] == sent(dashboard)


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


def test_a_function_can_be_deployed_stopped(
    platform: NuclioPlatform, target: Target, spec: FunctionSpec, dashboard: EmulatedDashboard
) -> None:
    dashboard.deploys.stale = ["Read configuration {}"]
    text = (spec.folder / "function.yaml").read_text()
    (spec.folder / "function.yaml").write_text(f"{text}  disable: true\n")
    order = Order(FunctionSpec.of(spec.folder), target, image="demo/fn:1", trusts_image=True)
    plan = prepare(order, Engine(NO_ENGINE), platform).plan

    assert "disabled" == platform.apply(plan, {}).function.state
    assert not platform.apply(plan, {}).has_changed
