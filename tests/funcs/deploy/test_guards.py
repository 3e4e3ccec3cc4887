"""What would break a real dashboard is refused before anything is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from funcs.deploy.guards import RefusedError, Surroundings, found, guard
from tests.conformance.dashboard.replay import exchanges, whole_body

LOCAL = Surroundings("local", has_healthcheck=True)
CLUSTER = Surroundings("kube", has_healthcheck=True)


def document(name: str = "shop", **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "nuclio", "labels": {}}
    whole = {"runtime": "python:3.11", "handler": "main:handler", "image": "demo/fn:1"} | spec
    return {"metadata": metadata, "spec": whole}


def whats(document: dict[str, Any], surroundings: Surroundings = LOCAL) -> list[str]:
    return [problem.what for problem in found(document, surroundings)]


def test_an_ordinary_function_passes() -> None:
    env = [{"name": "A", "value": '$x `y` "z"\n\\'}]

    guard(document(env=env, triggers={"http": {"kind": "http"}}), LOCAL)


@pytest.mark.parametrize("name", ["a/b", "x.io/a", "-dash", "sp ace", "dashboard", "x" * 64])
def test_a_name_that_breaks_the_list_or_is_refused_late(name: str) -> None:
    assert 1 == len(whats(document(name)))


def test_kubernetes_takes_fewer_names() -> None:
    assert [] == whats(document("My_Shop"))
    assert ["Kubernetes takes no function called 'My_Shop'"] == whats(document("My_Shop"), CLUSTER)


def test_a_quote_would_run_as_a_command() -> None:
    bad = document(env=[{"name": "A", "value": "it's"}])
    bad["metadata"]["labels"] = {"team": "it's"}

    assert 2 == len(whats(bad))
    bad["metadata"]["labels"] = {}
    assert [] == whats(bad, CLUSTER)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("a b", ""),
        ("a", "b c"),
        ("a/b/c", ""),
        ("-a", ""),
        ("a", "x" * 64),
        ("A.io/a", ""),
        ("", ""),
    ],
)
def test_a_label_that_kubernetes_would_refuse(label: str, value: str) -> None:
    bad = document()
    bad["metadata"]["labels"] = {label: value, "nuclio.io/project-name": "x", "Team_1": "A.b-c"}

    assert [f"Kubernetes takes no label '{label}: {value}'"] == whats(bad, CLUSTER)
    assert [] == whats(bad)


@pytest.mark.parametrize("path", ["/da ta", "/a;id", "/$(id)", "/a,b", "/a'b", "/a&b"])
def test_a_folder_would_be_read_by_a_shell(path: str) -> None:
    there = {"volume": {"hostPath": {"path": path}}, "volumeMount": {"mountPath": "/x"}}
    here = {"volume": {"hostPath": {"path": "/x"}}, "volumeMount": {"mountPath": path}}
    build = {"path": "x", "args": {"A": path.replace(",", "|")}}

    assert 2 == len(whats(document(volumes=[there, here])))
    assert 1 == len(whats(document(build=build)))
    assert [] == whats(document(volumes=[there], build=build), CLUSTER)


@pytest.mark.parametrize(
    "spec",
    [
        {"devices": ["/dev/a;b"]},
        {"build": {"flags": ["--network host", "--label a=$(b)"]}},
        {"platform": {"attributes": {"network": "a b"}}},
        {"platform": {"attributes": {"restartPolicy": {"name": "always; a"}}}},
    ],
)
def test_what_else_would_be_read_by_a_shell(spec: dict[str, Any]) -> None:
    (what,) = whats(document(**spec))

    assert what.endswith(" would be read by the dashboard's shell")
    assert [] == whats(document(**spec), CLUSTER)


def test_what_a_shell_would_read_of_a_secret_is_not_told() -> None:
    build = {"args": {"API_TOKEN": "abc;d"}, "flags": ["--build-arg TOKEN=abc;d"]}

    assert 2 == len(whats(document(build=build)))
    assert "abc" not in str(whats(document(build=build)))


def test_an_ordinary_folder_is_none() -> None:
    pair = {
        "volume": {"hostPath": {"path": "/srv/mödels-2/v1.0_b"}},
        "volumeMount": {"mountPath": "/models"},
    }

    build = {"path": "x", "args": {"PIP_INDEX_URL": "https://pypi.example.org/simple"}}
    assert [] == whats(document(volumes=[pair], build=build))


def test_a_secret_of_kubernetes_would_be_empty() -> None:
    bad = document(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "b", "key": "c"}}}])

    assert ["the variable A would be empty: it comes from Kubernetes"] == whats(bad)
    assert [] == whats(bad, CLUSTER)


def test_an_image_without_healthcheck_is_refused() -> None:
    (what,) = whats(document(), Surroundings("local", has_healthcheck=False))

    assert "would end the dashboard" in what
    assert [] == whats(document(), Surroundings("kube", has_healthcheck=False))


def test_an_image_that_nobody_can_look_into_is_refused() -> None:
    (problem,) = found(document(), Surroundings("local"))

    assert "nobody here can look into the image 'demo/fn:1'" == problem.what
    assert "--trust-image" in problem.fix


def test_the_port_of_a_registry_is_no_tag() -> None:
    build = {"image": "host:5000/shop:1"}

    assert ["the dashboard cannot read the port in 'host:5000/shop:1'"] == whats(
        document(build=build)
    )


def test_nuclio_builds_for_some_pythons_alone() -> None:
    assert ["the dashboard cannot build for 'python:3.12'"] == whats(
        document(build={"path": "x"}, runtime="python:3.12")
    )


def test_a_volume_of_kubernetes_would_be_left_out() -> None:
    pair = {"volume": {"name": "a", "emptyDir": {}}, "volumeMount": {"name": "a"}}

    assert 1 == len(whats(document(volumes=[pair])))
    assert [] == whats(document(volumes=[pair]), CLUSTER)


@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        ("/etc/nuclio/config/processor", "docker local kube"),
        ("/etc//nuclio/config/platform/", "docker local kube"),
        ("/etc/nuclio/config", "docker local kube"),
        ("/etc/nuclio", "docker"),
        ("/opt/../etc", "docker"),
        ("/etc/nuclio/config/processor/own", ""),
        ("/etc/nuclios", ""),
        ("/data", ""),
    ],
)
def test_the_place_of_the_configuration_is_not_mounted_over(place: str, kinds: str) -> None:
    pair = {"volume": {"name": "a", "hostPath": {"path": "/a"}}}
    mounted = document(volumes=[{**pair, "volumeMount": {"name": "a", "mountPath": place}}])

    for kind in ("docker", "local", "kube"):
        said = whats(mounted, Surroundings(kind, has_healthcheck=True))
        assert (kind in kinds.split()) == any("own configuration" in each for each in said), kind


def test_every_reason_is_told_at_once() -> None:
    bad = document("a/b", env=[{"name": "A", "value": "'"}, {"name": "A", "value": ""}])

    with pytest.raises(RefusedError) as caught:
        guard(bad, LOCAL)

    assert 3 == len(caught.value.problems)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("limit-description-over", False),
        ("limit-description-under", True),
        ("limit-env-over", False),
        ("src-size-64k", True),
        ("src-size-68k", True),
        ("src-size-80k", False),
        ("src-size-128k", False),
    ],
)
def test_sizes_are_refused_where_the_recorded_dashboard_failed(name: str, fits: bool) -> None:
    body = whole_body(exchanges()[f"{name}-request"])
    assert body is not None

    problems = whats(json.loads(body))
    assert fits == (not problems)


def test_a_cluster_has_no_shell_to_overflow() -> None:
    assert [] == whats(document(description="x" * 200_000), CLUSTER)
