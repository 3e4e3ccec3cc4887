"""A rollback on Docker's Nuclio runs the image of then, whatever its name means by now."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from funcs.packaging.builds import Build, remember
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.inputs import Inputs
from funcs.spec import FunctionSpec
from funcs_builder.cache import Cache
from funcs_builder.engine import Engine
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.reference import Reference
from tests.dashboard.ending import Image
from tests.dashboard.server import EmulatedDashboard
from tests.funcs.cli.deploying.conftest import Run
from tests.funcs.packaging.made_image import function_image

NAME = "demo/lasting:1"
Make = Callable[[str], str]


class EngineImages(dict[str, Image]):
    """The images that a dashboard can start: those of an engine."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def get(self, name: str, default: Any = None) -> Any:
        """One that has a HEALTHCHECK, as ours have."""
        return Image() if self._engine.image_id(name) else default


@pytest.fixture
def make(
    folder: Path, engine: Engine, dashboard: EmulatedDashboard, monkeypatch: pytest.MonkeyPatch
) -> Make:
    """Builds the function with another code into the engine; the image's id."""
    monkeypatch.setenv("DOCKER_HOST", engine.where)
    dashboard.deploys.images = EngineImages(engine)
    cache = Cache(folder.parent / "cache")

    def make(code: str) -> str:
        (folder / "main.py").write_text(code)
        image = function_image(folder.parent, cache, code=code)
        EnginePublisher(engine, Reference.parse(NAME)).publish(image)
        build = Build(NAME, NAME, "", image.id, "linux/amd64", "", "", "")
        remember(folder, (build,), Inputs(FunctionFacts.of(FunctionSpec.of(folder))).digests)
        return image.id

    return make


def runs(dashboard: EmulatedDashboard, engine: Engine) -> str:
    """The id of the image that the engine would start."""
    return engine.image_id(dashboard.state_of("shop")["spec"]["image"])


def test_a_rollback_runs_the_image_before_though_its_name_moved_on(
    run: Run, make: Make, dashboard: EmulatedDashboard, engine: Engine
) -> None:
    first = make("a = 1\n")
    said = run("deploy")
    assert 0 == said.code, said.err
    second = make("a = 2\n")
    assert 0 == run("deploy").code
    assert (second, second) == (runs(dashboard, engine), engine.image_id(NAME))

    said = run("rollback")

    assert (0, first) == (said.code, runs(dashboard, engine)), said.err
    assert f"demo/lasting:1-{first[7:19]}" == dashboard.state_of("shop")["spec"]["image"]
    run("deploy")
    assert second == runs(dashboard, engine)


def test_what_was_deployed_is_called_the_same_again(run: Run, make: Make) -> None:
    make("a = 3\n")
    run("deploy")

    assert "nothing to change" in run("deploy").out


def test_an_image_that_was_removed_is_told_with_the_way_back(
    run: Run, make: Make, engine: Engine
) -> None:
    first = make("a = 4\n")
    run("deploy")
    make("a = 5\n")
    run("deploy")
    engine.api.remove_image(f"demo/lasting:1-{first[7:19]}", force=True)

    said = run("rollback")

    assert 1 == said.code
    assert "is gone from the Docker engine" in said.err
    assert "build that version again" in said.err


def test_a_dry_run_says_what_a_dashboard_on_docker_is_given(run: Run, make: Make) -> None:
    image_id = make("a = 6\n")

    assert f"'demo/lasting:1-{image_id[7:19]}'" in run("deploy", "--dry-run").err


def test_kubernetes_and_who_names_an_image_get_the_name_itself(
    run: Run, make: Make, dashboard: EmulatedDashboard
) -> None:
    make("a = 7\n")
    run("deploy", "-i", NAME)
    assert NAME == dashboard.state_of("shop")["spec"]["image"]

    dashboard.kind = "kube"
    run("deploy")
    assert NAME == dashboard.state_of("shop")["spec"]["image"]


def test_the_step_is_part_of_the_plan(run: Run, make: Make, folder: Path) -> None:
    image_id = make("a = 8\n")
    run("deploy")

    plan = json.loads(next(folder.glob(".funcs/deploys/*/0001.json")).read_text())
    naming = {"image": image_id, "name": f"demo/lasting:1-{image_id[7:19]}"}
    assert ("docker tag", naming) == (plan["steps"][0]["call"], plan["steps"][0]["document"])
