from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from funcs.errors import LoadError
from funcs.loader import load_object


@pytest.fixture(autouse=True)
def clean_imports() -> Iterator[None]:
    path, modules = list(sys.path), dict(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.mark.parametrize("reference", ["json:dumps", "json.dumps"])
def test_both_forms_name_an_object(reference: str) -> None:
    assert json.dumps is load_object(reference)


def test_an_attribute_may_be_nested() -> None:
    assert json.JSONDecoder.decode is load_object("json:JSONDecoder.decode")


def test_the_folder_is_where_modules_come_from(tmp_path: Path) -> None:
    write(tmp_path, main="from shapes import SIDES\n", shapes="SIDES = 4\n")

    assert 4 == load_object("main:SIDES", folder=tmp_path)


def test_the_folder_stays_first_on_the_path_for_late_imports(tmp_path: Path) -> None:
    late = "def sides():\n    import late_shapes\n    return late_shapes.SIDES\n"
    write(tmp_path, main=late, late_shapes="SIDES = 5\n")

    assert 5 == load_object("main:sides", folder=tmp_path)()
    assert str(tmp_path.resolve()) == sys.path[0]


def test_two_folders_with_the_same_module_names_do_not_mix(tmp_path: Path) -> None:
    first = write(tmp_path / "first", main="from parts import NAME\n", parts="NAME = 1\n")
    second = write(tmp_path / "second", main="from parts import NAME\n", parts="NAME = 2\n")

    assert [1, 2, 1] == [load_object("main:NAME", folder=f) for f in (first, second, first)]


def test_a_folder_is_imported_once(tmp_path: Path) -> None:
    write(tmp_path, main="THING = object()\n")
    first = load_object("main:THING", folder=tmp_path)

    assert first is load_object("main:THING", folder=tmp_path)


@pytest.mark.parametrize(
    "reference", ["", "main", "main:", ":graph", "main:gra ph", "a/b.py:graph"]
)
def test_another_form_is_refused(reference: str) -> None:
    with pytest.raises(LoadError, match="is not of the form 'module:attribute'"):
        load_object(reference)


def test_a_missing_module_is_named_with_a_suggestion(tmp_path: Path) -> None:
    write(tmp_path, main="")

    with pytest.raises(LoadError) as caught:
        load_object("mian:graph", folder=tmp_path)

    assert "there is no module 'mian', named by 'mian:graph'" == caught.value.what
    assert "did you mean 'main'? known modules: main" == caught.value.fix


def test_a_missing_attribute_is_named_with_a_suggestion(tmp_path: Path) -> None:
    write(tmp_path, main="graph = 1\n")

    with pytest.raises(LoadError) as caught:
        load_object("main:grpah", folder=tmp_path)

    assert "module 'main' has no 'grpah', named by 'main:grpah'" == caught.value.what
    assert str(tmp_path / "main.py") == caught.value.where
    assert "did you mean 'graph'?" in caught.value.fix


def test_a_broken_import_inside_the_users_file_is_not_disguised(tmp_path: Path) -> None:
    write(tmp_path, main="import os\nimport no_such_package.part\n")

    with pytest.raises(LoadError) as caught:
        load_object("main:graph", folder=tmp_path)

    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
    assert f"{tmp_path / 'main.py'}:2" == caught.value.where
    assert "install 'no_such_package'" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "cause", "line"),
    [
        ("x = 1\ny = 1 / 0\n", ZeroDivisionError, 2),
        ("def f(:\n", SyntaxError, 1),
        ("import sys\n\nsys.exit(3)\n", SystemExit, 3),
        ("import json\njson.loads('{')\n", ValueError, 2),
    ],
)
def test_a_failing_file_is_named_by_its_line(
    tmp_path: Path, text: str, cause: type[BaseException], line: int
) -> None:
    write(tmp_path, main=text)

    with pytest.raises(
        LoadError, match=f"importing 'main' failed: {cause.__name__}|JSON"
    ) as caught:
        load_object("main:graph", folder=tmp_path)

    assert isinstance(caught.value.__cause__, cause)
    assert f"{tmp_path / 'main.py'}:{line}" == caught.value.where


def test_a_failure_in_a_neighbour_names_the_neighbour(tmp_path: Path) -> None:
    write(tmp_path, main="import parts\n", parts="\n\nraise KeyError('x')\n")

    with pytest.raises(LoadError) as caught:
        load_object("main:graph", folder=tmp_path)

    assert f"{tmp_path / 'parts.py'}:3" == caught.value.where


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="the folder cannot be read"):
        load_object("main:graph", folder=tmp_path / "nowhere")
