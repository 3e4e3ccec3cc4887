"""What a tape can be replayed against, and what is refused before the first event."""

from __future__ import annotations

import os

import pytest

from funcs.errors import FuncsError
from funcs.replay.target import target_of


@pytest.mark.parametrize("name", ["localhost:1", "shop:8080", "shop:80", "shop.example.org:81/x"])
def test_a_port_makes_an_address(name: str) -> None:
    with target_of(name, timeout_s=1, environ=os.environ) as target:
        assert f"http://{name}" == target.url


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("digits", "there is no folder 'digits'"),
        ("shop/digits", "nothing to replay against"),
        ("nowhere/main.py", "there is no 'nowhere/main.py'"),
        ("no such thing", "nothing to replay against"),
        ("./nowhere", "there is no './nowhere'"),
        ("http://127.0.0.1:99999", "is no address: Port out of range"),
        ("http://[::1", "is no address: Invalid IPv6"),
        ("localhost:99999", "is no address: Port out of range"),
        ("http://ada:s3cret@localhost", "holds a user or a password"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_way(name: str, what: str) -> None:
    with (
        pytest.raises(FuncsError, match=what) as caught,
        target_of(name, timeout_s=1, environ=os.environ),
    ):
        pass

    assert caught.value.fix
    assert "s3cret" not in str(caught.value)
