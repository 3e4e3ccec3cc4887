"""A worker's traceback, read for a person."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

import funcs
from funcs.emulator.blame import blame as blame_lines
from funcs.errors import GraphError, ProcessorError


def blame(text: str, folder: Path) -> ProcessorError | None:
    found = blame_lines(text.splitlines(), folder)
    return found.error if found is not None else None


def trace(source: str, folder: Path) -> str:
    """The traceback of running ``source`` as a main.py in the folder."""
    file = folder / "main.py"
    file.write_text(source)
    try:
        exec(compile(source, str(file), "exec"), {"GraphError": GraphError})
    except Exception:
        return traceback.format_exc()
    raise AssertionError("the source should have failed")


def test_the_last_line_in_the_functions_folder_is_named(tmp_path: Path) -> None:
    text = trace("import json\n\njson.loads('{')\n", tmp_path)

    error = blame(text, tmp_path)

    assert error is not None
    assert "main.py:3" == error.where
    assert error.what.startswith("JSONDecodeError: Expecting property name")


def test_a_syntax_error_is_named_with_its_line(tmp_path: Path) -> None:
    error = blame(trace("def f(:\n  pass\n", tmp_path), tmp_path)

    assert error is not None
    assert ("SyntaxError: invalid syntax", "main.py:1") == (error.what, error.where)


def test_of_chained_errors_the_last_counts(tmp_path: Path) -> None:
    source = "try:\n    1 / 0\nexcept Exception as e:\n    raise RuntimeError('no model') from e\n"
    error = blame(trace(source, tmp_path), tmp_path)

    assert error is not None
    assert ("RuntimeError: no model", "main.py:4") == (error.what, error.where)


def test_a_missing_package_comes_with_the_pip_line(tmp_path: Path) -> None:
    error = blame(trace("import nosuchpackage.part\n", tmp_path), tmp_path)

    assert error is not None
    assert "pip install nosuchpackage, and" in error.fix


@pytest.mark.parametrize(
    "importer", ["/x/funcs/worker/handler.py", "/opt/nuclio/_nuclio_wrapper.py"]
)
@pytest.mark.parametrize("folder", ["/opt/nuclio", "/somewhere"])
def test_the_handlers_own_module_is_no_package(importer: str, folder: str) -> None:
    lines = [
        "Traceback (most recent call last):",
        f'  File "{importer}", line 30, in load_handler',
        "    module = __import__(name)",
        "ModuleNotFoundError: No module named 'shop.main'",
    ]
    error = blame("\n".join(lines), Path(folder))

    assert error is not None
    assert "there is no module 'shop.main', which spec.handler names" == error.what
    assert "shop/main.py" == error.where
    assert "pip install" not in error.fix


def test_an_error_of_ours_keeps_its_own_place_and_fix(tmp_path: Path) -> None:
    source = "raise GraphError('a cycle: a → b → a', where='main.py:9', fix='cut it')\n"
    error = blame(trace(source, tmp_path), tmp_path)

    assert error is not None
    assert ("a cycle: a → b → a", "main.py:9", "cut it") == (error.what, error.where, error.fix)


def test_an_error_without_words_has_a_name(tmp_path: Path) -> None:
    error = blame(trace("raise KeyboardInterrupt if 0 else ValueError\n", tmp_path), tmp_path)

    assert error is not None
    assert "ValueError" == error.what


@pytest.mark.parametrize("text", ["", "Killed", "Traceback (most recent call last):", "Error: x"])
def test_a_text_without_frames_blames_nobody(tmp_path: Path, text: str) -> None:
    assert blame(text, tmp_path) is None


def test_the_workers_own_frames_are_left_out(tmp_path: Path) -> None:
    package = Path(funcs.__file__).parent
    lines = [
        "Traceback (most recent call last):",
        f'  File "{package}/worker/command.py", line 40, in main',
        "    handler = load_handler(arguments.handler, logger)",
        "              ^^^^^^^^^^^^",
        '  File "<frozen importlib._bootstrap>", line 1204, in _gcd_import',
        f'  File "{tmp_path}/main.py", line 3, in <module>',
        "    nothing",
        "NameError: name 'nothing' is not defined",
    ]

    found = blame_lines(lines, tmp_path)

    assert found is not None
    assert [lines[0], *lines[5:]] == list(found.traceback)


def test_an_error_of_ours_needs_no_traceback(tmp_path: Path) -> None:
    found = blame_lines(trace("raise GraphError('no')", tmp_path).splitlines(), tmp_path)

    assert found is not None
    assert () == found.traceback
