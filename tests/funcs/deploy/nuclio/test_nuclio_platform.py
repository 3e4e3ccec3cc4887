"""Plans come true at an emulated dashboard, and are as they were when done again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from funcs.deploy import guards
from funcs.deploy.document import Additions
from funcs.deploy.engine import Engine
from funcs.deploy.errors import DashboardError
from funcs.deploy.guards import Surroundings
from funcs.deploy.nuclio.platform import NuclioPlatform
from funcs.deploy.platform import Request, Session
from funcs.deploy.prepare import Order, prepare
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from tests.dashboard.engine_api import emulated_engine
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard
from tests.funcs.deploy.listening import Listener
from tests.funcs.deploy.nuclio.deploying import NO_ENGINE, Deploy, sent


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


def test_quantities_that_the_dashboard_writes_its_own_way_are_no_change(
    platform: NuclioPlatform, target: Target, spec: FunctionSpec, dashboard: EmulatedDashboard
) -> None:
    resources = "{limits: {cpu: 0.5, memory: 1024Mi}, requests: {cpu: 1000m}}"
    text = (spec.folder / "function.yaml").read_text()
    (spec.folder / "function.yaml").write_text(f"{text}  resources: {resources}\n")
    order = Order(FunctionSpec.of(spec.folder), target, image="demo/fn:1", trusts_image=True)
    plan = prepare(order, Engine(NO_ENGINE), platform).plan
    platform.apply(plan, {})

    limits = dashboard.state_of("shop")["spec"]["resources"]["limits"]
    assert {"cpu": "500m", "memory": "1Gi"} == limits
    assert not platform.apply(plan, {}).has_changed


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


def test_a_stopped_function_starts_again(platform: NuclioPlatform, deploy: Deploy) -> None:
    deploy()

    assert "disabled" == platform.enable("shop", on=False).state
    assert () == platform.enable("shop", on=False).urls
    assert "ready" == platform.enable("shop", on=True).state


def test_starting_what_would_end_the_dashboard_is_refused(
    target: Target, listener: Listener, folder: Path, dashboard: EmulatedDashboard
) -> None:
    spec = {"runtime": "python:3.11", "handler": "main:handler", "disable": True}
    document = {"metadata": {"name": "bare"}, "spec": {**spec, "image": "demo/fn-nohealth:1"}}
    dashboard.deploys.create(document, {})
    found = dashboard.deploys.functions["nuclio", "bare"]
    found.coming, found.state = [], "ready"
    images = {"demo/fn-nohealth:1": {"Id": "sha256:ab", "Config": {}}}
    with emulated_engine({}, images) as host:
        platform = NuclioPlatform(Session(target, listener, {"DOCKER_HOST": host}, folder))
        with pytest.raises(DeployError, match="has no HEALTHCHECK"):
            platform.enable("bare", on=True)
        platform.close()

    assert [] == sent(dashboard)


def test_one_that_is_being_deployed_is_stopped_afterwards(
    platform: NuclioPlatform, deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    dashboard.deploys.looks = 3
    dashboard.deploys.update(dashboard.deploys.sent[0], {})

    assert "disabled" == platform.enable("shop", on=False).state


def test_one_that_does_not_serve_is_not_called(
    platform: NuclioPlatform, deploy: Deploy, dashboard: EmulatedDashboard, listener: Listener
) -> None:
    deploy()
    platform.enable("shop", on=False)
    with pytest.raises(DeployError, match="function 'shop' is disabled") as caught:
        platform.call("shop", Request("GET", "/"), is_direct=False)
    assert "start it: funcs enable shop" == caught.value.fix
    assert "Function deploy complete" == listener.lines[-1]

    dashboard.deploys.functions["nuclio", "shop"].spec["disable"] = False
    dashboard.deploys.functions["nuclio", "shop"].state = "error"
    with pytest.raises(DeployError, match="is not called: its state is 'error'"):
        platform.call("shop", Request("GET", "/"), is_direct=True)


def test_a_dashboard_passes_no_head_on(platform: NuclioPlatform, deploy: Deploy) -> None:
    deploy()

    with pytest.raises(DeployError, match="passes no HEAD on") as caught:
        platform.call("shop", Request("HEAD", "/"), is_direct=False)
    assert "--direct" in caught.value.fix


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


def test_all_replicas_are_followed_line_by_line(
    platform: NuclioPlatform, deploy: Deploy, dashboard: EmulatedDashboard
) -> None:
    deploy()
    function = dashboard.deploys.functions["nuclio", "shop"]
    function.log, function.others = "", {"shop-b": ""}
    lines = platform.logs("shop", tail=0, since="", follow=True)

    dashboard.write("shop", "ha", "shop-b")
    dashboard.write("shop", "one\n")
    assert "nuclio-nuclio-shop  one\n" == next(lines)
    dashboard.write("shop", "lf\n", "shop-b")
    assert "shop-b  half\n" == next(lines)
    platform.delete("shop", force=True)
    assert [] == list(lines)


def test_of_replicas_that_are_followed_one_may_break_off(
    platform: NuclioPlatform, deploy: Deploy, dashboard: EmulatedDashboard, listener: Listener
) -> None:
    deploy()
    function = dashboard.deploys.functions["nuclio", "shop"]
    function.log, function.others = "one\n", {"shop-b": ""}
    dashboard.faults.add(Fault("GET /api/functions/shop/logs/shop-b", 500, b'{"error": "gone"}'))
    lines = platform.logs("shop", tail=0, since="", follow=True)

    assert "nuclio-nuclio-shop  one\n" == next(lines)
    platform.delete("shop", force=True)
    assert [] == list(lines)
    assert "could not read the log of 'shop-b': 500 gone" in listener.steps
    deploy()
    function = dashboard.deploys.functions["nuclio", "shop"]
    function.others = {"shop-b": ""}
    dashboard.faults.add(Fault("GET /api/functions/shop/logs/", 403, b'{"error": "no"}', times=2))
    with pytest.raises(DeployError, match="403 no"):
        list(platform.logs("shop", tail=0, since="", follow=True))


def test_a_function_that_is_not_there_has_no_log(platform: NuclioPlatform) -> None:
    with pytest.raises(DeployError, match="there is no function 'nobody'"):
        list(platform.logs("nobody", tail=0, since="", follow=False))


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


def test_what_passes_the_guards_fits_with_all_that_is_added(
    platform: NuclioPlatform, target: Target, spec: FunctionSpec
) -> None:
    passed = []
    for size in range(64_000, 66_000, 50):
        given = Additions({"A": "e" * size})
        order = Order(spec, target, given, image="demo/fn:1", trusts_image=True)
        with suppress(DeployError):
            plan = prepare(order, Engine(NO_ENGINE), platform).plan
            passed.append(dict(plan.steps[1].document))

    assert 0 < len(passed) < 40
    assert [] == [*guards.sizes(passed[-1], Surroundings("local"))]
