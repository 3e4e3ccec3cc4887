"""`funcs deploy --watch` ends at Ctrl-C, whatever it was about."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from funcs.cli.redeploy import deploy_on_save


@pytest.fixture
def own_interrupt() -> Iterator[None]:
    """What hears SIGINT is this process' own again afterwards."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def heard() -> int:
    """A deploy that Ctrl-C comes to when it serves already: it counts."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return 0
    raise AssertionError("nobody raised it")


def ended() -> int:
    """One that Ctrl-C ends."""
    signal.raise_signal(signal.SIGINT)
    raise AssertionError("nobody raised it")


@pytest.mark.usefixtures("own_interrupt")
@pytest.mark.parametrize("deploy", [heard, ended, lambda: 130])
def test_ctrl_c_amid_a_deploy_ends_the_watching_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], deploy: Callable[[], int]
) -> None:
    assert 0 == deploy_on_save(tmp_path, deploy, {})
    assert "not watching any more; what is deployed goes on" in capsys.readouterr().err
