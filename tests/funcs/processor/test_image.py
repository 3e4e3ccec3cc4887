from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from funcs.errors import ProcessorError
from funcs.processor.image import DEPLOY_ID, chosen_config


class Clock:
    """Passes as it is asked to; ``acts`` happen at their second."""

    def __init__(self) -> None:
        self.now = 0.0
        self.acts: dict[float, Callable[[], object]] = {}

    def __call__(self, seconds: float) -> None:
        self.now += seconds
        for at in [at for at in self.acts if at <= self.now]:
            self.acts.pop(at)()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text("spec: {handler: main:own}\n")
    return file


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    (tmp_path / "mounted").mkdir()
    return tmp_path / "mounted" / "processor.yaml"


def document(deploy: str) -> str:
    return json.dumps({"spec": {"env": [{"name": DEPLOY_ID, "value": deploy}]}})


def test_without_a_mount_the_image_s_own_is_read(own: Path, tmp_path: Path) -> None:
    nothing = str(tmp_path / "no" / "processor.yaml")

    assert str(own) == chosen_config(nothing, {}, own=str(own))
    assert str(own) == chosen_config(nothing, {DEPLOY_ID: "a"}, own=str(own))


def test_outside_an_image_it_is_where_nuclio_has_it(tmp_path: Path) -> None:
    nothing = str(tmp_path / "no" / "processor.yaml")

    assert nothing == chosen_config(nothing, {}, own=str(tmp_path / "none"))


def test_a_mounted_one_wins_at_once(own: Path, mounted: Path) -> None:
    mounted.write_text("spec: {handler: main:handler}\n")
    clock = Clock()

    assert str(mounted) == chosen_config(str(mounted), {}, own=str(own), pause=clock)
    assert 0.0 == clock.now


def test_a_mounted_one_that_comes_a_moment_late_is_waited_for(own: Path, mounted: Path) -> None:
    clock = Clock()
    mounted.touch()  # being written
    clock.acts[0.5] = lambda: mounted.write_text("spec: {}\n")

    assert str(mounted) == chosen_config(str(mounted), {}, own=str(own), pause=clock)


def test_one_that_never_comes_leaves_the_image_s_own(own: Path, mounted: Path) -> None:
    clock = Clock()

    assert str(own) == chosen_config(str(mounted), {}, own=str(own), pause=clock)
    assert 2.0 < clock.now < 5.0


def test_the_file_of_the_deploy_before_is_not_taken_for_this_one_s(
    own: Path, mounted: Path
) -> None:
    clock = Clock()
    mounted.write_text(document("before"))
    clock.acts[0.5] = lambda: mounted.write_text(document("now")[:20])
    clock.acts[1.0] = lambda: mounted.write_text(document("now"))
    environ = {DEPLOY_ID: "now"}

    assert str(mounted) == chosen_config(str(mounted), environ, own=str(own), pause=clock)
    assert clock.now >= 1.0


def test_a_deploy_whose_file_does_not_come_ends_with_a_sentence(own: Path, mounted: Path) -> None:
    mounted.write_text(document("before"))

    with pytest.raises(ProcessorError, match="of deploy now did not come") as got:
        chosen_config(str(mounted), {DEPLOY_ID: "now"}, own=str(own), pause=Clock())
    assert str(mounted) == got.value.where


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_one_that_may_not_be_read_is_told_and_not_waited_for(own: Path, mounted: Path) -> None:
    mounted.write_text("spec: {}\n")
    mounted.parent.chmod(0)
    clock = Clock()
    try:
        assert str(mounted) == chosen_config(str(mounted), {}, own=str(own), pause=clock)
    finally:
        mounted.parent.chmod(0o700)
    assert 0.0 == clock.now
