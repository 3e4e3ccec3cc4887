from __future__ import annotations

import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from funcs_builder.codec import fast_inflation
from funcs_builder.errors import BuildError
from funcs_builder.zip_content import ZipContent

DATA = b"PRICE = 3\n" * 999


def content(folder: Path, method: int = zipfile.ZIP_DEFLATED) -> ZipContent:
    archive = folder / "shop.zip"
    with zipfile.ZipFile(archive, "w", method) as made:
        made.writestr("other.py", b"")
        made.writestr("shop.py", DATA)
        return ZipContent(archive, made.getinfo("shop.py"))


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_file_is_inflated_as_it_is_read(tmp_path: Path, method: int) -> None:
    found = content(tmp_path, method)

    assert len(DATA) == found.size_bytes
    with found.open() as stream:
        assert DATA[:7] == stream.read(7)
        assert DATA[7:] == stream.read()
        assert b"" == stream.read(1)
    with found.open() as again:
        assert DATA == again.read()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_damaged_bytes_are_noticed_when_they_are_read(tmp_path: Path, method: int) -> None:
    found = content(tmp_path, method)
    data = bytearray(found.archive.read_bytes())
    start = data.index(b"shop.py") + len(b"shop.py")
    data[start + 20] ^= 0xFF
    found.archive.write_bytes(data)

    with found.open() as stream, pytest.raises(BuildError, match=r"'shop.py' in 'shop.zip' is dam"):
        stream.read()


def test_an_archive_cut_short_since_is_noticed(tmp_path: Path) -> None:
    found = content(tmp_path)
    found.archive.write_bytes(found.archive.read_bytes()[:40])

    with pytest.raises(BuildError, match="is damaged"):
        found.open()


def test_a_method_that_python_does_not_know_is_told(tmp_path: Path) -> None:
    found = content(tmp_path)
    found.member.compress_type = 99

    with pytest.raises(BuildError, match="is damaged"):
        found.open()


@pytest.mark.parametrize("has_isal", [True, False])
@pytest.mark.parametrize("piece", [1, 7, 4096, 1 << 20])
def test_whichever_library_inflates_all_bytes_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, *, has_isal: bool
) -> None:
    if not has_isal:
        monkeypatch.setitem(sys.modules, "isal", None)
    fast_inflation.cache_clear()
    found = content(tmp_path)
    with found.open() as stream:
        data = b"".join(iter(lambda: stream.read(piece), b""))
    fast_inflation.cache_clear()

    assert DATA == data


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1])
def test_a_size_that_is_not_the_files_is_noticed(tmp_path: Path, size: int) -> None:
    found = content(tmp_path)
    found.member.file_size = size

    with found.open() as stream, pytest.raises(BuildError, match="is damaged"):
        stream.read()


def test_a_member_that_ends_before_its_end_is_noticed(tmp_path: Path) -> None:
    found = content(tmp_path)
    found.member.compress_size -= 3

    with found.open() as stream, pytest.raises(BuildError, match="is damaged"):
        stream.read()


def test_a_file_that_inflates_to_more_than_it_says_is_not_inflated_to_its_end(
    tmp_path: Path,
) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("METADATA", bytes(64 << 20))
        member = made.getinfo("METADATA")
    member.file_size = 100

    tracemalloc.start()
    with ZipContent(archive, member).open() as stream, pytest.raises(BuildError, match="damaged"):
        stream.read()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 4 << 20


def test_an_empty_file_may_have_no_deflate_stream_at_all(tmp_path: Path) -> None:
    found = content(tmp_path)
    found.member.compress_size = found.member.file_size = found.member.CRC = 0

    with found.open() as stream:
        assert b"" == stream.read()
