from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from funcs.errors import FuncsError
from funcs.packaging.folder import SECRET, TAPE, FolderContents, LeftOut, folder_contents

KEY = "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "shop"
    write(place, "main.py", "handler = None\n")
    return place


def write(folder: Path, path: str, text: str = "") -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def inside(contents: FolderContents) -> list[str]:
    return [entry.path.removeprefix("opt/nuclio/") for entry in contents.entries]


def test_code_goes_to_where_nuclio_has_it(folder: Path) -> None:
    write(folder, "lib/tax.py")

    found = folder_contents(folder)

    assert ["opt/nuclio/lib/tax.py", "opt/nuclio/main.py"] == [e.path for e in found.entries]
    assert () == found.left_out


def test_what_tools_leave_stays_behind_unnamed(folder: Path) -> None:
    for path in (".git/config", "__pycache__/main.pyc", ".funcs/run.json", "tests/test_main.py",
                 "lib/__pycache__/x.pyc", ".venv/bin/python", ".mypy_cache/x"):  # fmt: skip
        write(folder, path)

    assert ["main.py"] == inside(folder_contents(folder))
    assert () == folder_contents(folder).left_out


def test_a_folder_called_tests_inside_a_package_goes_in(folder: Path) -> None:
    write(folder, "lib/tests/cases.py")

    assert "lib/tests/cases.py" in inside(folder_contents(folder))


@pytest.mark.parametrize(
    "path",
    [".env", ".env.production", "prod.env", ".ENV", ".netrc", "id_rsa", "lib/.pypirc", "key.p12",
     "secrets.yaml"],
)  # fmt: skip
def test_secrets_are_left_out_and_named(folder: Path, path: str) -> None:
    write(folder, path, "TOKEN=1")

    found = folder_contents(folder)

    assert ["main.py"] == inside(found)
    assert (path,) == found.secrets


def test_a_folder_of_credentials_is_left_out_and_named(folder: Path) -> None:
    write(folder, ".aws/credentials")

    assert (".aws",) == folder_contents(folder).secrets


@pytest.mark.parametrize(
    ("path", "text"),
    [("server.pem", KEY), ("server.key", KEY), ("gcp.json", '{"private_key": "x"}')],
)
def test_keys_are_known_by_their_bytes(folder: Path, path: str, text: str) -> None:
    write(folder, path, text)

    assert (path,) == folder_contents(folder).secrets


@pytest.mark.parametrize(
    ("path", "text"),
    [("ca.pem", "-----BEGIN CERTIFICATE-----\n"), (".env.example", ""), ("labels.json", "{}"),
     ("keys.py", f"KEY = '{KEY!r}'")],
)  # fmt: skip
def test_what_only_looks_like_a_secret_goes_in(folder: Path, path: str, text: str) -> None:
    write(folder, path, text)

    assert path in inside(folder_contents(folder))


def test_a_secret_that_dockerignore_asks_for_goes_in(folder: Path) -> None:
    write(folder, ".env")
    write(folder, ".dockerignore", "!.env\n")

    assert ".env" in inside(folder_contents(folder))


def test_what_gitignore_names_is_left_out_and_told(folder: Path) -> None:
    write(folder, "data/big.csv")
    write(folder, "data/.gitignore", "*.csv\n")
    write(folder, "notes.txt")
    write(folder, ".gitignore", "/notes.txt\n")

    found = folder_contents(folder)

    assert ["main.py"] == inside(found)
    told = (LeftOut("data/big.csv", "data/.gitignore"), LeftOut("notes.txt", ".gitignore"))
    assert told == found.left_out


def test_dockerignore_has_the_last_word(folder: Path) -> None:
    write(folder, "models/a.bin")
    write(folder, "models/b.bin")
    write(folder, "tests/test_main.py")
    write(folder, ".gitignore", "models/\n")
    write(folder, ".dockerignore", "!models/a.bin\n!tests\n")

    assert ["main.py", "models/a.bin", "tests/test_main.py"] == inside(folder_contents(folder))


def test_dockerignore_starts_at_the_top(folder: Path) -> None:
    write(folder, "lib/a.txt")
    write(folder, "a.txt")
    write(folder, ".dockerignore", "# notes\n*.txt\n")

    assert ["lib/a.txt", "main.py"] == inside(folder_contents(folder))


def test_a_pattern_that_is_none_is_told_with_its_file(folder: Path) -> None:
    write(folder, ".gitignore", "!\n")

    with pytest.raises(FuncsError, match=r"\.gitignore"):
        folder_contents(folder)


def test_what_others_put_in_is_not_put_in_twice(folder: Path) -> None:
    write(folder, "models/a.bin")

    assert ["main.py"] == inside(folder_contents(folder, without=["models/a.bin"]))


def test_a_link_inside_stays_one_and_is_relative(folder: Path) -> None:
    file = write(folder, "models/a.bin")
    (folder / "lib").mkdir()
    (folder / "lib/current").symlink_to(file)

    links = {entry.path: entry.target for entry in folder_contents(folder).entries if entry.target}
    assert {"opt/nuclio/lib/current": "../models/a.bin"} == links


@pytest.mark.parametrize("target", ["/etc/passwd", "..", "../../etc", "lib/../../up"])
def test_a_link_that_leads_out_is_refused(folder: Path, target: str) -> None:
    (folder / "link").symlink_to(target)

    with pytest.raises(FuncsError, match="the link 'link' leads out of the function's folder"):
        folder_contents(folder)


def test_a_link_that_leads_out_may_be_ignored(folder: Path) -> None:
    (folder / "data").symlink_to("/srv")
    write(folder, ".dockerignore", "data\n")

    assert ["main.py"] == inside(folder_contents(folder))


def test_a_secret_behind_a_link_is_left_out(folder: Path, tmp_path: Path) -> None:
    write(tmp_path, "home/.env")
    (folder / ".env").symlink_to(tmp_path / "home/.env")

    assert (".env",) == folder_contents(folder).secrets


def test_a_folder_that_holds_itself_by_a_link_ends(folder: Path) -> None:
    (folder / "again").symlink_to(".")

    assert ["again", "main.py"] == inside(folder_contents(folder))


def test_a_name_that_is_not_utf_8_is_told(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).touch()

    with pytest.raises(FuncsError, match="is not UTF-8"):
        folder_contents(folder)


def test_a_pipe_is_left_out_and_named(folder: Path) -> None:
    os.mkfifo(folder / "pipe")

    assert (LeftOut("pipe", "it is no file"),) == folder_contents(folder).left_out


def test_a_virtual_environment_is_known_by_what_is_in_it(folder: Path) -> None:
    write(folder, "myenv/pyvenv.cfg")

    assert ["main.py"] == inside(folder_contents(folder))


def test_of_the_mode_only_whether_it_may_be_run_counts(folder: Path) -> None:
    write(folder, "run.sh").chmod(0o700)
    (folder / "main.py").chmod(0o600)

    assert [0o644, 0o755] == [entry.mode for entry in folder_contents(folder).entries]


@pytest.fixture
def foreign() -> Iterator[Path]:
    """A folder that any user may read, below no other's."""
    place = Path(tempfile.mkdtemp(prefix="funcs-test-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_an_unreadable_file_is_named(foreign: Path) -> None:
    write(foreign, "main.py").chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        with pytest.raises(FuncsError, match=r"cannot read it: Permission denied") as caught:
            folder_contents(foreign)
    finally:
        if is_root:
            os.seteuid(0)

    assert str(foreign / "main.py") == caught.value.where


def test_a_secret_says_why_it_is_left_out(folder: Path) -> None:
    write(folder, ".env")

    assert (LeftOut(".env", SECRET),) == folder_contents(folder).left_out


def test_a_tape_is_no_part_of_an_image_unless_it_is_asked_for(folder: Path) -> None:
    write(folder, "kept.jsonl", '{"tape":1,"run":"a"}\n')
    write(folder, "tape.jsonl.1", '{"tape":1,"run":"b"}\n')
    write(folder, "data.jsonl", '{"row":1}\n')
    write(folder, ".dockerignore", "!kept.jsonl\n")
    found = folder_contents(folder)

    assert ["data.jsonl", "kept.jsonl", "main.py"] == inside(found)
    assert (LeftOut("tape.jsonl.1", TAPE),) == found.left_out


def test_images_are_no_part_of_an_image(folder: Path) -> None:
    write(folder, "shop.tar", "blobs/\0and so on")
    write(folder, "images/oci-layout", "{}")
    write(folder, ".part-1234", "being written")
    write(folder, "shop.sbom.cdx.json")
    found = folder_contents(folder)

    assert ["main.py"] == inside(found)
    assert {"images", "shop.tar"} == {item.path for item in found.left_out}
