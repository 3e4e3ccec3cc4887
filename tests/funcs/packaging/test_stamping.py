from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from funcs.errors import FuncsError
from funcs.packaging.packager import Stamp
from funcs.packaging.stamping import stamp_of


def test_without_a_word_it_is_always_the_same(tmp_path: Path) -> None:
    assert Stamp(0) == stamp_of("", tmp_path, {})
    assert Stamp(86400) == stamp_of("", tmp_path, {"SOURCE_DATE_EPOCH": "86400"})
    assert Stamp(5) == stamp_of("5", tmp_path, {"SOURCE_DATE_EPOCH": "86400"})


def test_now_is_now(tmp_path: Path) -> None:
    before = int(time.time())

    assert before <= stamp_of("now", tmp_path, {}).created <= time.time()


def test_git_names_the_commit_that_last_changed_the_folder(tmp_path: Path) -> None:
    environ = {"GIT_CONFIG_GLOBAL": "/dev/null", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    for name in ("AUTHOR", "COMMITTER"):
        environ |= {f"GIT_{name}_NAME": "a", f"GIT_{name}_EMAIL": "a@b"}
        environ[f"GIT_{name}_DATE"] = "1700000000 +0000"
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.py").write_text("")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, env=environ, check=True)
    found = stamp_of("git", folder, {})

    assert 1700000000 == found.created
    assert 40 == len(found.revision)


def test_a_folder_without_a_commit_is_told(tmp_path: Path) -> None:
    with pytest.raises(FuncsError, match="the commit's time is not known"):
        stamp_of("git", tmp_path, {})


@pytest.mark.parametrize("text", ["yesterday", "1.5"])
def test_other_words_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(FuncsError, match="is no time for an image"):
        stamp_of(text, tmp_path, {})
