from __future__ import annotations

from pathlib import Path

import pytest

from funcs_builder.errors import BuildError
from funcs_builder.requirements import Requirements


def test_the_digest_follows_files_that_a_file_names(tmp_path: Path) -> None:
    file, named = tmp_path / "requirements.txt", tmp_path / "more.txt"
    file.write_text("-r more.txt\n")
    named.write_text("six\n")
    before = Requirements((file,)).digest()
    named.write_text("six<2\n")

    assert before != Requirements((file,)).digest()


def test_the_digest_knows_no_folder(tmp_path: Path) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "requirements.txt").write_text("six\n")
    here, there = (tmp_path / name / "requirements.txt" for name in ("here", "there"))

    assert Requirements((here,)).digest() == Requirements((there,)).digest()


def test_a_new_wheel_in_a_folder_of_wheels_changes_the_digest(tmp_path: Path) -> None:
    asked = Requirements(lines=("six",), find_links=(tmp_path,), no_index=True)
    before = asked.digest()
    (tmp_path / "six-1.0-py3-none-any.whl").touch()

    assert before != asked.digest()


def test_files_that_name_each_other_end(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("-r requirements.txt\nsix\n")

    assert Requirements((file,))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "--index-url https://example.org\n"])
def test_a_file_without_requirements_asks_for_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(text)

    assert not Requirements((file,))


@pytest.mark.parametrize(
    "line", ["-e .", "--editable=./shop", "./", "./shop[all]", "shop/", "shop @ file://{0}/shop"]
)
def test_a_folder_of_source_code_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "shop").mkdir()
    file = tmp_path / "requirements.txt"
    file.write_text(f"{line.format(tmp_path)}\n")

    with pytest.raises(BuildError, match="is source code, and images are made of wheels"):
        Requirements((file,)).refuse_folders()


@pytest.mark.parametrize("line", ["shop", "shop==1.0", "shop[all]>=2", "./a-1-py3-none-any.whl"])
def test_a_package_with_the_name_of_a_folder_is_none(tmp_path: Path, line: str) -> None:
    (tmp_path / "shop").mkdir()
    file = tmp_path / "requirements.txt"
    file.write_text(f"{line}\n")
    Requirements((file,)).refuse_folders()

    assert Requirements((file,))


@pytest.mark.parametrize("text", ["six\n", "-e .\n", "  --editable=./shop\n"])
def test_a_file_with_a_requirement_asks_for_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(text)

    assert Requirements((file,))


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "./wheels/a-1-py3-none-any.whl",
        "../shop",
        "/srv/shop",
        "shop @ file:///srv/shop",
        "a-1-py3-none-any.whl",
    ],
)
def test_what_lies_on_this_machine_is_known_as_such(line: str) -> None:
    assert Requirements(lines=(line,)).is_local


@pytest.mark.parametrize("line", ["six", "six==1.0", "shop[extra]>=2 ; python_version<'4'"])
def test_what_comes_from_an_index_is_not(line: str) -> None:
    assert not Requirements(lines=(line,)).is_local


def test_hashes_over_two_lines_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("six==1.0 \\\n    --hash=sha256:00\n")

    assert Requirements((file,)).is_hashed


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"no file 'requirements.txt'"):
        Requirements((tmp_path / "requirements.txt",)).digest()
