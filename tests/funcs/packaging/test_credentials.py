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
    ("name", "data", "secret"),
    [
        ("server.pem", b"-----BEGIN OPENSSH PRIVATE KEY-----\n", True),
        ("server.pem", b"-----BEGIN PRIVATE KEY-----\n", True),
        ("server.pem", b"-----BEGIN PUBLIC KEY-----\n", False),
        ("server.pem", b"", False),
        ("deploy", b"-----BEGIN OPENSSH PRIVATE KEY-----\n", True),
        ("deploy", b"\n-----BEGIN EC PRIVATE KEY-----\n", True),
        ("deploy", b"how keys begin: -----BEGIN PRIVATE KEY-----\n", False),
        ("deploy", b"tokens\n", False),
    ],
)
def test_a_key_is_known_by_its_first_line_under_any_name(
    tmp_path: Path, name: str, data: bytes, secret: bool
) -> None:
    file = tmp_path / name
    file.write_bytes(data)

    assert secret == is_secret(PurePosixPath(name), file)


def test_folders_of_credentials_are_known() -> None:
    assert is_secret_folder(PurePosixPath("home/.ssh"))
    assert not is_secret_folder(PurePosixPath("ssh"))
