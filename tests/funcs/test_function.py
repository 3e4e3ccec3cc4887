"""`funcs.Function`: what is defined here and in no file, tried, built and deployed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tarfile
from importlib import metadata
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest

import funcs
from funcs.deploy.errors import FunctionFailedError
from funcs.deploy.image import NoImageError
from funcs.emulator.background import serving
from funcs.emulator.call import call
from funcs.errors import DeployError, FuncsError, GraphError
from funcs.graph import PlanError
from funcs_builder.errors import BuildError
from tests.dashboard.ending import Image
from tests.dashboard.server import emulated_dashboard
from tests.funcs.packaging.offline import base_layout, fixed_wheel, runtime_wheels
from tests.funcs.tape.writing import Recording, exchange


class Sum(funcs.Model):
    """Adds up."""

    loads = 0

    def load(self) -> None:
        Sum.loads += 1

    def predict(self, inputs: list[int]) -> list[int]:
        return [sum(inputs)]


class Scaled(funcs.Model):
    """Needs numpy, and a variable."""

    def load(self) -> None:
        self.factor = float(os.environ["FACTOR"])

    def predict(self, inputs: Any) -> Any:
        return (np.asarray(inputs) * self.factor).tolist()


def handler(context: Any, event: Any) -> str:
    return os.environ["GREETING"]


async def double(value: int) -> int:
    await asyncio.sleep(0)
    return 2 * value


def doubling() -> funcs.Graph:
    graph = funcs.Graph("doubling")
    graph.to(double).respond()
    return graph


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The notebook's folder; nothing of whoever runs the tests is there, and no engine."""
    for name in [name for name in os.environ if name.startswith("FUNCS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "unix:///none.sock")
    folder = tmp_path / "notebook"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = runtime_wheels(tmp_path / "wheels")
    fixed_wheel(folder, "cloudpickle", metadata.version("cloudpickle"))
    return folder


@pytest.fixture
def base(tmp_path: Path) -> str:
    return base_layout(tmp_path / "base")


def test_a_models_class_is_asked_where_its_model_is(place: Path) -> None:
    answer = funcs.Function("adder", Sum).test({"inputs": [1, 2]})

    assert ("adder", [3]) == (answer.json()["model_name"], answer.json()["outputs"])


def test_a_handler_sees_its_variables(place: Path) -> None:
    fn = funcs.Function("greeter", handler, env={"GREETING": "hello"})

    number = funcs.Function("greeter", handler, env={"GREETING": 3})  # type: ignore[dict-item]

    assert "hello" == fn.test().text
    assert "3" == number.test().text
    assert "GREETING" not in os.environ


def test_models_are_loaded_once_while_nothing_changes(place: Path) -> None:
    fn = funcs.Function("adder", Sum)
    before = Sum.loads
    for _ in range(3):
        fn.test({"inputs": [1]})

    assert before + 1 == Sum.loads


def test_a_step_that_is_added_is_tested(place: Path) -> None:
    graph = funcs.Graph("double")
    step = graph.to(abs)
    step.respond()
    fn = funcs.Function("double", graph)
    first = fn.test(-2).json()
    graph.to(str, name="other")

    assert 2 == first
    with pytest.raises(PlanError):
        fn.test(-2)
    assert "other" in fn._repr_html_()


def test_a_model_that_is_saved_again_is_loaded_again(place: Path) -> None:
    class Constant(funcs.Model):
        def load(self) -> None:
            self.value = cloudpickle.loads(self.artifact("value.pkl").read_bytes())

        def predict(self, inputs: Any) -> Any:
            return [self.value]

    funcs.save_model(1, "value.pkl")
    fn = funcs.Function("constant", Constant)
    first = fn.test({"inputs": [0]}).json()["outputs"]
    funcs.save_model(2, "value.pkl")

    assert [1] == first
    assert [2] == fn.test({"inputs": [0]}).json()["outputs"]


def test_coroutines_run_where_a_loop_runs(place: Path) -> None:
    async def cell() -> Any:
        return funcs.Function("doubling", doubling()).test(21).json()

    assert 42 == asyncio.run(cell())


def test_a_tape_is_replayed_in_the_kernels_process(place: Path) -> None:
    recording = Recording(place / "t.jsonl")
    recording.tell(
        exchange(b"21", b"42", event_id=b"a", worker=0),
        exchange(b"4", b"9", event_id=b"b", worker=0),
        exchange(b"5", b"10.001", event_id=b"c", worker=0),
    )
    fn = funcs.Function("doubling", doubling())

    async def cell() -> Any:
        return fn.replay("t.jsonl")

    found = asyncio.run(cell())
    found.write(place / "report.html")

    assert not found.is_same
    assert ("recorded", "doubling") == found.sides
    assert [
        "3 events sent: 1 the same, 2 different",
        "b  body: expected 9, was 8",
        "c  body: expected 10.001, was 10",
    ] == repr(found).splitlines()
    assert fn.replay("t.jsonl", only="a").is_same
    assert fn.replay("t.jsonl", ignore="body").is_same
    assert fn.replay("t.jsonl", only=["a", "c"], tolerance=0.001).is_same
    assert "srcdoc=" in found._repr_html_()
    assert "<script" not in found._repr_html_()
    assert "expected 9" not in (page := (place / "report.html").read_text())
    assert "<code>9</code>" in page


def test_a_tape_is_replayed_against_another_version_and_this_one(place: Path) -> None:
    (place / "other").mkdir()
    (place / "other" / "main.py").write_text(
        "def handler(context, event):\n    return str(event.body * 3)\n"
    )
    Recording(place / "t.jsonl").tell(exchange(b"21", b"42", worker=0))
    found = funcs.Function("doubling", doubling()).replay("t.jsonl", against="other")

    assert ("other", "doubling") == found.sides
    assert 'body: expected "63", was 42' in repr(found)


@pytest.mark.parametrize("tolerance", ["x", -1, float("nan"), True, None])
def test_a_tolerance_that_is_none_is_refused(place: Path, tolerance: Any) -> None:
    with pytest.raises(FuncsError, match="is no tolerance"):
        funcs.Function("shop", lambda context, event: 1).replay("t.jsonl", tolerance=tolerance)


def test_a_tape_that_is_none_is_told(place: Path) -> None:
    fn = funcs.Function("doubling", doubling())

    with pytest.raises(FuncsError, match="cannot be read"):
        fn.replay("absent.jsonl")
    with pytest.raises(FuncsError, match="is no path"):
        fn.replay("absent.jsonl", ignore="..")


def test_what_cannot_be_served_is_refused_at_once(place: Path) -> None:
    with pytest.raises(FuncsError, match="is nothing that a function can serve"):
        funcs.Function("three", 3)
    with pytest.raises(GraphError):
        funcs.Function("empty", funcs.Graph("empty"))
    with pytest.raises(FuncsError, match="lower case letters"):
        funcs.Function("My Function", handler)
    with pytest.raises(FuncsError, match=r"write requirements=\['six'\]"):
        funcs.Function("greeter", handler, requirements="six")
    with pytest.raises(FuncsError, match="there is no folder 'absent'"):
        funcs.Function("greeter", handler, models="absent")
    with pytest.raises(FuncsError, match="are no variables"):
        funcs.Function("greeter", handler, env=["A=b"])  # type: ignore[arg-type]
    with pytest.raises(BuildError, match="'arm' is no platform"):
        funcs.Function("greeter", handler, platform="arm")


def test_the_page_of_a_function_shows_graph_and_state(place: Path) -> None:
    fn = funcs.Function("doubling", doubling())
    page = fn._repr_html_()

    assert "doubling\n└─ double  answers" in page
    assert "not built" in page
    assert "not deployed" in page
    assert "<Function 'doubling': not built, not deployed>" == repr(fn)
    assert "&lt;lambda&gt;" in funcs.Function("f", lambda context, event: "")._repr_html_()


def test_a_build_without_an_engine_is_an_archive_here(
    place: Path, wheels: Path, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def cell() -> funcs.Function:
        fn = funcs.Function("doubling", doubling(), base=base)
        return fn.build(no_index=True, find_links=[wheels])

    fn = asyncio.run(cell())
    said = capsys.readouterr().out

    with tarfile.open(place / "doubling.tar") as archive:
        loaded = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert ["doubling:latest"] == loaded[0]["RepoTags"]
    assert "packed  code" in said
    assert "note: could not reach the Docker engine" in said
    assert "built doubling:latest in" in said
    assert "\x1b" not in said
    assert "doubling:latest" in fn._repr_html_()
    with pytest.raises(NoImageError, match="is a file, in no engine and no registry"):
        fn.deploy(url="http://127.0.0.1:9")


def test_a_deploy_goes_from_the_registry_to_the_platform(
    place: Path, wheels: Path, base: str, registry_host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fn = funcs.Function("doubling", doubling(), base=base, env={"LEVEL": "3"})
    with pytest.raises(NoImageError, match="has no image yet"):
        fn.deploy(url="http://127.0.0.1:9")
    with pytest.raises(DeployError, match="was not deployed from here"):
        fn.invoke(21)
    fn.build(registry=registry_host, no_index=True, find_links=[wheels])
    assert fn.built is not None
    with emulated_dashboard() as dashboard:
        dashboard.deploys.looks = 1
        dashboard.deploys.images[fn.built.published.place] = Image()
        fn.deploy(url=dashboard.url)
        fn.deploy(url=dashboard.url)
        answer = fn.invoke({"a": 1}, "/x")
        sent = dashboard.calls("POST")
        state = dashboard.state_of("doubling")

    said = capsys.readouterr().out
    assert fn.built.published.place == state["spec"]["image"]
    assert {"name": "LEVEL", "value": "3"} in state["spec"]["env"]
    assert answer.ok
    assert 2 == len(sent)
    assert "doubling is ready and as planned: nothing to change" in said
    assert "ready http://127.0.0.1:" in fn._repr_html_()


def test_a_function_that_fails_where_it_was_deployed_says_its_own_error_first(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fn = funcs.Function("greeter", handler)
    with emulated_dashboard() as dashboard:
        dashboard.deploys.looks = 1
        dashboard.deploys.images["demo/fn:1"] = Image(failures=(("main", "fail-import"),))
        with pytest.raises(FunctionFailedError):
            fn.deploy(url=dashboard.url, image="demo/fn:1", trust_image=True)

    assert "Traceback" in capsys.readouterr().out
    assert "not deployed" in repr(fn)


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="its base has Python 3.11")
def test_its_image_answers_as_it_does_here(
    place: Path, engine_address: str, repository_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine_address)
    fn = funcs.Function("scaled", Scaled, base="scratch", env={"FACTOR": "3"})
    event = {"inputs": [[1, 2.5]]}
    here = fn.test(event).json()["outputs"]
    fn.build(image=f"{repository_name}:1")
    with serving(f"{repository_name}:1", environ=os.environ) as running:
        there = call(
            running.url, "POST", "/v2/models/scaled/infer", body=json.dumps(event).encode()
        )

    assert [[3, 7.5]] == here
    assert here == there.json()["outputs"]


def test_an_image_of_what_was_before_is_not_deployed(place: Path, wheels: Path, base: str) -> None:
    graph = doubling()
    fn = funcs.Function("doubling", graph, base=base)
    fn.build(no_index=True, find_links=[wheels])
    assert ">doubling:latest<" in fn._repr_html_()
    graph["double"].to(abs).respond()
    assert "doubling:latest, of what was defined before" in fn._repr_html_()  # it cannot even run
    graph["double"].responds = False

    assert "doubling:latest, of what was defined before" in fn._repr_html_()
    with pytest.raises(NoImageError, match="changed since its image 'doubling:latest' was built"):
        fn.deploy(url="http://127.0.0.1:9")
