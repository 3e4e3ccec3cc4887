"""A dashboard's clients, and a deploy of the plain function."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from funcs.deploy.deployed import Outcome
from funcs.deploy.document import Additions
from funcs.deploy.engine import Engine
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.nuclio.platform import NuclioPlatform
from funcs.deploy.platform import Session
from funcs.deploy.prepare import Order, prepare
from funcs.deploy.target import Target
from funcs.spec import FunctionSpec
from tests.funcs.deploy.listening import Listener
from tests.funcs.deploy.nuclio.deploying import NO_ENGINE, Deploy


@pytest.fixture
def client(target: Target) -> Iterator[Dashboard]:
    client = Dashboard(target)
    yield client
    client.close()


@pytest.fixture
def platform(target: Target, listener: Listener, folder: Path) -> Iterator[NuclioPlatform]:
    session = Session(target, listener, NO_ENGINE, folder, timeout_s=5, poll_s=0.001)
    platform = NuclioPlatform(session)
    yield platform
    platform.close()


@pytest.fixture
def deploy(platform: NuclioPlatform, target: Target, spec: FunctionSpec) -> Deploy:
    def deploy(image: str = "demo/fn:1", **env: str) -> Outcome:
        order = Order(spec, target, Additions(env), image=image, trusts_image=True)
        prepared = prepare(order, Engine(NO_ENGINE), platform)
        return platform.apply(prepared.plan, prepared.files)

    return deploy
