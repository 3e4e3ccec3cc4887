from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from funcs_builder.bytecode import Bytecode, Compiler
from funcs_builder.entry import Entry
from funcs_builder.errors import BuildError
from funcs_builder.interpreter import Interpreter

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
TAG = sys.implementation.cache_tag
SHOP = [
    Entry.text("site/shop/__init__.py", "PRICE = 3\n"),
    Entry.text("site/shop/tax.py", "def tax(price):\n    return price / 5\n"),
]


def compiler(folder: Path) -> Compiler:
    return Compiler.from_environ(folder, HERE, {})


def put(entries: Bytecode | list[Entry], folder: Path) -> None:
    for entry in entries.entries if isinstance(entries, Bytecode) else entries:
        place = folder / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(read(entry))


def read(entry: Entry) -> bytes:
    assert entry.content
    with entry.content.open() as stream:
        return stream.read()


def test_each_module_has_its_bytecode_beside_it(tmp_path: Path) -> None:
    found = compiler(tmp_path).compiled(SHOP, "key")

    assert "" == found.note
    assert [
        f"site/shop/__pycache__/__init__.{TAG}.pyc",
        f"site/shop/__pycache__/tax.{TAG}.pyc",
    ] == [entry.path for entry in found.entries]


def test_python_runs_the_bytecode_and_does_not_look_at_the_source(tmp_path: Path) -> None:
    put(SHOP, tmp_path)
    put(compiler(tmp_path / "cache").compiled(SHOP, "key"), tmp_path)
    (tmp_path / "site/shop/__init__.py").write_text("PRICE = 4\n")
    line = [sys.executable, "-c", "import shop; print(shop.PRICE)"]
    done = subprocess.run(line, cwd=tmp_path / "site", capture_output=True, text=True, check=True)

    assert "3\n" == done.stdout


def test_tracebacks_name_the_path_in_the_image(tmp_path: Path) -> None:
    tax = compiler(tmp_path).compiled(SHOP, "key").entries[1]

    assert b"/site/shop/tax.py" in read(tax)


def test_the_bytes_are_the_same_whatever_the_order_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compiler(tmp_path / "a").compiled(SHOP, "key")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    second = compiler(tmp_path / "b").compiled(reversed(SHOP), "key")

    assert [read(entry) for entry in first.entries] == [read(entry) for entry in second.entries]


def test_with_a_known_key_no_source_is_read(tmp_path: Path) -> None:
    first = compiler(tmp_path).compiled(SHOP, "key")

    assert first == compiler(tmp_path).compiled([], "key")
    assert () == compiler(tmp_path).compiled([], "another").entries


def test_what_is_no_python_has_no_bytecode(tmp_path: Path) -> None:
    sources = [
        Entry.text("site/old.py", "print 'two'\n"),
        Entry("site/nul.py", Entry.text("x", "a\0b").content),
        Entry.text("site/data.json", "{}"),
        Entry.link("site/link.py", "shop.py"),
        Entry.folder("site/folder.py"),
    ]

    assert () == compiler(tmp_path).compiled(sources, "key").entries


def test_tests_of_packages_are_not_compiled(tmp_path: Path) -> None:
    sources = [Entry.text("site/shop/tests/test_tax.py", "")]

    assert () == compiler(tmp_path).compiled(sources, "key").entries


def test_without_such_a_python_there_is_a_note_instead(tmp_path: Path) -> None:
    found = Compiler.from_environ(tmp_path, "3.98", {}).compiled(SHOP, "key")

    assert () == found.entries
    assert "no Python 3.98 here" in found.note


def test_a_compiler_that_ends_early_leaves_nothing_half_done(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    broken = Compiler(tmp_path / "cache", "3.98", Interpreter(str(program), "cpython-398", "00"))

    with pytest.raises(BuildError, match="the compiler of bytecode ended early"):
        broken.compiled(SHOP, "key")
    assert [] == list((tmp_path / "cache").iterdir())
