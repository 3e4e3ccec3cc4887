from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from funcs.packaging.ignore import BY_DEFAULT, Ignore
from funcs.packaging.patterns import Patterns
from funcs_builder.cache import Cache


def reason(folder: Path, path: str) -> str | None:
    ignore = Ignore.of(folder)
    ignore.enter(PurePosixPath())
    return ignore.left_out_by(PurePosixPath(path))


@pytest.mark.parametrize("path", ["main.pyc", "lib/x.pyo", "conftest.py", ".DS_Store"])
def test_some_files_stay_behind_by_default(tmp_path: Path, path: str) -> None:
    assert BY_DEFAULT == reason(tmp_path, path)


def test_what_stays_behind_by_default_is_not_put_down_to_gitignore(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.pyc\n.DS_Store\n")

    assert BY_DEFAULT == reason(tmp_path, "main.pyc")


def test_a_later_pattern_wins(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.bin\n!keep.bin\n")

    assert ".gitignore" == reason(tmp_path, "lib/a.bin")
    assert reason(tmp_path, "lib/keep.bin") is None


@pytest.mark.parametrize("line", ["lib/a.bin", "/lib/a.bin", "./lib/a.bin", "lib", "**/a.bin"])
def test_dockerignore_names_paths_from_the_top(tmp_path: Path, line: str) -> None:
    (tmp_path / ".dockerignore").write_text(f"# all\n{line}\n")

    assert ".dockerignore" == reason(tmp_path, "lib/a.bin")


@pytest.mark.parametrize("line", ["a.bin", "", "!", "bin"])
def test_dockerignore_does_not_look_into_folders(tmp_path: Path, line: str) -> None:
    (tmp_path / ".dockerignore").write_text(f"{line}\n")

    assert reason(tmp_path, "lib/a.bin") is None


def test_what_dockerignore_excepts_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*\n!main.py\n")
    ignore = Ignore.of(tmp_path)

    assert ignore.is_asked_for(PurePosixPath("main.py"))
    assert not ignore.is_asked_for(PurePosixPath("other.py"))


def test_what_patterns_said_is_remembered_while_they_stay_the_same(tmp_path: Path) -> None:
    cache, file = Cache(tmp_path / "cache"), tmp_path / ".gitignore"
    first = Patterns(["*.bin", "!a.bin"], file, cache)
    said = [first.excludes(path) for path in ("b.bin", "a.bin", "main.py")]
    first.remember()

    memory = next(tmp_path.glob("cache/memo/ignored/*.json"))
    assert {"b.bin": True, "a.bin": False, "main.py": None} == json.loads(memory.read_text())
    memory.write_text('{"b.bin": false, "main.py": "no verdict"}')
    again = Patterns(["*.bin", "!a.bin"], file, cache)
    assert [True, False, None] == said
    assert [False, None, True] == [again.excludes(path) for path in ("b.bin", "main.py", "c.bin")]
    assert Patterns(["*.bin"], file, cache).excludes("b.bin")


def test_a_listing_that_was_made_before_needs_no_pathspec(tmp_path: Path) -> None:
    folder = tmp_path / "function"
    folder.mkdir()
    (folder / ".dockerignore").write_text("*.bin\n!keep.bin\n")
    (folder / "keep.bin").write_text("")
    code = (
        "import sys; from pathlib import Path; from funcs.packaging.folder import folder_contents;"
        "from funcs_builder.cache import Cache; folder = Path(sys.argv[1]);"
        "found = folder_contents(folder, cache=Cache(folder.parent));"
        "print([entry.path for entry in found.entries], 'pathspec' in sys.modules)"
    )
    line = [sys.executable, "-c", code, str(folder)]

    printed = [subprocess.check_output(line, text=True).strip() for _ in range(2)]

    assert ["['opt/nuclio/keep.bin'] True", "['opt/nuclio/keep.bin'] False"] == printed


def test_what_another_pathspec_said_is_asked_again(tmp_path: Path) -> None:
    other = tmp_path / "site" / "pathspec.py"
    other.parent.mkdir()
    other.write_text(
        "class GitIgnoreSpec:\n"
        "    include = True\n"
        "    from_lines = classmethod(lambda cls, lines: cls())\n"
        "    check_file = lambda self, path: self\n"
    )
    code = (
        "import sys; from pathlib import Path; from funcs.packaging.patterns import Patterns;"
        "from funcs_builder.cache import Cache;"
        "asked = Patterns(['*.bin'], Path('.gitignore'), Cache(Path(sys.argv[1])));"
        "print(asked.excludes('main.py')); asked.remember()"
    )
    said = []
    for path in ([], [str(other.parent)]):
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join([*path, *sys.path])}
        line = [sys.executable, "-c", code, str(tmp_path)]
        said.append(subprocess.check_output(line, env=environ, text=True).strip())

    assert ["None", "True"] == said
