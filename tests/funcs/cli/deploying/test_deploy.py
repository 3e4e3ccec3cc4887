"""`funcs deploy`, against an emulated dashboard."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from funcs.cli.targets import patience_s
from funcs.cli.template import templates
from funcs.packaging.builds import Build, remember
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.inputs import Inputs
from funcs.spec import FunctionSpec
from tests.dashboard.ending import Image
from tests.dashboard.server import EmulatedDashboard
from tests.funcs.cli.deploying.conftest import IMAGE, YAML, Run


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


def test_a_dry_run_doubts_only_what_its_platform_may_do(run: Run, folder: Path) -> None:
    quote = ("-e", "A=it's", "--dry-run")
    (folder / "function.yaml").write_text(YAML.replace("name: shop", "name: My_Shop"))
    dashboard = run("deploy", *IMAGE, *quote)
    cluster = run("deploy", *IMAGE, *quote, "--platform", "kube")
    (folder / "function.yaml").write_text(YAML)
    portable = run("deploy", *IMAGE, *quote, "--platform", "kube")

    assert 0 == dashboard.code
    assert "takes no function called 'My_Shop' (if the dashboard runs on Kube" in dashboard.err
    assert 1 == cluster.code
    assert (0, "") == (portable.code, portable.err)


def test_what_would_break_any_platform_is_refused_dry_too(run: Run, folder: Path) -> None:
    said = run("deploy", "--source", "--dry-run")
    text = (folder / "function.yaml").read_text()
    (folder / "function.yaml").write_text(text.replace("3.11", "3.12"))
    refused = run("deploy", "--source", "--dry-run")

    assert 0 == said.code
    assert 1 == refused.code
    assert "the dashboard cannot build for 'python:3.12'" in refused.err


@pytest.mark.parametrize(
    ("words", "image"),
    [
        ((), "shop:latest"),
        (("-r", "reg:5000"), "reg:5000/shop:latest"),
        (("--platform", "kube"), "shop:latest"),
        (("--platform", "docker"), "shop:latest"),
    ],
)
def test_a_dry_run_of_a_build_plans_with_the_image_that_it_would_make(
    run: Run, folder: Path, dashboard: EmulatedDashboard, words: tuple[str, ...], image: str
) -> None:
    said = run("deploy", "--build", "--dry-run", *words)

    assert 0 == said.code, said.err
    assert f"image: {image}\n" in said.out
    assert f"note: nothing is built: {image} would be" in said.err
    assert [] == dashboard.requests
    assert [] == [path.name for path in folder.iterdir() if path.suffix == ".tar"]
    assert not (folder / ".funcs" / "build.json").exists()


def test_a_dry_run_of_a_build_that_ends_in_a_file_says_so(run: Run) -> None:
    said = run("deploy", "--build", "--dry-run")

    assert "written to a file, which the platform cannot read: push it with -r HOST" in said.err
    assert "written to a file" not in run("deploy", "--build", "--dry-run", "-r", "reg:1").err


def test_what_is_built_goes_to_the_registry_of_the_target(run: Run, folder: Path) -> None:
    (folder / "funcs.toml").write_text("[targets.lab]\nregistry = 'reg:5000'\n")
    said = run("deploy", "--build", "--dry-run")

    assert "note: nothing is built: reg:5000/shop:latest would be" in said.err


def test_a_failing_function_prints_its_traceback_and_then_what_to_do(
    run: Run, dashboard: EmulatedDashboard
) -> None:
    dashboard.deploys.images["demo/fn:1"] = Image(failures=(("main", "fail-import"),))
    said = run("deploy", *IMAGE)

    assert 1 == said.code
    traceback, error = said.err.index("Traceback"), said.err.index("error: function 'shop' fails")
    assert traceback < error
    assert "  at:  badimport.py:1" in said.err


@pytest.mark.parametrize(("readiness_s", "waited_s"), [(0, 300), (100, 300), (900, 960)])
def test_a_function_is_waited_for_as_long_as_it_may_take(
    folder: Path, readiness_s: int, waited_s: float
) -> None:
    said = f"'python:3.11', readinessTimeoutSeconds: {readiness_s}}}"
    (folder / "function.yaml").write_text(YAML.replace("'python:3.11'}", said))

    assert waited_s == patience_s(FunctionSpec.of(folder))
    assert 300 == patience_s(None)


def test_the_image_that_was_built_is_deployed(run: Run, folder: Path) -> None:
    build = Build("demo/fn:1", "demo/fn:1", "sha256:ab", "sha256:ab", "linux/amd64", "", "", "")
    remember(folder, (build,), Inputs(FunctionFacts.of(FunctionSpec.of(folder))).digests)

    assert 0 == run("deploy").code
    (folder / "main.py").write_text("def handler(context, event): ...\n")
    said = run("deploy")
    assert "changed since its image 'demo/fn:1' was built: main.py differs" in said.err


def test_an_image_that_is_here_alone_is_noted(run: Run, folder: Path) -> None:
    build = Build("shop:1", "shop:1", "sha256:ab", "sha256:ab", "linux/amd64", "", "", "")
    remember(folder, (build,), Inputs(FunctionFacts.of(FunctionSpec.of(folder))).digests)
    note = "note: shop:1 names no registry that the platform could pull it from: funcs build -r"

    assert note in run("deploy", "--dry-run", "--platform", "kube").err
    assert note in run("deploy", "--dry-run", "--url", "http://lab:8070").err
    assert note not in run("deploy", "--dry-run").err
    assert note not in run("deploy", "--dry-run", "--platform", "docker").err
    assert note not in run("deploy", "--dry-run", "--platform", "kube", "-r", "reg:5000").err


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


@pytest.mark.parametrize("template", sorted(templates()))
def test_every_template_has_a_plan(run: Run, template: str, dashboard: EmulatedDashboard) -> None:
    run("new", "fresh", "-t", template)
    for words in (("-i", "fresh:1"), ("--source",), ("-i", "fresh:1", "--platform", "kube")):
        said = run("deploy", "fresh", "--dry-run", "-o", "json", *words)

        assert 0 == said.code, said.err
        assert "fresh" == json.loads(said.out)["function"]
    assert [] == dashboard.requests
