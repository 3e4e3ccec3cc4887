"""The client words what a dashboard, or the way to it, does wrong."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from funcs.deploy.credentials import Credentials
from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio.calls import (
    CreateProject,
    GetFunction,
    GetPlatformKind,
    GetProject,
    ListFunctions,
)
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.target import Target
from tests.builder.registries import certificate
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard, emulated_dashboard


@pytest.fixture
def client(target: Target) -> Iterator[Dashboard]:
    client = Dashboard(target)
    yield client
    client.close()


def refused(client: Dashboard, dashboard: EmulatedDashboard, fault: Fault) -> DashboardError:
    dashboard.faults.add(fault)
    with pytest.raises(DashboardError) as caught:
        client.send(GetFunction("shop", "nuclio"))
    return caught.value


def test_a_function_that_is_not_there_is_none(client: Dashboard) -> None:
    assert None is client.send(GetFunction("nobody", "nuclio"))
    assert () == client.send(ListFunctions("nuclio"))


def test_the_platform_says_what_it_runs_on(client: Dashboard, dashboard: EmulatedDashboard) -> None:
    assert "local" == client.send(GetPlatformKind())

    dashboard.kind = "kube"
    assert "kube" == client.send(GetPlatformKind())


def test_a_project_is_made_once(client: Dashboard) -> None:
    document = {"metadata": {"name": "demo", "namespace": "nuclio"}, "spec": {}}

    assert not client.send(GetProject("demo", "nuclio"))
    client.send(CreateProject(document))
    client.send(CreateProject(document))
    assert client.send(GetProject("demo", "nuclio"))


@pytest.mark.parametrize(
    ("status", "body", "reason", "fix"),
    [
        (401, b'{"error": "Unauthorized"}', "401 Unauthorized", "FUNCS_TOKEN"),
        (403, b'{"error": "Forbidden"}', "403 Forbidden", "log in as someone who may"),
        (500, b"", "500", ""),
        (500, b'{"error": "exceeded quota: pods=4"}', "exceeded quota", "delete a function"),
        (502, b"<html>Bad Gateway</html>", "502 <html>", "does not reach it"),
        (503, b"starting", "503 starting", "try again later"),
        (302, b"", "302 the dashboard sends elsewhere", ""),
    ],
)
def test_a_refusal_says_what_was_wanted_and_why(
    client: Dashboard,
    dashboard: EmulatedDashboard,
    status: int,
    body: bytes,
    reason: str,
    fix: str,
) -> None:
    error = refused(client, dashboard, Fault("GET", status, body))

    assert error.what.startswith("could not look at function 'shop': ")
    assert reason in error.what
    assert dashboard.url == error.where
    assert fix in error.fix
    assert status == error.status


def test_a_list_that_is_broken_for_good_is_explained(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    dashboard.deploys.is_list_broken = True

    with pytest.raises(DashboardError) as caught:
        client.send(ListFunctions("nuclio"))
    assert "a function with a / in its name" in caught.value.fix


def test_another_server_is_told_from_a_dashboard(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    page = b"<html>log in</html>"
    dashboard.faults.add(Fault("GET", 200, page, "text/html; charset=utf-8"))

    with pytest.raises(UnreachableError, match="a web page answers, no dashboard"):
        client.send(GetFunction("shop", "nuclio"))


def test_a_wrong_path_is_named(target: Target) -> None:
    client = Dashboard(replace(target, url=f"{target.url}/nuclio"))

    with pytest.raises(DashboardError) as caught:
        client.send(ListFunctions("nuclio"))
    assert "404 no dashboard answers at this address" in caught.value.what
    assert "check --url" in caught.value.fix
    client.close()


def test_nobody_listens(target: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = Dashboard(replace(target, url=f"http://127.0.0.1:{port}"))

    with pytest.raises(UnreachableError, match="Connection refused"):
        client.send(GetPlatformKind())
    client.close()


def test_a_host_that_is_not_known(target: Target) -> None:
    client = Dashboard(replace(target, url="http://no-such-host.invalid:8070"))

    with pytest.raises(UnreachableError) as caught:
        client.send(GetPlatformKind())
    assert "check the address" in caught.value.fix
    client.close()


def test_a_line_that_is_cut(client: Dashboard, dashboard: EmulatedDashboard) -> None:
    dashboard.faults.add(Fault("GET"))

    with pytest.raises(UnreachableError, match="could not look at function 'shop'"):
        client.send(GetFunction("shop", "nuclio"))


def test_credentials_are_sent_and_netrc_is_not(
    target: Target,
    dashboard: EmulatedDashboard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    known = Dashboard(replace(target, credentials=Credentials(token="abc")))
    stranger = Dashboard(target)
    dashboard.faults.authorization = "Bearer abc"

    assert "local" == known.send(GetPlatformKind())
    with pytest.raises(DashboardError, match="401 Unauthorized"):
        stranger.send(GetPlatformKind())
    assert "authorization" not in dashboard.requests[-1].headers
    known.close()
    stranger.close()


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[EmulatedDashboard, Path]]:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with emulated_dashboard(context) as dashboard:
        yield dashboard, file


def test_a_certificate_of_ones_own_is_named_or_refused(
    secure: tuple[EmulatedDashboard, Path],
) -> None:
    dashboard, file = secure
    plain = Target(platform="nuclio", url=dashboard.url)

    trusting = Dashboard(replace(plain, insecure=True))
    stranger, known = Dashboard(plain), Dashboard(replace(plain, ca=str(file)))

    with pytest.raises(UnreachableError) as caught:
        stranger.send(GetPlatformKind())
    assert "ca = 'file.pem' in funcs.toml" in caught.value.fix
    assert "local" == known.send(GetPlatformKind())
    assert "local" == trusting.send(GetPlatformKind())
    trusting.close()
    stranger.close()
    known.close()


def test_tls_to_a_port_that_has_none(target: Target) -> None:
    client = Dashboard(replace(target, url=target.url.replace("http:", "https:")))

    with pytest.raises(UnreachableError) as caught:
        client.send(GetPlatformKind())
    assert "it does not speak TLS" in caught.value.what
    assert f"write {target.url}" == caught.value.fix
    client.close()


def test_an_answer_that_does_not_come_in_time(target: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Dashboard(replace(target, url=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        call = GetPlatformKind()
        call.timeout_s = 0.05

        with pytest.raises(UnreachableError, match="no answer in time"):
            client.send(call)
        client.close()


def test_a_call_answers_what_the_function_does(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    dashboard.deploys.create(
        {
            "metadata": {"name": "echo"},
            "spec": {"runtime": "python:3.11", "handler": "main:handler", "image": "demo/fn:1"},
        },
        {},
    )
    dashboard.deploys.settle(dashboard.deploys.functions["nuclio", "echo"])

    answer = client.invoke(
        "POST",
        function="echo",
        namespace="nuclio",
        path="/a?b=c",
        headers={"x-tenant": "t"},
        body=b"hello",
        timeout_s=5,
    )

    expected = {"function": "echo", "path": "/a?b=c", "method": "POST", "body": "hello"}
    assert expected == answer.json()
    assert "t" == dashboard.requests[-1].headers["x-tenant"]
