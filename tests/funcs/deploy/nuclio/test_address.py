"""An address that the dashboard keeps is compared with what the engine says, as recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from funcs.deploy.document import Additions
from funcs.deploy.engine import Engine
from funcs.deploy.nuclio.address import direct_url, is_stale, outside
from funcs.deploy.nuclio.platform import NuclioPlatform
from funcs.deploy.nuclio.status import Function
from funcs.deploy.platform import Request, Session
from funcs.deploy.prepare import Order, prepare
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from tests.conformance.dashboard.replay import exchanges, inspected
from tests.dashboard.engine_api import emulated_engine
from tests.funcs.deploy.listening import Listener

HERE, THERE = "http://localhost:8070", "http://lab:8070"


def recorded(name: str) -> Function:
    return Function.from_document(json.loads(exchanges()[name]["response_body"]))


@pytest.mark.parametrize(
    ("function", "container", "url", "expected"),
    [
        ("fn-get", "deploy-ok", HERE, False),
        ("stale-get-echo", "stale-echo", HERE, True),
        ("stale-get-echo", "stale-echo", THERE, False),  # another machine's engine
        ("upd-get-disabled", "deploy-ok", HERE, False),  # it has no address
    ],
)
def test_a_recorded_address_is_judged(
    function: str, container: str, url: str, expected: bool
) -> None:
    found = recorded(function)
    containers = {f"nuclio-nuclio-{found.name}": inspected(container)}
    with emulated_engine(containers, {}) as host:
        assert expected == is_stale(found, Engine({"DOCKER_HOST": host}), url)


def test_a_stopped_container_is_at_no_address() -> None:
    stopped = {**inspected("deploy-ok"), "State": {"Status": "exited"}}
    with emulated_engine({"nuclio-nuclio-echo": stopped}, {}) as host:
        assert is_stale(recorded("fn-get"), Engine({"DOCKER_HOST": host}), HERE)


@pytest.mark.parametrize(
    ("external", "port", "expected"),
    [
        (["127.0.0.1:32768"], 32768, "http://127.0.0.1:32768"),
        (["0.0.0.0:32768"], 32768, "http://lab:32768"),
        (["[::]:32768"], 32768, "http://lab:32768"),
        (["[fd00::5]:32768"], 32768, "http://[fd00::5]:32768"),
        ([], 31000, "http://lab:31000"),
        (["shop.example.org/api"], 0, "http://shop.example.org/api"),
    ],
)
def test_the_address_outside_is_the_best_known(
    external: list[str], port: int, expected: str
) -> None:
    status = {"externalInvocationUrls": external, "httpPort": port}
    function = Function.from_document({"metadata": {"name": "shop"}, "status": status})

    assert expected == direct_url(function, THERE)


@pytest.mark.parametrize("external", [["0.0.0.0:32768"], []])
def test_a_dashboard_at_an_ipv6_address(external: list[str]) -> None:
    status = {"externalInvocationUrls": external, "httpPort": 32768}
    function = Function.from_document({"metadata": {"name": "shop"}, "status": status})

    assert ("http://[fd00::1]:32768",) == outside(function, "http://[fd00::1]:8070")


def test_a_function_without_an_address_says_so() -> None:
    with pytest.raises(DeployError, match="has no address outside the platform"):
        direct_url(recorded("upd-get-disabled"), HERE)


def test_a_stale_function_is_not_called_and_deployed_anew(
    target: Target, listener: Listener, folder: Path, spec: FunctionSpec
) -> None:
    with emulated_engine({"nuclio-nuclio-shop": inspected("stale-echo")}, {}) as host:
        environ = {"DOCKER_HOST": host}
        session = Session(target, listener, environ, folder, timeout_s=5, poll_s=0.001)
        platform = NuclioPlatform(session)
        order = Order(spec, target, Additions(), image="demo/fn:1", trusts_image=True)
        plan = prepare(order, Engine(environ), platform).plan
        platform.apply(plan, {})

        with pytest.raises(DeployError, match="is another function's by now"):
            platform.call("shop", Request("GET", "/"), is_direct=False)
        assert platform.apply(plan, {}).has_changed
        found = platform.function("shop")
        platform.close()

    assert "the engine was restarted since the last deploy: deploying anew" in listener.steps
    assert found is not None
    assert "its address is stale" in found.state


def test_an_engine_that_has_the_image_is_believed(
    target: Target, listener: Listener, folder: Path, spec: FunctionSpec
) -> None:
    images = {
        "demo/bare:1": {"Id": "sha256:ab", "Config": {}},
        "demo/fn:1": {"Id": "sha256:cd", **inspected("deploy-ok")},
    }
    with emulated_engine({}, images) as host:
        engine = Engine({"DOCKER_HOST": host})
        platform = NuclioPlatform(Session(target, listener, {"DOCKER_HOST": host}, folder))
        with pytest.raises(DeployError, match="has no HEALTHCHECK"):
            prepare(Order(spec, target, image="demo/bare:1"), engine, platform)
        plan = prepare(Order(spec, target, image="demo/fn:1"), engine, platform).plan
        platform.close()

    annotations = plan.steps[1].document["metadata"]["annotations"]
    assert "sha256:cd" == annotations["funcs/image"]
