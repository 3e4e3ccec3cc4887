from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from funcs_builder.credentials import ANONYMOUS, Credentials, DockerConfig
from funcs_builder.errors import AuthError, BuildError

PAIR = base64.b64encode(b"ann:pass:word").decode()


def config(folder: Path, fields: Mapping[str, object]) -> DockerConfig:
    (folder / "config.json").write_text(json.dumps(fields))
    return DockerConfig.of({"DOCKER_CONFIG": str(folder), "PATH": f"{folder}:{os.environ['PATH']}"})


def helper(folder: Path, name: str, script: str) -> None:
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("key", "registry"),
    [
        ("localhost:5000", "localhost:5000"),
        ("https://ghcr.io", "ghcr.io"),
        ("https://ghcr.io/v2/", "ghcr.io"),
        ("https://index.docker.io/v1/", "docker.io"),
    ],
)
def test_what_docker_login_wrote_is_found(tmp_path: Path, key: str, registry: str) -> None:
    found = config(tmp_path, {"auths": {key: {"auth": PAIR}}})

    assert Credentials("ann", "pass:word") == found.credentials(registry)
    assert ANONYMOUS == found.credentials("elsewhere.io")


def test_an_identity_token_is_found(tmp_path: Path) -> None:
    auth = {"auth": base64.b64encode(b"<token>:").decode(), "identitytoken": "t"}

    assert "t" == config(tmp_path, {"auths": {"a.io": auth}}).credentials("a.io").identity_token


def test_a_helper_is_asked_for_its_registry(tmp_path: Path) -> None:
    helper(tmp_path, "x", 'read url; echo "{\\"Username\\":\\"$url\\",\\"Secret\\":\\"s\\"}"')
    found = config(tmp_path, {"credHelpers": {"a.io": "x"}})

    assert Credentials("a.io", "s") == found.credentials("a.io")
    assert ANONYMOUS == found.credentials("b.io")


def test_a_store_is_asked_first_and_the_file_next(tmp_path: Path) -> None:
    helper(tmp_path, "x", "echo credentials not found in native keychain; exit 1")
    found = config(tmp_path, {"credsStore": "x", "auths": {"a.io": {"auth": PAIR}}})

    assert "ann" == found.credentials("a.io").username


def test_a_token_from_a_helper_is_an_identity_token(tmp_path: Path) -> None:
    helper(tmp_path, "x", """echo '{"Username":"<token>","Secret":"s"}'""")
    found = config(tmp_path, {"credsStore": "x"})

    assert Credentials(identity_token="s") == found.credentials("a.io")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no keychain; exit 1", "failed: no keychain"),
        ("echo nonsense", "gave no credentials"),
        ("echo '{}'", "gave no credentials"),
    ],
)
def test_a_helper_that_fails_is_named(tmp_path: Path, script: str, message: str) -> None:
    helper(tmp_path, "x", script)

    with pytest.raises(AuthError, match=f"'docker-credential-x' {message}"):
        config(tmp_path, {"credsStore": "x"}).credentials("a.io")


@pytest.mark.parametrize("name", ["missing", "../../bin/sh", "/bin/sh"])
def test_a_helper_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(AuthError, match="is not on PATH") as caught:
        config(tmp_path, {"credsStore": name}).credentials("a.io")
    assert "config.json" in caught.value.fix


def test_broken_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(BuildError, match=r"config\.json is no JSON"):
        DockerConfig.of({"DOCKER_CONFIG": str(tmp_path)})
    with pytest.raises(AuthError, match="'auth' cannot be decoded"):
        config(tmp_path, {"auths": {"a.io": {"auth": "?"}}}).credentials("a.io")


def test_without_a_file_everybody_is_anonymous(tmp_path: Path) -> None:
    assert ANONYMOUS == DockerConfig.of({"HOME": str(tmp_path)}).credentials("a.io")


def test_a_password_is_not_printed() -> None:
    text = repr(Credentials("ann", "secret", "token"))

    assert "secret" not in text
    assert "token='" not in text
