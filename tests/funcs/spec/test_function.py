"""A function's folder, with and without function.yaml, and the processor.yaml made of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from funcs.errors import SpecError
from funcs.spec import FunctionSpec, InvalidSpecError

HERE = f"python:{sys.version_info.major}.{sys.version_info.minor}"
GRAPH = "import funcs\n\ngraph = funcs.Graph('x')\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "My Shop"
    place.mkdir()
    return place


def write(folder: Path, **files: str) -> FunctionSpec:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return FunctionSpec.of(folder)


def test_a_main_with_a_graph_is_a_function_named_after_its_folder(folder: Path) -> None:
    spec = write(folder, main_py=GRAPH)

    assert ("my-shop", "function:handler", "main:graph") == (
        spec.name,
        spec.handler,
        spec.settings.graph,
    )
    assert (
        "no function.yaml: serving the graph main:graph",
        "the function is called 'my-shop', after its folder",
    ) == spec.notices


def test_a_main_with_a_handler_is_a_plain_function(folder: Path) -> None:
    spec = write(folder, main_py="graph = 1\n\nasync def handler(context, event): ...\n")

    assert ("main:handler", "") == (spec.handler, spec.settings.graph)
    assert not spec.is_graph


def test_a_file_names_the_function_too(folder: Path) -> None:
    (folder / "other.py").write_text("def handler(context, event): ...\n")

    assert "other:handler" == FunctionSpec.of(folder / "other.py").handler


def test_a_function_yaml_without_a_handler_looks_at_main(folder: Path) -> None:
    spec = write(folder, function_yaml="metadata: {name: a}\nspec: {}\n", main_py=GRAPH)

    assert "main:graph" == spec.settings.graph
    assert ("function.yaml names no handler: serving the graph main:graph",) == spec.notices


def test_a_graph_setting_needs_no_handler(folder: Path) -> None:
    text = "metadata: {name: a}\nspec: {runtimeAttributes: {funcs: {graph: other:g}}}\n"

    assert "function:handler" == write(folder, function_yaml=text).handler


def test_a_graph_by_another_name_is_found_in_the_fix(folder: Path) -> None:
    with pytest.raises(SpecError, match="neither a function 'handler'") as caught:
        write(folder, main_py="from funcs import Graph\n\nflow: Graph = Graph('x')\n")

    assert "call the graph 'graph' instead of 'flow'" in caught.value.fix


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no function in"),
        ({"function_yml": "spec: {}"}, "Nuclio does not read 'function.yml'"),
        ({"main_py": "def handler(:\n"}, "not Python: "),
        ({"function_yaml": "spec: {}"}, "no handler is named, and there is no main.py"),
    ],
)
def test_what_is_no_function_says_so(folder: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        write(folder, **files)


def test_a_folder_that_is_not_there_says_so(folder: Path) -> None:
    with pytest.raises(SpecError, match="there is no folder"):
        FunctionSpec.of(folder / "nowhere")


def test_a_file_that_is_no_text_is_named_with_its_line(folder: Path) -> None:
    (folder / "function.yaml").write_bytes(b"spec:\n  handler: \xff\n")

    with pytest.raises(SpecError, match="not UTF-8") as caught:
        FunctionSpec.of(folder)

    assert caught.value.where.endswith("function.yaml:2")


def test_an_invalid_function_yaml_has_its_path_in_every_problem(folder: Path) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        write(folder, function_yaml="spec: {handlr: a, replicas: x}")

    assert all(f"{folder}/function.yaml:1" in each.where for each in caught.value.problems)


def test_notices_tell_what_is_old_and_what_is_idle(folder: Path) -> None:
    spec = write(
        folder,
        function_yaml=(
            "metadata: {name: My.Shop}\n"
            "spec:\n"
            "  handler: main:handler\n"
            "  runtime: python:3.8\n"
            "  replicas: 2\n"
            "  triggers:\n"
            "    a: {kind: http, maxWorkers: 2}\n"
            "    b: {kind: nats, batch: {mode: enable}}\n"
        ),
    )

    assert (
        "Kubernetes will refuse the name 'My.Shop': it takes lower case, digits and '-'",
        f"runtime is 'python:3.8'; here the function runs on {HERE!r}",
        "trigger 'a': maxWorkers is old, write numWorkers",
        "trigger 'b': only http batches, nats brings single events",
        "kept for the deployment, without effect here: replicas",
    ) == spec.notices


# What Nuclio's dashboard 1.14 wrote for these requests, as recorded from the real one.
RECORDED = """\
PlatformConfig: null
metadata:
  labels:
    nuclio.io/project-name: default
  name: echo
  namespace: nuclio
spec:
  build:
    noBaseImagesPull: true
    offline: true
  disableDefaultHTTPTrigger: false
  env:
  - name: DEMO_A
    value: one two
  eventTimeout: ''
  handler: main:handler
  image: demo/fn:1
  platform: {}
  resources:
    requests:
      cpu: 25m
      memory: 1Mi
  runtime: python:3.11
  securityContext: {}
  triggers:
    http:
      class: ''
      kind: http
      name: http
      numWorkers: 2
"""


def test_processor_yaml_is_what_the_dashboard_writes(folder: Path) -> None:
    spec = write(
        folder,
        function_yaml=(
            "metadata: {name: echo}\n"
            "spec:\n"
            "  handler: main:handler\n"
            "  image: demo/fn:1\n"
            "  runtime: python:3.11\n"
            "  env: [{name: DEMO_A, value: one two}]\n"
            "  build: {noBaseImagesPull: true, offline: true, noCache: false}\n"
            "  triggers: {http: {kind: http, numWorkers: 2, disabled: false}}\n"
        ),
    )

    assert RECORDED == spec.to_processor_yaml()


def test_without_an_http_trigger_the_default_one_is_added(folder: Path) -> None:
    spec = write(folder, main_py=GRAPH).processor_yaml()["spec"]

    assert {
        "default-http": {"class": "", "kind": "http", "name": "default-http", "numWorkers": 1}
    } == spec["triggers"]
    assert {"funcs": {"graph": "main:graph"}} == spec["runtimeAttributes"]


def test_the_default_trigger_can_be_declined(folder: Path) -> None:
    text = "spec: {handler: main:handler, disableDefaultHTTPTrigger: true}"
    spec = write(folder, function_yaml=text).processor_yaml()["spec"]

    assert ({}, True) == (spec["triggers"], spec["disableDefaultHTTPTrigger"])


def test_what_was_left_out_is_filled_in_as_nuclio_does(folder: Path) -> None:
    text = (
        "metadata: {labels: {team: a}}\n"
        "spec:\n"
        "  handler: main:handler\n"
        "  runtime: python\n"
        "  minReplicas: 0\n"
        "  maxReplicas: 3\n"
        "  resources: {limits: {cpu: 1}, requests: {cpu: 2}}\n"
        "  triggers:\n"
        "    a: {kind: http, maxWorkers: 4, workerAvailabilityTimeoutMilliseconds: 0,\n"
        "        batch: {mode: enable}}\n"
        "  runtimeAttributes: {mine: {a: 0}, funcs: {nuclio: 1.14}}\n"
    )
    document = write(folder, function_yaml=text).processor_yaml()
    spec = document["spec"]

    assert {"nuclio.io/project-name": "default", "team": "a"} == document["metadata"]["labels"]
    assert "python:3.9" == spec["runtime"]
    assert (0, 3) == (spec["minReplicas"], spec["maxReplicas"])
    assert {"limits": {"cpu": "1"}, "requests": {"cpu": "2", "memory": "1Mi"}} == spec["resources"]
    assert {
        "class": "",
        "kind": "http",
        "name": "a",
        "numWorkers": 4,
        "workerAvailabilityTimeoutMilliseconds": 0,
        "batch": {"mode": "enable", "batchSize": 10, "timeout": "1s"},
    } == spec["triggers"]["a"]
    assert {"mine": {"a": 0}, "funcs": {"nuclio": 1.14}} == spec["runtimeAttributes"]


def test_everything_given_is_kept_for_the_deployment(folder: Path) -> None:
    given: dict[str, Any] = {
        "handler": "main:handler",
        "runtime": "python:3.11",
        "description": "d",
        "sidecars": [{"name": "s", "ports": [{"containerPort": 9000}]}],
        "volumes": [
            {
                "volume": {"name": "v", "hostPath": {"path": "/x"}},
                "volumeMount": {"name": "v", "mountPath": "/y", "readOnly": True},
            }
        ],
        "affinity": {"podAffinity": {"x": []}},
        "hostIPC": True,
        "targetCPU": 50,
        "dealerURI": "x",
        "scaleToZero": {
            "scaleResources": [{"metricName": "m", "windowSize": "1m", "threshold": 1}]
        },
        "loggerSinks": [{"level": "info", "sink": "x"}],
        "triggers": {
            "k": {
                "kind": "kafka",
                "attributes": {"topics": ["t"], "consumerGroup": "g", "sasl": {"enable": False}},
                "partitions": [{"id": "1", "checkpoint": ""}],
                "total_tasks": 3,
                "async": {"maxConnectionsNumber": 5},
                "mode": "async",
            }
        },
    }
    written = write(folder, function_yaml=yaml.safe_dump({"spec": given})).processor_yaml()["spec"]

    trigger = written["triggers"].pop("k")
    assert trigger.items() >= given.pop("triggers")["k"].items()
    assert written.items() >= given.items()
