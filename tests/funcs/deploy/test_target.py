"""A target is what flags, variables and funcs.toml say, in this order."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from funcs.deploy.profile import Profile
from funcs.deploy.target import Target
from funcs.errors import DeployError

FILE = '[targets.lab]\nurl = "http://file:8070"\nnamespace = "file"\nproject = "file"\n'


NOTHING: dict[str, str] = {}


def resolve(folder: Path, environ: dict[str, str] = NOTHING, **wanted: Any) -> Target:
    given = {"HOME": str(folder), **environ}
    return Target.resolve(Profile(**wanted), given, folder, namespace="yaml")


def test_flags_win_over_variables_and_those_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "funcs.toml").write_text(FILE)
    environ = {"FUNCS_NAMESPACE": "variable", "FUNCS_URL": "http://variable:8070"}

    target = resolve(tmp_path, environ, url="http://flag:8070")

    assert "http://flag:8070" == target.url
    assert "variable" == target.namespace
    assert "file" == target.project


def test_function_yaml_says_what_nobody_else_does(tmp_path: Path) -> None:
    target = resolve(tmp_path, url="http://flag:8070")

    assert "yaml" == target.namespace
    assert "default" == target.project


def test_without_a_target_the_ways_to_name_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="no target is configured") as caught:
        resolve(tmp_path)

    assert "--url http://localhost:8070" in caught.value.fix
    assert "funcs.toml" in caught.value.fix


@pytest.mark.parametrize(
    ("url", "what", "fix"),
    [
        ("localhost:8070", "is no dashboard's address", "did you mean 'http://localhost:8070'?"),
        ("ftp://host", "is no dashboard's address", "http://localhost:8070"),
        ("http://", "is no dashboard's address", "http://localhost:8070"),
        ("http://host:99999", "is no address", "http://localhost:8070"),
        ("http://me:pw@host:8070", "the address holds credentials", "FUNCS_PASSWORD"),
        ("http://host:8070/?a=b", "holds a query", "write 'http://host:8070/'"),
    ],
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str, what: str, fix: str) -> None:
    with pytest.raises(DeployError) as caught:
        resolve(tmp_path, url=url)

    assert what in caught.value.what
    assert "--url" == caught.value.where
    assert fix in caught.value.fix


def test_the_error_never_tells_a_password(tmp_path: Path) -> None:
    with pytest.raises(DeployError) as caught:
        resolve(tmp_path, url="http://me:hidden@host:8070")

    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("name", ["local", "nuclio"])
def test_nuctls_names_of_platforms_are_known(tmp_path: Path, name: str) -> None:
    assert "nuclio" == resolve(tmp_path, platform=name, url="http://host:8070/").platform


def test_an_unknown_platform_has_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="no platform 'kub'") as caught:
        resolve(tmp_path, platform="kub")

    assert "did you mean 'kube'?" in caught.value.fix


def test_what_cannot_be_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "funcs.toml").write_text("[targets.lab]\nplatform = 'swarm'\n")
    with pytest.raises(DeployError) as in_file:
        resolve(tmp_path)
    with pytest.raises(DeployError) as in_variable:
        resolve(tmp_path, {"FUNCS_PLATFORM": "docker", "FUNCS_NAMESPACE": "A b"})

    assert f"{tmp_path / 'funcs.toml'}:1" == in_file.value.where
    assert "FUNCS_NAMESPACE" == in_variable.value.where


def test_a_certificate_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="no such certificate file") as caught:
        resolve(tmp_path, url="https://host", ca="missing.pem")

    assert "missing.pem" == caught.value.where


def test_kubernetes_needs_no_address(tmp_path: Path) -> None:
    target = Target.resolve(Profile(platform="kube", context="lab"), {}, tmp_path)

    assert "default" == target.namespace
    assert "kube context lab (default)" == target.place


@pytest.mark.parametrize(
    ("noun", "flag"), [("namespace", "--namespace"), ("project", "--project-name")]
)
def test_a_name_that_kubernetes_would_refuse_is_refused_here(
    tmp_path: Path, noun: str, flag: str
) -> None:
    with pytest.raises(DeployError, match=f"'My_Shop' cannot be a {noun}'s name") as caught:
        resolve(tmp_path, NOTHING, url="http://host:8070", **{noun: "My_Shop"})

    assert flag == caught.value.where


def test_engines_of_several_contexts_are_several_places(tmp_path: Path) -> None:
    for name in ("near", "far"):
        key = hashlib.sha256(name.encode()).hexdigest()
        meta = tmp_path / "contexts" / "meta" / key / "meta.json"
        meta.parent.mkdir(parents=True)
        meta.write_text(json.dumps({"Endpoints": {"docker": {"Host": f"tcp://{name}:2375"}}}))
    places = [
        resolve(
            tmp_path,
            {"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": name},
            platform="docker",
        ).place
        for name in ("near", "far", "default")
    ]

    assert ["tcp://near:2375 (yaml)", "tcp://far:2375 (yaml)", "docker (yaml)"] == places


def test_an_address_ends_where_the_api_begins(tmp_path: Path) -> None:
    assert "http://host/nuclio" == resolve(tmp_path, url="http://host/nuclio/api/").url


VALUES = {
    "url": ("http://flag:1", "http://variable:1", "http://file:1"),
    "namespace": ("flag", "variable", "file"),
    "project": ("flag", "variable", "file"),
    "registry": ("flag:5000", "variable:5000", "file:5000"),
    "gateway": ("flag.org", "variable.org", "file.org"),
    "serve_at": ("flag:1", "variable:1", "file:1"),
    "context": ("flag", "variable", "file"),
}


@pytest.mark.parametrize("name", VALUES)
def test_each_value_is_the_flags_then_the_variables_then_the_files(
    tmp_path: Path, name: str
) -> None:
    flag, variable, file = VALUES[name]
    platform = "kube" if name == "context" else "nuclio"
    keys = {"platform": platform, "url": "http://file:1", name: file}
    text = "".join(f"{key} = '{value}'\n" for key, value in keys.items())
    (tmp_path / "funcs.toml").write_text(f"[targets.lab]\n{text}")
    environ = {f"FUNCS_{name.upper()}": variable}

    found = [
        resolve(tmp_path, environ, **{name: flag}),
        resolve(tmp_path, environ),
        resolve(tmp_path),
    ]
    assert [flag, variable, file] == [getattr(each, name) for each in found]


def test_the_platform_and_the_target_are_chosen_in_the_same_order(tmp_path: Path) -> None:
    text = "default = 'a'\n[targets.a]\nplatform = 'docker'\n[targets.b]\nplatform = 'kube'\n"
    (tmp_path / "funcs.toml").write_text(text)

    assert "docker" == resolve(tmp_path).platform
    assert "kube" == resolve(tmp_path, {"FUNCS_TARGET": "b"}).platform
    assert "docker" == resolve(tmp_path, {"FUNCS_TARGET": "b"}, name="a").platform
    assert "kube" == resolve(tmp_path, {"FUNCS_PLATFORM": "k8s"}).platform


@pytest.mark.parametrize(
    ("platform", "flag"),
    [("kube", "url"), ("docker", "url"), ("docker", "context"), ("nuclio", "context")],
)
def test_a_flag_of_another_platform_is_never_passed_over(
    tmp_path: Path, platform: str, flag: str
) -> None:
    (tmp_path / "funcs.toml").write_text(f"[targets.here]\nplatform = '{platform}'\n")

    with pytest.raises(DeployError, match=f"--{flag} is for another platform than") as caught:
        resolve(tmp_path, {"FUNCS_URL": "http://host:1"}, **{flag: "http://host:8070"})
    assert "--platform" in caught.value.fix


def test_a_variable_of_another_platform_is_passed_over(tmp_path: Path) -> None:
    environ = {"FUNCS_URL": "http://host:8070", "FUNCS_CONTEXT": "lab"}

    assert "docker (yaml)" == resolve(tmp_path, environ, platform="docker").place
