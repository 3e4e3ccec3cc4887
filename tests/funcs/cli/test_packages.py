"""Which packages a function needs, and whether they are there."""

from __future__ import annotations

from pathlib import Path

from funcs.cli.checks.files import check_files
from funcs.cli.checks.imports import imports_of
from funcs.cli.checks.packages import check_packages
from funcs.cli.checks.requirements import read_requirements


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def packages(folder: Path, files: dict[str, str]) -> list[tuple[str, str, int]]:
    write(folder, files)
    return [
        (each.package, each.file.relative_to(folder).as_posix(), each.line)
        for each in imports_of(folder, "main")
    ]


def test_imports_are_followed_through_the_functions_own_files(tmp_path: Path) -> None:
    found = packages(
        tmp_path,
        {
            "main.py": "import os\nimport alpha.x\nfrom steps import scale\nimport steps.label\n",
            "steps/__init__.py": "from . import common\nfrom .deep.inner import z\n",
            "steps/scale.py": "import beta\n",
            "steps/label.py": "def f():\n    import gamma\n",
            "steps/common.py": "import delta",
            "steps/deep/inner.py": "from ..other import q\n",
            "steps/other.py": "from epsilon.sub import q\n",
            "unused.py": "import zeta\n",
        },
    )

    assert {
        ("alpha", "main.py", 2),
        ("beta", "steps/scale.py", 1),
        ("gamma", "steps/label.py", 2),
        ("delta", "steps/common.py", 1),
        ("epsilon", "steps/other.py", 1),
    } == set(found)


def test_what_may_be_missing_is_not_demanded(tmp_path: Path) -> None:
    source = (
        "from __future__ import annotations\n"
        "import typing\n"
        "try:\n    import orjson\nexcept ImportError:\n    orjson = None\n"
        "else:\n    import needed\n"
        "try:\n    import demanded\nexcept ValueError:\n    pass\n"
        "if typing.TYPE_CHECKING:\n    import types_only\nelse:\n    import real\n"
    )
    found = packages(tmp_path, {"main.py": source})

    assert {"needed", "demanded", "real"} == {package for package, _, _ in found}


def test_a_file_that_is_no_python_imports_nothing(tmp_path: Path) -> None:
    assert [] == packages(tmp_path, {"main.py": "import alpha\ndef (:\n"})


def test_a_requirement_met_is_silent_and_a_note_tells_what_images_lack(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.py": "import numpy\nimport hypothesis\nimport nuclio_sdk, funcs\n",
            "requirements.txt": "-r more.txt\n# x\n--pre\nskops ; python_version<'3'\n",
            "more.txt": "numpy>=1  # any\n-r requirements.txt\ngit+https://x/y\n./local\n",
        },
    )
    check = check_packages(tmp_path, ["main"])

    assert () == check.failures
    (note,) = check.notes
    assert "'hypothesis' is installed here, but an image would lack it" == note.what
    assert note.where.endswith("main.py:2")


def test_what_a_requirement_brings_along_is_not_missing_in_images(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": "import numpy\n", "requirements.txt": "scikit-learn\n"})

    assert () == check_packages(tmp_path, ["main"]).notes


def test_a_requirement_not_installed_has_its_pip_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"main.py": "", "requirements.txt": "surely-not-there[x]>=1.2 ; python_version>'3'\n"},
    )
    (finding,) = check_packages(tmp_path, ["main"]).failures

    assert "'surely-not-there' is not installed" == finding.what
    assert "pip install 'surely-not-there[x]>=1.2'" == finding.fix


def test_without_requirements_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert ([], []) == read_requirements(tmp_path / "requirements.txt")


def test_files_that_hide_what_workers_import_are_named(tmp_path: Path) -> None:
    for name in ("funcs.py", "msgpack/__init__.py", "http/x.py", "test/a.py", "mine.py", "data/x"):
        write(tmp_path, {name: ""})
    whats = [finding.what for finding in check_files(tmp_path, is_graph=False).failures]

    assert [
        "'funcs.py' hides the package 'funcs', which every worker imports",
        "'http' hides Python's own module 'http'",
        "'msgpack' hides the package 'msgpack', which every worker imports",
    ] == whats
