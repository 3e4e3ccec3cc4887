"""Credentials come from the environment, Docker's files or a keyring, in this order."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import pytest

from funcs.deploy.credentials import ANONYMOUS, find_credentials
from funcs.errors import DeployError

URL = "http://host:8070"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": ""}


def test_nobody_is_anonymous(environ: dict[str, str]) -> None:
    assert ANONYMOUS == find_credentials(URL, environ)
    assert "" == ANONYMOUS.authorization


def test_a_token_wins_over_a_pair(environ: dict[str, str]) -> None:
    environ |= {"FUNCS_TOKEN": "abc", "FUNCS_USERNAME": "me", "FUNCS_PASSWORD": "pw"}

    assert "Bearer abc" == find_credentials(URL, environ).authorization


def test_a_pair_is_a_basic_header(environ: dict[str, str]) -> None:
    environ |= {"FUNCS_USERNAME": "me", "FUNCS_PASSWORD": "pä"}

    header = find_credentials(URL, environ).authorization

    assert "me:pä" == base64.b64decode(header.removeprefix("Basic ")).decode()


@pytest.mark.parametrize("name", ["FUNCS_USERNAME", "FUNCS_PASSWORD"])
def test_half_a_pair_is_refused(environ: dict[str, str], name: str) -> None:
    with pytest.raises(DeployError, match=f"{name} is set"):
        find_credentials(URL, {**environ, name: "x"})


def test_a_token_with_a_line_break_is_refused_and_not_told(environ: dict[str, str]) -> None:
    with pytest.raises(DeployError, match="cannot stand in a header") as caught:
        find_credentials(URL, {**environ, "FUNCS_TOKEN": "hid\nden"})

    assert "hid" not in str(caught.value)


def test_dockers_file_is_looked_into(environ: dict[str, str], tmp_path: Path) -> None:
    auth = base64.b64encode(b"me:pw").decode()
    (tmp_path / ".docker").mkdir()
    text = json.dumps({"auths": {"host:8070": {"auth": auth}}})
    (tmp_path / ".docker" / "config.json").write_text(text)

    assert f"Basic {auth}" == find_credentials(URL, environ).authorization


def test_a_keyring_is_asked_last(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keyring.py").write_text(
        "class errors:\n    class KeyringError(Exception): ...\n"
        "def get_password(service, name):\n"
        "    return {('funcs', 'host:8070'): 'kept'}.get((service, name))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "keyring", raising=False)

    assert "Bearer kept" == find_credentials(URL, environ).authorization
    assert ANONYMOUS == find_credentials("http://other", environ)


def test_a_password_is_in_no_repr(environ: dict[str, str]) -> None:
    environ |= {"FUNCS_USERNAME": "me", "FUNCS_PASSWORD": "hidden"}

    assert "hidden" not in repr(find_credentials(URL, environ))
