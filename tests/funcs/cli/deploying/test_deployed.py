"""The commands about what is deployed, against an emulated dashboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.dashboard.ending import Image
from tests.dashboard.engine_api import emulated_engine
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard, emulated_dashboard
from tests.funcs.cli.deploying.conftest import IMAGE, YAML, Run, Said


def test_rollback_goes_back_and_forth(run: Run, dashboard: EmulatedDashboard) -> None:
    run("deploy", *IMAGE)
    run("deploy", "-i", "demo/fn:2", "--trust-image")
    said = run("rollback")

    assert 0 == said.code
    assert "demo/fn:1" == dashboard.state_of("shop")["spec"]["image"]
    assert 1 == run("rollback").code


def test_a_dry_rollback_prints_what_the_real_one_sends(
    run: Run, dashboard: EmulatedDashboard
) -> None:
    run("deploy", *IMAGE)
    run("deploy", "-i", "demo/fn:2", "--trust-image")
    back = run("rollback", "--dry-run", "-o", "json")
    run("deploy", "-i", "demo/absent:1", "--trust-image")
    again = run("rollback", "--dry-run", "-o", "json")
    sent = len(dashboard.deploys.sent)
    run("rollback")

    images = [
        json.loads(each.out)["steps"][1]["document"]["spec"]["image"] for each in (back, again)
    ]
    assert ["demo/fn:1", "demo/fn:2"] == images
    assert "demo/fn:2" == dashboard.deploys.sent[sent]["spec"]["image"]


def test_rollback_after_a_failure_brings_back_what_served(
    run: Run, dashboard: EmulatedDashboard
) -> None:
    run("deploy", *IMAGE)
    failed = run("deploy", "-i", "demo/absent:1", "--trust-image")
    said = run("rollback")

    assert 1 == failed.code
    assert "note: funcs rollback brings back what served before" in failed.err
    assert 0 == said.code
    assert "demo/fn:1" == dashboard.state_of("shop")["spec"]["image"]
    assert "ready" == dashboard.state_of("shop")["status"]["state"]


def test_functions_are_listed_as_nuctl_lists_them(run: Run) -> None:
    run("deploy", *IMAGE)
    said = run("get", "functions")

    head, row = said.out.splitlines()
    assert "NAMESPACE | NAME | PROJECT | STATE | REPLICAS | NODE PORT" == head
    assert row.startswith("nuclio    | shop | default | ready | 1/1      | 327")


@pytest.mark.parametrize("form", ["wide", "json", "yaml"])
def test_secrets_are_masked_where_functions_are_shown(run: Run, form: str) -> None:
    run("deploy", *IMAGE, "-e", "DB_PASSWORD=hidden")

    assert "hidden" not in run("get", "shop", "-o", form).out


def test_a_function_is_described_stopped_started_and_deleted(run: Run) -> None:
    run("deploy", *IMAGE)

    assert "state      ready" in run("describe").out
    assert "shop is disabled\n" == run("disable").out
    assert 1 == run("describe", "function", "shop").code
    assert "shop is ready\n" == run("enable", "shop").out
    assert "shop is deleted\n" == run("delete", "function", "shop").out
    assert (0, "") == ((again := run("delete", "shop")).code, again.out)
    assert "note: there is no function 'shop' in namespace 'nuclio'" in again.err
    assert 1 == run("describe").code


def test_the_folders_function_is_looked_for_where_it_is_deployed(run: Run, folder: Path) -> None:
    (folder / "function.yaml").write_text(YAML.replace("shop}", "shop, namespace: lab}"))
    run("deploy", *IMAGE)

    assert "namespace  lab" in run("describe").out
    assert "namespace  lab" in run("describe", "shop").out
    assert "lab       | shop" in run("get").out
    assert 0 == run("logs").code
    assert "shop is disabled\n" == run("disable").out
    assert "shop is ready\n" == run("enable", "shop").out
    assert 0 == run("invoke", "--deployed").code
    assert 1 == run("describe", "other").code
    assert 1 == run("describe", "-n", "nuclio").code
    assert "shop is deleted\n" == run("delete", "shop").out


def test_a_function_that_failed_is_described_with_its_own_error(
    run: Run, dashboard: EmulatedDashboard
) -> None:
    dashboard.deploys.images["demo/fn:1"] = Image(failures=(("main", "fail-import"),))
    run("deploy", *IMAGE)
    said = run("describe")

    assert 1 == said.code
    assert "ModuleNotFoundError: No module named 'no_such_module_demo'" in said.out
    assert "at:  badimport.py:1" in said.out
    assert "Read configuration" not in said.out


def test_the_log_is_printed_as_it_is(run: Run) -> None:
    run("deploy", *IMAGE)

    assert "Read configuration" in run("logs", "--tail", "1").out


@pytest.mark.parametrize("command", ["get", "describe", "logs", "enable", "disable"])
def test_a_function_that_is_not_there_is_an_error(run: Run, command: str) -> None:
    run("deploy", *IMAGE)
    said = run(command, "shp")

    assert (1, "") == (said.code, said.out)
    assert "there is no function 'shp' in namespace 'nuclio'" in said.err
    assert "fix: did you mean 'shop'? see which there are: funcs get" in said.err


def test_of_several_functions_those_that_are_there_are_deleted(
    run: Run, dashboard: EmulatedDashboard
) -> None:
    run("deploy", *IMAGE)
    said = run("delete", "a", "shop", "b")

    assert (0, "shop is deleted\n") == (said.code, said.out)
    assert "no function 'a'" in said.err
    assert "no function 'b'" in said.err
    assert not dashboard.deploys.functions


@pytest.mark.parametrize("command", ["get", "describe", "logs", "enable", "delete"])
def test_what_can_be_no_functions_name_is_not_sent(
    run: Run, dashboard: EmulatedDashboard, command: str
) -> None:
    said = run(command, "a;date")

    assert 1 == said.code
    assert "no function can be called 'a;date'" in said.err
    assert [] == dashboard.requests


def test_a_canary_is_promoted(run: Run, dashboard: EmulatedDashboard) -> None:
    dashboard.kind = "kube"
    run("deploy", *IMAGE)
    gateway = ("--gateway", "shop.example.org")
    run("deploy", "-i", "demo/fn:2", "--canary", "10", *gateway)
    said = run("promote", *gateway)

    assert 0 == said.code
    assert "demo/fn:2" == dashboard.state_of("shop")["spec"]["image"]
    assert ("nuclio", "shop-canary") not in dashboard.deploys.functions
    (upstream,) = dashboard.gateways["shop"]["spec"]["upstreams"]
    assert {"name": "shop"} == upstream["nucliofunction"]


def test_a_promotion_needs_a_canary(run: Run) -> None:
    assert "no canary of 'shop' was deployed from here" in run("promote").err


def test_an_error_is_never_a_bug_of_ours(run: Run, dashboard: EmulatedDashboard) -> None:
    dashboard.faults.add(Fault("GET /api/functions/shop", 200, b"[]"))
    dashboard.faults.add(Fault("GET /api/functions/shop", 200, b'"x"'))
    dashboard.faults.add(Fault("GET /api/functions/shop", 200, b"{}"))
    for _ in range(3):
        assert 1 == run("describe", "shop").code


def test_a_deployed_function_is_called_through_the_dashboard(run: Run) -> None:
    run("deploy", *IMAGE)
    said = run("invoke", "--deployed", "-b", "hello", "-p", "/ä?x=1", "--json")

    answer = json.loads(said.out)
    assert 200 == answer["status"]
    assert {"function": "shop", "method": "POST", "body": "hello"}.items() <= answer["body"].items()
    assert "/%C3%A4?x=1" == answer["body"]["path"]


@pytest.mark.parametrize("way", ["--deployed", "--direct"])
def test_a_function_that_is_not_deployed_is_not_called(run: Run, way: str) -> None:
    said = run("invoke", "shop", way)

    assert 1 == said.code
    assert "there is no function 'shop'" in said.err


def test_a_deployed_function_is_called_at_its_own_address(
    run: Run, dashboard: EmulatedDashboard
) -> None:
    run("deploy", *IMAGE)
    with emulated_dashboard() as function:  # any server will do
        port = int(function.url.rpartition(":")[2])
        dashboard.deploys.functions["nuclio", "shop"].port = port
        said = run("invoke", "shop", "--direct", "-p", "/api/versions")

    assert '"label":"latest"' in said.out


def test_rollback_does_not_take_a_name_for_the_image_that_it_was(
    run: Run, dashboard: EmulatedDashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deploy_what_is_built_as(image_id: str) -> Said:
        facts = {"Id": image_id, "Config": {"Healthcheck": {"Test": ["CMD", "x"]}}}
        with emulated_engine({}, {"demo/fn:1": facts}) as host:
            monkeypatch.setenv("DOCKER_HOST", host)
            return run("deploy", "-i", "demo/fn:1")

    deploy_what_is_built_as("sha256:ab")
    deploy_what_is_built_as("sha256:cd")
    back = run("rollback")
    sent = dashboard.calls("PUT")
    dashboard.deploys.images["demo/fn:1"] = Image(failures=(("main", "fail-import"),))
    failed = deploy_what_is_built_as("sha256:ef")

    assert 1 == back.code
    assert "going back would run what 'demo/fn:1' is now, not what it was" in back.err
    assert "funcs build -i fn:2" in back.err
    assert 1 == len(sent)
    assert "note: what served before was called demo/fn:1 too: build it again" in failed.err


@pytest.mark.parametrize(
    "words",
    [
        ("logs", "--tail", "-5"),
        ("logs", "--since", "tomorrow"),
        ("describe", "--timeout", "nan"),
        ("deploy", "--timeout", "-1"),
        ("invoke", "shop", "--timeout", "inf"),
    ],
)
def test_a_number_that_is_none_is_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert 2 == caught.value.code


@pytest.mark.parametrize("word", [".", "../shop/"])
def test_a_folder_stands_for_its_function(run: Run, word: str) -> None:
    run("deploy", *IMAGE)

    assert "name       shop" in run("describe", word).out
    assert "| shop |" in run("get", word).out
    assert "shop is deleted\n" == run("delete", word).out


def test_an_empty_name_is_nobodys(run: Run) -> None:
    run("deploy", *IMAGE)

    for command in ("delete", "describe", "get", "logs"):
        assert "a function's name is empty" in run(command, "").err
    assert 0 == run("describe").code
