"""What an engine says of images and containers, as recorded by docker inspect."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from funcs.deploy.engine import ContainerFacts, Engine, ImageFacts
from tests.conformance.dashboard.replay import inspected
from tests.dashboard.engine_api import emulated_engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine that has the recorded container, and an image."""
    containers = {"nuclio-nuclio-echo": inspected("deploy-ok")}
    images = {"demo/fn:1": {"Id": "sha256:ab", **inspected("deploy-ok")}}
    with emulated_engine(containers, images) as host:
        yield Engine({"DOCKER_HOST": host})


def test_an_image_is_asked_for_its_healthcheck(engine: Engine) -> None:
    assert ImageFacts("sha256:ab", has_healthcheck=True) == engine.image("demo/fn:1")


def test_what_the_engine_does_not_have_is_none(engine: Engine) -> None:
    assert None is engine.image("demo/fn:2")
    assert None is engine.container("nobody")


def test_a_container_is_asked_for_its_addresses(engine: Engine) -> None:
    facts = engine.container("nuclio-nuclio-echo")

    assert ContainerFacts.from_inspect(inspected("deploy-ok")) == facts


@pytest.mark.parametrize("host", ["unix:///nonexistent.sock", "tcp://127.0.0.1:1", "nonsense"])
def test_an_engine_that_is_not_there_is_silent(host: str) -> None:
    assert None is Engine({"DOCKER_HOST": host}).image("demo/fn:1")


def test_an_engine_that_is_kept_is_connected_to_once() -> None:
    asked: list[str] = []
    with (
        emulated_engine({}, {}, asked=asked) as host,
        closing(Engine({"DOCKER_HOST": host}, is_kept=True)) as engine,
    ):
        for number in range(9):
            assert None is engine.container(f"nobody-{number}")

    assert 9 == sum("nobody" in path for path in asked)
    assert 2 >= sum("version" in path for path in asked)


def test_an_engine_that_is_silent_is_not_asked_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        engine = Engine({"DOCKER_HOST": f"tcp://127.0.0.1:{deaf.getsockname()[1]}"}, is_kept=True)
        hanging_up = threading.Thread(target=lambda: deaf.accept()[0].close())
        hanging_up.start()
        assert None is engine.image("demo/fn:1")
        hanging_up.join()
        deaf.settimeout(0)

        assert None is engine.image("demo/fn:1")
        with pytest.raises(BlockingIOError):
            deaf.accept()


@pytest.mark.parametrize("check", [None, {}, {"Test": ["NONE"]}])
def test_no_healthcheck_is_told_in_several_ways(check: object) -> None:
    document = {"Config": {"Healthcheck": check}}

    assert not ImageFacts.from_inspect(document).has_healthcheck
