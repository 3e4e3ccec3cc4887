"""`funcs deploy` and the commands about what is deployed, against an emulated dashboard."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from funcs.cli.main import main
from funcs.cli.template import templates
from tests.dashboard.ending import Image
from tests.dashboard.engine_api import emulated_engine
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard, emulated_dashboard

IMAGE = ("-i", "demo/fn:1", "--trust-image")
Run = Callable[..., "Said"]


class Said:
    """How a command ended, and what it printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def dashboard() -> Iterator[EmulatedDashboard]:
    with emulated_dashboard() as dashboard:
        dashboard.deploys.looks = 1
        yield dashboard


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("FUNCS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    place = tmp_path / "shop"
    place.mkdir()
    (place / "main.py").write_text("def handler(context, event):\n    return 'hello'\n")
    (place / "function.yaml").write_text(
        "metadata: {name: shop}\nspec: {handler: 'main:handler', runtime: 'python:3.11'}\n"
    )
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def run(
    folder: Path,
    dashboard: EmulatedDashboard,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    monkeypatch.setenv("FUNCS_URL", dashboard.url)

    def run(*words: str) -> Said:
        code = main(words)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


def test_deploy_says_where_the_function_is(run: Run, dashboard: EmulatedDashboard) -> None:
    said = run("deploy", *IMAGE)

    assert 0 == said.code
    port = dashboard.state_of("shop")["status"]["httpPort"]
    assert f"shop is ready at http://127.0.0.1:{port}\n" == said.out
    assert "Cleaning up before deployment" in said.err


def test_a_second_deploy_says_that_there_is_nothing_to_do(
    run: Run, dashboard: EmulatedDashboard
) -> None:
    run("deploy", *IMAGE)
    said = run("deploy", *IMAGE)

    assert "shop is ready and as planned: nothing to change\n" == said.out
    assert 1 == len(dashboard.calls("POST"))


def test_a_dry_run_sends_nothing_and_asks_nobody(run: Run, dashboard: EmulatedDashboard) -> None:
    said = run("deploy", *IMAGE, "--dry-run", "-o", "json", "-e", "TOKEN=hidden")

    plan = json.loads(said.out)
    assert [] == dashboard.requests
    assert ["POST /api/projects", "POST /api/functions"] == [step["call"] for step in plan["steps"]]
    assert "hidden" not in said.out


def test_what_is_printed_dry_is_what_is_sent(run: Run, dashboard: EmulatedDashboard) -> None:
    said = run("deploy", *IMAGE, "--dry-run", "-o", "json", "-e", "RATE=2")
    run("deploy", *IMAGE, "-e", "RATE=2")

    assert json.loads(said.out)["steps"][1]["document"] == dashboard.deploys.sent[0]


def test_a_dry_run_names_what_depends_on_the_dashboard(run: Run) -> None:
    said = run("deploy", *IMAGE, "--dry-run", "-e", "A=it's")

    assert 0 == said.code
    assert "note: the variable A holds a single quote (unless the dashboard runs on" in said.err


def test_what_would_break_any_platform_is_refused_dry_too(run: Run, folder: Path) -> None:
    said = run("deploy", "--source", "--dry-run")
    text = (folder / "function.yaml").read_text()
    (folder / "function.yaml").write_text(text.replace("3.11", "3.12"))
    refused = run("deploy", "--source", "--dry-run")

    assert 0 == said.code
    assert 1 == refused.code
    assert "the dashboard cannot build for 'python:3.12'" in refused.err


def test_rollback_goes_back_and_forth(run: Run, dashboard: EmulatedDashboard) -> None:
    run("deploy", *IMAGE)
    run("deploy", "-i", "demo/fn:2", "--trust-image")
    said = run("rollback")

    assert 0 == said.code
    assert "demo/fn:1" == dashboard.state_of("shop")["spec"]["image"]
    assert 1 == run("rollback").code


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


def test_a_failing_function_prints_its_traceback_and_then_what_to_do(
    run: Run, dashboard: EmulatedDashboard
) -> None:
    dashboard.deploys.images["demo/fn:1"] = Image(failures=(("main", "fail-import"),))
    said = run("deploy", *IMAGE)

    assert 1 == said.code
    traceback, error = said.err.index("Traceback"), said.err.index("error: function 'shop' fails")
    assert traceback < error
    assert "  at:  badimport.py:1" in said.err


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
    assert "shop was not there\n" == run("delete", "shop").out
    assert 1 == run("describe").code


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


def test_an_empty_name_is_nobodys(run: Run) -> None:
    run("deploy", *IMAGE)

    for command in ("delete", "describe", "get", "logs"):
        assert "a function's name is empty" in run(command, "").err
    assert 0 == run("describe").code


@pytest.mark.parametrize("command", ["get", "describe", "logs", "enable", "disable"])
def test_a_function_that_is_not_there_is_an_error(run: Run, command: str) -> None:
    said = run(command, "nobody")

    assert 1 == said.code
    assert "there is no function 'nobody' in namespace 'nuclio'" in said.err


def test_the_image_that_was_built_is_deployed(run: Run, folder: Path) -> None:
    (folder / ".funcs").mkdir()
    build = {"reference": "demo/fn:1", "place": "demo/fn:1", "digest": "sha256:ab"}
    memory = folder / ".funcs" / "build.json"
    memory.write_text(json.dumps({"version": 1, "builds": [build]}))

    assert 0 == run("deploy").code
    os.utime(memory, ns=(0, (folder / "main.py").stat().st_ctime_ns - 1))
    said = run("deploy")
    assert "changed since its image 'demo/fn:1' was built" in said.err


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


def test_an_engine_that_does_not_answer_is_told_with_what_to_do(run: Run) -> None:
    said = run("deploy", *IMAGE, "--platform", "docker")

    assert 1 == said.code
    assert "could not reach the Docker engine" in said.err
    assert "DOCKER_HOST" in said.err


def test_manifests_are_printed_whole(run: Run) -> None:
    import yaml

    said = run("deploy", "-i", "shop:1", "--platform", "kube", "-o", "manifest", "-n", "lab")

    kinds = [each["kind"] for each in yaml.safe_load_all(said.out)]
    assert ["ConfigMap", "Service", "Deployment"] == kinds


def test_a_dashboard_that_asks_for_a_login_is_named(run: Run, dashboard: EmulatedDashboard) -> None:
    dashboard.faults.authorization = "Bearer abc"
    said = run("deploy", *IMAGE)

    assert "401 Unauthorized" in said.err
    assert "FUNCS_TOKEN" in said.err


def test_an_error_is_never_a_bug_of_ours(run: Run, dashboard: EmulatedDashboard) -> None:
    dashboard.faults.add(Fault("GET /api/functions/shop", 200, b"[]"))
    dashboard.faults.add(Fault("GET /api/functions/shop", 200, b'"x"'))
    dashboard.faults.add(Fault("GET /api/functions/shop", 200, b"{}"))
    for _ in range(3):
        assert 1 == run("describe", "shop").code


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_while_waiting_says_how_to_go_on(folder: Path, dashboard: EmulatedDashboard) -> None:
    dashboard.deploys.hangs.add("shop")
    line = [sys.executable, "-m", "funcs", "deploy", *IMAGE, "--url", dashboard.url]
    process = subprocess.Popen(line, cwd=folder, stderr=subprocess.PIPE, text=True)
    dashboard.wait_for_calls("GET", "/api/functions/shop", 3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert 130 == process.returncode
    assert "not waiting any more; the platform may go on with 'shop'" in said
    assert "funcs get shop" in said
    assert "Traceback" not in said


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


@pytest.mark.parametrize("template", sorted(templates()))
def test_every_template_has_a_plan(run: Run, template: str, dashboard: EmulatedDashboard) -> None:
    run("new", "fresh", "-t", template)
    for words in (("-i", "fresh:1"), ("--source",), ("-i", "fresh:1", "--platform", "kube")):
        said = run("deploy", "fresh", "--dry-run", "-o", "json", *words)

        assert 0 == said.code, said.err
        assert "fresh" == json.loads(said.out)["function"]
    assert [] == dashboard.requests
