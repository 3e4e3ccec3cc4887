from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from funcs.packaging.known_files import KnownFiles


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights")
    settle(file)
    return file


def settle(file: Path) -> None:
    """Make the file's last change an old one."""
    os.utime(file, ns=(10**18, 10**18))


def remembered(tmp_path: Path, model: Path) -> Path:
    memory = tmp_path / "memory/known.json"
    known = KnownFiles(memory)
    known.sha256(model)
    known.write()
    return memory


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, model: Path) -> None:
    memory = remembered(tmp_path, model)
    text = memory.read_text()
    digest = sha256(b"weights").hexdigest()
    memory.write_text(text.replace(digest, "remembered"))

    assert "remembered" == KnownFiles(memory).sha256(model)


def test_a_file_written_in_place_is_read_again(tmp_path: Path, model: Path) -> None:
    memory = remembered(tmp_path, model)
    model.write_bytes(b"WEIGHTS")
    settle(model)

    assert sha256(b"WEIGHTS").hexdigest() == KnownFiles(memory).sha256(model)


def test_a_file_that_changed_just_now_is_not_remembered(tmp_path: Path, model: Path) -> None:
    os.utime(model)

    assert not remembered(tmp_path, model).exists()


@pytest.mark.parametrize("text", ["", "[]", '{"x": 1}', "{"])
def test_a_damaged_memory_is_begun_anew(tmp_path: Path, model: Path, text: str) -> None:
    memory = tmp_path / "known.json"
    memory.write_text(text)

    assert sha256(b"weights").hexdigest() == KnownFiles(memory).sha256(model)


def test_a_memory_that_cannot_be_written_is_no_error(tmp_path: Path, model: Path) -> None:
    (tmp_path / "file").touch()
    known = KnownFiles(tmp_path / "file/known.json")
    known.sha256(model)
    known.write()

    assert sha256(b"weights").hexdigest() == known.sha256(model)
