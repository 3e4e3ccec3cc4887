"""The tape of an image's function, as its container is given it."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from funcs.emulator.image_tape import ImageTape
from funcs.errors import ProcessorError
from funcs.tape.form import TapeError
from funcs_builder.engine import Engine
from tests.dashboard.engine_api import emulated_engine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

ROOTLESS = {"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"]}


def tape_of(record: Path, info: dict[str, Any] | None = None, host: str = "127.0.0.1") -> ImageTape:
    with (
        emulated_engine({}, {}, info=info or {"SecurityOptions": None}, host=host) as address,
        closing(Engine.connect({"DOCKER_HOST": address})) as engine,
    ):
        return ImageTape.of(str(record), engine)


def test_a_container_gets_one_file_and_runs_as_its_owner(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    tape = tape_of(tmp_path / "t.jsonl")

    assert ((str(tmp_path / "t.jsonl"), "/tape.jsonl", False),) == tape.folders
    assert {"FUNCS_RECORD": "/tape.jsonl"} == tape.env
    assert f"{os.getuid()}:0" == tape.user
    assert 0o600 == tape.file.stat().st_mode & 0o777


def test_a_folder_of_tapes_alone_is_given_whole(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl.1").touch()
    tape = tape_of(tmp_path / "t.jsonl")

    assert ((str(tmp_path), "/tapes", False),) == tape.folders
    assert {"FUNCS_RECORD": "/tapes/t.jsonl"} == tape.env


@pytest.mark.parametrize("other", ["u.jsonl", "t.jsonl.old", "xt.jsonl", "t.jsonl.2"])
def test_a_folder_that_holds_more_is_not(tmp_path: Path, other: str) -> None:
    (tmp_path / other).symlink_to("/etc/hostname")

    assert not tape_of(tmp_path / "t.jsonl").has_folder


def test_root_in_a_rootless_engine_is_the_owner(tmp_path: Path) -> None:
    assert "0:0" == tape_of(tmp_path / "t.jsonl", ROOTLESS).user


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address of this machine's")
def test_an_engine_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProcessorError, match=r"the engine is on 127\.0\.0\.2") as caught:
        tape_of(tmp_path / "t.jsonl", host="127.0.0.2")

    assert "-e FUNCS_RECORD" in caught.value.fix
    assert not (tmp_path / "t.jsonl").exists()


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="Is a directory"):
        tape_of(tmp_path)


def test_a_tape_that_stays_empty_was_written_elsewhere(tmp_path: Path) -> None:
    tape = tape_of(tmp_path / "t.jsonl")

    with pytest.raises(ProcessorError, match="stays empty"):
        tape.check_begun()
    tape.file.write_text("{}")
    tape.check_begun()
