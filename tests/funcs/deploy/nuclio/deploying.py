"""What tests of deploys to a dashboard have alike."""

from __future__ import annotations

from collections.abc import Callable

from funcs.deploy.deployed import Outcome
from funcs.deploy.engine import Engine
from funcs.deploy.nuclio.platform import NuclioPlatform
from funcs.deploy.prepare import Order, Prepared, prepare
from funcs.deploy.target import Target
from funcs.spec import FunctionSpec
from tests.dashboard.server import EmulatedDashboard

NO_ENGINE = {"DOCKER_HOST": "unix:///nonexistent.sock"}
Deploy = Callable[..., Outcome]


def sent(dashboard: EmulatedDashboard) -> list[str]:
    """What was sent, without the questions."""
    return [f"{each.method} {each.target}" for each in dashboard.requests if each.method != "GET"]


def prepared_source(spec: FunctionSpec, target: Target, platform: NuclioPlatform) -> Prepared:
    return prepare(Order(spec, target, is_source=True), Engine(NO_ENGINE), platform)
