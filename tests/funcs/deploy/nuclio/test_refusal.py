"""Refusals of a dashboard, and answers that are none of one, are told in words that help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio.call import Call
from funcs.deploy.nuclio.calls import (
    CreateProject,
    DeleteFunction,
    GetFunction,
    GetPlatformKind,
    GetProject,
    ListFunctions,
)
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.target import Target
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard


def refused(client: Dashboard, dashboard: EmulatedDashboard, fault: Fault) -> DashboardError:
    dashboard.faults.add(fault)
    with pytest.raises(DashboardError) as caught:
        client.send(GetFunction("shop", "nuclio"))
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "reason", "fix"),
    [
        (401, b'{"error": "Unauthorized"}', "401 Unauthorized", "FUNCS_TOKEN"),
        (403, b'{"error": "Forbidden"}', "403 Forbidden", "log in as someone who may"),
        (500, b"", "500", "the dashboard's own log"),
        (500, b'{"error": "exceeded quota: pods=4"}', "exceeded quota", "delete a function"),
        (502, b"<html><b>Bad</b> Gateway</html>", "502 Bad Gateway", "does not reach it"),
        (503, b"starting", "503 starting", "try again later"),
        (404, b'{"detail": "Not Found"}', "404 no dashboard answers", "check --url"),
        (404, b"<html>nginx</html>", "404 no dashboard answers", "check --url"),
        (407, b"", "407", "HTTP_PROXY"),
        (302, b"", "302 the dashboard sends elsewhere", "check --url"),
        (400, b"Client sent an HTTP request to an HTTPS server.", "400 Client sent", "https://"),
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


def test_of_a_web_page_the_title_is_told(client: Dashboard, dashboard: EmulatedDashboard) -> None:
    page = b"<html><head><title>504 Gateway Time-out</title></head><body>nginx</body></html>"
    error = refused(client, dashboard, Fault("GET", 504, page, "text/html"))

    assert "could not look at function 'shop': 504 Gateway Time-out" == error.what


def test_an_address_that_moved_is_named(client: Dashboard, dashboard: EmulatedDashboard) -> None:
    moved = "https://lab.example.org/nuclio/api/projects"
    error = refused(client, dashboard, Fault("GET", 308, location=moved))

    assert "308 the dashboard sends elsewhere" in error.what
    assert error.fix.startswith("give that address: --url https://lab.example.org/nuclio; ")
    assert 1 == len(dashboard.requests)


@pytest.mark.parametrize("location", ["/api/functions", ""])
def test_a_redirect_that_leads_nowhere(
    client: Dashboard, dashboard: EmulatedDashboard, location: str
) -> None:
    error = refused(client, dashboard, Fault("GET", 302, location=location))

    assert error.fix.startswith("check --url")


def test_a_redirect_to_no_address(client: Dashboard, dashboard: EmulatedDashboard) -> None:
    dashboard.faults.add(Fault("GET", 302, location="http://[bad/"))

    with pytest.raises(UnreachableError, match="could not list the functions: Invalid IPv6 URL"):
        client.send(ListFunctions("nuclio"))


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[1]", b"3", b'"functions"'])
def test_an_answer_that_is_no_list_of_functions(
    client: Dashboard, dashboard: EmulatedDashboard, body: bytes
) -> None:
    dashboard.faults.add(Fault("GET", 200, body))

    with pytest.raises(UnreachableError, match="no functions came back"):
        client.send(ListFunctions("nuclio"))


@pytest.mark.parametrize(
    "body",
    [
        b'{"metadata": 5}',
        b'{"metadata": {"name": "shop"}}',
        b'{"metadata": {"name": "other", "namespace": "nuclio"}}',
        b'{"metadata": {"name": ["shop"], "namespace": "nuclio"}, "spec": []}',
    ],
)
def test_an_answer_that_describes_no_function(
    client: Dashboard, dashboard: EmulatedDashboard, body: bytes
) -> None:
    dashboard.faults.add(Fault("GET", 200, body))

    with pytest.raises(UnreachableError, match="no function came back"):
        client.send(GetFunction("shop", "nuclio"))
    dashboard.faults.add(Fault("GET", 200, b'{"shop": {"metadata": 5}}'))
    with pytest.raises(UnreachableError, match="no functions came back"):
        client.send(ListFunctions("nuclio"))


def test_a_status_that_no_dashboard_answers(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    dashboard.faults.add(Fault("DELETE", 203, b"{}"))

    with pytest.raises(DashboardError, match="203 is not what a dashboard answers") as caught:
        client.send(DeleteFunction("shop", "nuclio"))
    assert "check --url" in caught.value.fix


def test_another_server_is_told_from_a_dashboard(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    page = b"<html>log in</html>"
    dashboard.faults.add(Fault("GET", 200, page, "text/html; charset=utf-8"))

    with pytest.raises(UnreachableError, match="a web page answers, no dashboard"):
        client.send(GetFunction("shop", "nuclio"))
    dashboard.faults.add(Fault("POST", 200, page, "text/html; charset=utf-8"))
    with pytest.raises(UnreachableError, match="a web page answers, no dashboard"):
        client.send(CreateProject({"metadata": {"name": "demo", "namespace": "nuclio"}}))


@pytest.mark.parametrize(
    "call",
    [
        ListFunctions("nuclio"),
        GetPlatformKind(),
        GetFunction("shop", "nuclio"),
        GetProject("demo", "nuclio"),
    ],
)
def test_a_wrong_path_is_named(target: Target, call: Call[object]) -> None:
    client = Dashboard(replace(target, url=f"{target.url}/nuclio"))

    with pytest.raises(DashboardError) as caught:
        client.send(call)
    assert "404 no dashboard answers at this address" in caught.value.what
    assert "check --url" in caught.value.fix
    client.close()
