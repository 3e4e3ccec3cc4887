from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from funcs.packaging.credentials import is_secret, is_secret_folder


@pytest.mark.parametrize("name", [".env", ".env.local", "Credentials.json", "x.kubeconfig"])
def test_names_are_enough_for_files_that_hold_passwords(name: str) -> None:
    assert is_secret(PurePosixPath("lib", name), Path("/nonexistent"))


@pytest.mark.parametrize("name", [".env.example", "main.py", "credentials.py"])
def test_other_names_are_not_looked_into(name: str) -> None:
    assert not is_secret(PurePosixPath(name), Path("/nonexistent"))


@pytest.mark.parametrize(
    ("data", "secret"),
    [
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", True),
        (b"-----BEGIN PRIVATE KEY-----\n", True),
        (b"-----BEGIN PUBLIC KEY-----\n", False),
        (b"", False),
    ],
)
def test_a_key_is_known_by_its_first_line(tmp_path: Path, data: bytes, secret: bool) -> None:
    file = tmp_path / "server.pem"
    file.write_bytes(data)

    assert secret == is_secret(PurePosixPath("server.pem"), file)


@pytest.mark.parametrize(
    ("data", "secret"),
    [
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", True),
        (b"\n-----BEGIN EC PRIVATE KEY-----\n", True),
        (b"how keys begin: -----BEGIN PRIVATE KEY-----\n", False),
        (b"tokens\n", False),
    ],
)
def test_a_key_under_any_name_is_one(tmp_path: Path, data: bytes, secret: bool) -> None:
    file = tmp_path / "deploy"
    file.write_bytes(data)

    assert secret == is_secret(PurePosixPath("deploy"), file)


def test_folders_of_credentials_are_known() -> None:
    assert is_secret_folder(PurePosixPath("home/.ssh"))
    assert not is_secret_folder(PurePosixPath("ssh"))
