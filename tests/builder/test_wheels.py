from __future__ import annotations

import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from funcs_builder.entry import Entry
from funcs_builder.errors import BuildError
from funcs_builder.scheme import Scheme
from funcs_builder.wheels import Wheel, unpacked
from tests.builder.made_wheel import digest, made_wheel, with_member

SCHEME = Scheme.under("opt/site", python="usr/bin/python3")


def read(entry: Entry) -> bytes:
    assert entry.content is not None
    with entry.content.open() as stream:
        return stream.read()


def by_path(wheel: Path) -> dict[str, Entry]:
    return {entry.path: entry for entry in Wheel(wheel).entries(SCHEME)}


def test_modules_go_to_site_packages(tmp_path: Path) -> None:
    found = by_path(made_wheel(tmp_path))

    assert b"PRICE = 3\n" == read(found["opt/site/shop.py"])
    assert 0o644 == found["opt/site/shop.py"].mode


def test_what_lies_in_data_goes_where_its_part_goes(tmp_path: Path) -> None:
    files = {
        "shop-1.0.data/purelib/pure.py": b"",
        "shop-1.0.data/platlib/plat.so": b"",
        "shop-1.0.data/headers/shop.h": b"",
        "shop-1.0.data/data/share/shop.txt": b"",
        "shop-1.0.data/scripts/shop.sh": b"#!/bin/sh\n",
    }
    scheme = Scheme.prefix("usr/local", "3.11", python="usr/local/bin/python3")
    found = [entry.path for entry in Wheel(made_wheel(tmp_path, files=files)).entries(scheme)]

    assert [
        "usr/local/bin/shop.sh",
        "usr/local/include/python3.11/shop/shop.h",
        "usr/local/lib/python3.11/site-packages/plat.so",
        "usr/local/lib/python3.11/site-packages/pure.py",
        "usr/local/share/shop.txt",
    ] == [path for path in found if "dist-info" not in path]


def test_a_script_is_run_by_the_image_s_python(tmp_path: Path) -> None:
    files = {"shop-1.0.data/scripts/shop": b"#!python -u\nprint(3)\n"}
    script = by_path(made_wheel(tmp_path, files=files))["opt/site/bin/shop"]

    assert b"#!/usr/bin/python3 -u\nprint(3)\n" == read(script)
    assert 0o755 == script.mode


def test_an_entry_point_becomes_a_command_that_runs(tmp_path: Path) -> None:
    wheel = made_wheel(
        tmp_path,
        files={"shop.py": b"class Till:\n    @staticmethod\n    def main(): return 7\n"},
        entry_points="[console_scripts]\nshop = shop:Till.main [extra]\n[other]\nx = y\n",
    )
    site = tmp_path / "site"
    scheme = Scheme.under("site", python=sys.executable)
    for entry in Wheel(wheel).entries(scheme):
        path = tmp_path / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(read(entry))
        path.chmod(entry.mode)

    done = subprocess.run([site / "bin/shop"], env={"PYTHONPATH": str(site)}, check=False)

    assert 7 == done.returncode


def test_the_record_names_what_was_written_and_where(tmp_path: Path) -> None:
    wheel = made_wheel(tmp_path, entry_points="[console_scripts]\nshop = shop:main\n")
    found = by_path(wheel)
    record = read(found["opt/site/shop-1.0.dist-info/RECORD"]).decode().splitlines()

    rows = dict(line.split(",", 1) for line in record)
    written = {path.removeprefix("opt/site/"): entry for path, entry in found.items()}
    assert written.keys() == rows.keys()
    for name, entry in written.items():
        if not name.endswith("/RECORD"):
            assert f"{digest(read(entry))},{len(read(entry))}" == rows[name]
    assert "," == rows["shop-1.0.dist-info/RECORD"]


def test_a_record_names_scripts_outside_site_packages(tmp_path: Path) -> None:
    wheel = made_wheel(tmp_path, entry_points="[console_scripts]\nshop = shop:main\n")
    scheme = Scheme.prefix("usr/local", "3.11", python="usr/local/bin/python3")
    entries = {entry.path: entry for entry in Wheel(wheel).entries(scheme)}
    site = "usr/local/lib/python3.11/site-packages"

    assert b"\n../../../bin/shop,sha256=" in b"\n" + read(
        entries[f"{site}/shop-1.0.dist-info/RECORD"]
    )


def test_it_says_who_installed_it(tmp_path: Path) -> None:
    installer = by_path(made_wheel(tmp_path))["opt/site/shop-1.0.dist-info/INSTALLER"]

    assert b"funcs\n" == read(installer)


def test_a_file_that_may_be_run_stays_so(tmp_path: Path) -> None:
    member = zipfile.ZipInfo("shop/tool")
    member.external_attr = (stat.S_IFREG | 0o755) << 16
    wheel = with_member(made_wheel(tmp_path), member, b"\x7fELF")

    assert 0o755 == by_path(wheel)["opt/site/shop/tool"].mode


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up.py", "a/../../up.py", "..", "a\\b.py", "./a.py", "a//b.py"]
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    wheel = with_member(made_wheel(tmp_path), zipfile.ZipInfo(name), b"x")

    with pytest.raises(BuildError, match="which leads out of it"):
        Wheel(wheel)


def test_a_data_path_that_leads_out_is_refused(tmp_path: Path) -> None:
    member = zipfile.ZipInfo("shop-1.0.data/scripts/../../../etc/passwd")
    wheel = with_member(made_wheel(tmp_path), member, b"x")

    with pytest.raises(BuildError, match="which leads out of it"):
        Wheel(wheel)


def test_a_link_is_refused(tmp_path: Path) -> None:
    member = zipfile.ZipInfo("shop/link")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(BuildError, match="holds the link 'shop/link'"):
        Wheel(with_member(made_wheel(tmp_path), member, b"/etc/passwd"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    wheel = with_member(made_wheel(tmp_path), zipfile.ZipInfo("shop.py"), b"x")

    with pytest.raises(BuildError, match="two files of one name"):
        Wheel(wheel)


@pytest.mark.parametrize("line", ["shop = os.path", "../../bin/sh = a:b", "x = a:b;c"])
def test_an_entry_point_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    wheel = made_wheel(tmp_path, entry_points=f"[console_scripts]\n{line}\n")

    with pytest.raises(BuildError, match="entry point that is none"):
        Wheel(wheel).entries(SCHEME)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"of the format '2.0'"):
        Wheel(made_wheel(tmp_path, wheel_version="2.0"))


def test_an_unknown_part_of_data_is_refused(tmp_path: Path) -> None:
    wheel = Wheel(made_wheel(tmp_path, files={"shop-1.0.data/etc/passwd": b""}))

    with pytest.raises(BuildError, match="files for 'etc'"):
        wheel.entries(SCHEME)


def test_a_record_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("shop-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("shop-1.0.dist-info/RECORD", "a,b,c\n" + "x" * (1 << 18))

    with pytest.raises(BuildError, match="RECORD that cannot be read"):
        Wheel(path).entries(SCHEME)


def test_half_a_wheel_is_refused(tmp_path: Path) -> None:
    wheel = made_wheel(tmp_path)
    wheel.write_bytes(wheel.read_bytes()[:-30])

    with pytest.raises(BuildError, match="cannot be read"):
        Wheel(wheel)


def test_of_two_wheels_with_one_path_the_later_wins(tmp_path: Path) -> None:
    first = made_wheel(tmp_path, "apple", files={"tests.py": b"1"})
    second = made_wheel(tmp_path, "pear", files={"tests.py": b"2"})
    entries = unpacked([Wheel(first), Wheel(second)], SCHEME)

    paths = [entry.path for entry in entries]
    assert sorted(set(paths)) == paths
    assert b"2" == read(entries[paths.index("opt/site/tests.py")])
