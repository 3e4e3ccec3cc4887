"""Code that is no Python is told when the image is made, by whatever Python can tell."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from funcs.errors import FuncsError
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.inputs import Inputs
from funcs.packaging.syntax import judged
from funcs.packaging.syntax_child import complaint
from funcs.spec.function import FunctionSpec
from tests.funcs.packaging.offline import workshop

HERE = f"3.{sys.version_info.minor}"
Judge = Callable[..., tuple[str, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.py").write_text("def handler(context, event): ...\n")
    (folder / "function.yaml").write_text("metadata: {name: shop}\nspec: {handler: 'main:handler'}")
    return folder


@pytest.fixture
def judge(folder: Path) -> Judge:
    def run(python: str = HERE, path: str = "/nowhere") -> tuple[str, ...]:
        function = FunctionFacts.of(FunctionSpec.of(folder))
        shop = workshop(folder.parent, {"PATH": path})
        return judged(function, Inputs(function, shop.cache), python, shop)

    return run


def test_the_functions_own_module_is_refused_with_its_line(folder: Path, judge: Judge) -> None:
    (folder / "main.py").write_text("def handler(context, event):\n    return 'hello\n")

    with pytest.raises(FuncsError, match=f"no Python {HERE}: unterminated string") as caught:
        judge()
    assert caught.value.where.endswith("shop/main.py:2")


@pytest.mark.parametrize("path", ["shop/__init__.py", "shop/serve/main.py"])
def test_a_package_that_holds_it_is_refused_too(folder: Path, judge: Judge, path: str) -> None:
    (folder / "function.yaml").write_text(
        "metadata: {name: shop}\nspec: {handler: 'shop.serve.main:handler'}"
    )
    (folder / "shop" / "serve").mkdir(parents=True)
    (folder / "shop" / "serve" / "main.py").write_text("def handler(context, event): ...\n")
    assert () == judge()
    (folder / path).write_text("x = (\n")

    with pytest.raises(FuncsError) as caught:
        judge()
    assert caught.value.where.endswith(f"{path}:1")


def test_any_other_file_is_noted_each_time(folder: Path, judge: Judge) -> None:
    (folder / "old.py").write_text("x = 1\nprint 'hello'\n")
    (folder / "zero.py").write_bytes(b"x = 1\0\n")
    (folder / "loud.py").write_text("print('\\d')\n")  # a warning alone, which nobody hears here
    (folder / "data.txt").write_text("print 'hello'\n")

    for _ in range(2):
        notes = judge()
        assert [f"old.py:2 is no Python {HERE}", f"zero.py:1 is no Python {HERE}"] == [
            note.partition(": ")[0] for note in notes
        ]
    (folder / "old.py").write_text("x = 1\n")
    assert 1 == len(judge())


def test_of_many_files_some_are_named(folder: Path, judge: Judge) -> None:
    for number in range(8):
        (folder / f"old{number}.py").write_text("print 'hello'\n")

    *named, more = judge()
    assert 5 == len(named)
    assert f"3 more files are no Python {HERE}" == more


def test_a_file_that_is_known_is_not_judged_again(folder: Path, judge: Judge) -> None:
    assert () == judge()
    (folder / "main.py").chmod(0o755)
    assert () == judge()
    (memory,) = (folder.parent / "cache").rglob("python/**/*.json")
    text = memory.read_text()
    judge()

    assert "may run" in text
    assert text == memory.read_text()


def test_an_earlier_grammar_is_known_here(folder: Path, judge: Judge) -> None:
    (folder / "main.py").write_text(
        "def handler(context, event):\n    match event:\n        case _: ...\n"
    )

    assert () == judge()
    with pytest.raises(FuncsError, match=r"no Python 3\.9: Pattern matching"):
        judge("3.9")


def test_a_later_python_judges_alone_if_it_is_here(folder: Path, judge: Judge) -> None:
    (folder / "main.py").write_text("def handler(context, event):\n    return 'hello\n")
    later = f"3.{sys.version_info.minor + 1}"

    assert () == judge(later)
    program = folder.parent / "bin" / f"python{later}"
    program.parent.mkdir()
    tag = f"cpython-{later.replace('.', '')}"
    # this Python, which says that it is that one
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *cache_tag*) echo {tag} 00 final;; '
        f'*) exec {sys.executable} "$@";; esac\n'
    )
    program.chmod(0o755)
    with pytest.raises(FuncsError, match=f"no Python {later}: unterminated string"):
        judge(later, str(program.parent) + ":/usr/bin:/bin")


def test_what_nobody_can_read_or_judge_is_for_others_to_tell(tmp_path: Path) -> None:
    (tmp_path / "deep.py").write_text("x = " + "(" * 50_000)

    assert None is complaint(str(tmp_path / "gone.py"))
    found = complaint(str(tmp_path / "deep.py"))
    assert found is None or found[1] == 1
