"""A deploy is waited for, its log told line by line, over a line that may be cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.nuclio.wait import Patience, Waiter
from funcs.deploy.target import Target
from funcs.errors import DeployError
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard
from tests.funcs.deploy.listening import Listener

FUNCTION = {
    "metadata": {"name": "shop"},
    "spec": {"runtime": "python:3.11", "handler": "main:handler", "image": "demo/fn:1"},
}


@pytest.fixture
def waiter(target: Target, listener: Listener) -> Iterator[Waiter]:
    """One for whom a second passes whenever it looks at the clock."""
    client = Dashboard(target)
    seconds = itertools.count()
    patience = Patience(deploy_s=20, outage_s=5)
    yield Waiter(
        client, listener, patience, clock=lambda: next(seconds), sleep=lambda seconds: None
    )
    client.close()


@pytest.fixture
def deploying(dashboard: EmulatedDashboard) -> EmulatedDashboard:
    dashboard.deploys.looks = 4
    dashboard.deploys.create(FUNCTION, {})
    return dashboard


def test_each_line_of_the_log_is_told_once(
    waiter: Waiter, listener: Listener, deploying: EmulatedDashboard
) -> None:
    function = waiter.settled("shop", "nuclio")

    assert "ready" == function.state
    assert [
        "Deploying function",
        "Skipping build",
        "Cleaning up before deployment",
        f"Function deploy complete: 127.0.0.1:{function.port}",
    ] == listener.lines


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET /api/functions/shop", times=3),
        Fault("GET /api/functions/shop", 502, b"<html>", times=3),
        Fault("GET /api/functions/shop", 503, b"", times=3),
    ],
)
def test_an_outage_is_told_once_and_waited_out(
    waiter: Waiter, listener: Listener, deploying: EmulatedDashboard, fault: Fault
) -> None:
    deploying.faults.add(Fault(fault.call, fault.status, fault.body, times=fault.times))

    assert "ready" == waiter.settled("shop", "nuclio").state
    assert 1 == len(listener.steps)
    assert listener.steps[0].endswith("asking again")


def test_an_answer_that_did_not_come_for_long_is_asked_for_once_more(
    target: Target, listener: Listener, deploying: EmulatedDashboard
) -> None:
    seconds = [0.0]

    def hang(call: str) -> None:
        seconds[0] += 31

    deploying.faults.heard = hang
    deploying.faults.add(Fault("GET /api/functions/shop", 504, b""))
    client = Dashboard(target)
    waiter = Waiter(client, listener, Patience(), clock=lambda: seconds[0], sleep=lambda s: None)

    assert "ready" == waiter.settled("shop", "nuclio").state
    client.close()


def test_a_dashboard_that_died_is_told_with_what_may_have_killed_it(
    waiter: Waiter, deploying: EmulatedDashboard
) -> None:
    deploying.deploys.is_dead = True

    with pytest.raises(UnreachableError, match="does not answer any more") as caught:
        waiter.settled("shop", "nuclio")
    assert "an image without HEALTHCHECK ends it" in caught.value.fix


def test_a_refusal_is_no_outage(waiter: Waiter, deploying: EmulatedDashboard) -> None:
    deploying.faults.add(Fault("GET /api/functions/shop", 401, b'{"error": "Unauthorized"}'))

    with pytest.raises(DashboardError, match="401"):
        waiter.settled("shop", "nuclio")


def test_a_deploy_that_never_ends_is_given_up(waiter: Waiter, deploying: EmulatedDashboard) -> None:
    deploying.deploys.functions["nuclio", "shop"].coming = []

    with pytest.raises(DeployError, match="still in state 'building' after") as caught:
        waiter.settled("shop", "nuclio")
    assert "funcs delete shop --force" in caught.value.fix


def test_a_function_that_somebody_deletes_meanwhile(
    waiter: Waiter, deploying: EmulatedDashboard
) -> None:
    del deploying.deploys.functions["nuclio", "shop"]

    with pytest.raises(DeployError, match="was deleted while it was deployed"):
        waiter.settled("shop", "nuclio")


def test_a_log_that_began_anew_is_told_from_its_start(
    waiter: Waiter, listener: Listener, deploying: EmulatedDashboard
) -> None:
    deploying.deploys.restart()
    waiter.settled("shop", "nuclio")

    assert 1 == len(listener.lines)
