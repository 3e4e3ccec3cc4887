from __future__ import annotations

import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs_builder.entry import BytesContent, Entry, FileContent
from funcs_builder.errors import BuildError, LayerError
from funcs_builder.tar import TarStream, arranged, pieces_of, size_of


def written(entries: list[Entry], epoch: int = 0) -> bytes:
    return b"".join(
        chunk for piece in pieces_of(arranged(entries), epoch) for chunk in piece.read_from(0)
    )


def read(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: member for member in archive.getmembers()}


def test_folders_above_a_file_come_first_and_once() -> None:
    data = written([Entry.text("opt/b/x", "1"), Entry.text("opt/a", "2"), Entry.folder("opt/b")])

    assert ["opt", "opt/a", "opt/b", "opt/b/x"] == list(read(data))


def test_a_folder_sorts_with_what_is_in_it() -> None:
    names = ["a/x", "a-b", "a.c", "a/y"]

    assert ["a", "a/x", "a/y", "a-b", "a.c"] == [
        entry.path for entry in arranged([Entry.text(name, "") for name in names])
    ]


def test_a_layer_that_puts_files_in_tmp_keeps_its_mode() -> None:
    members = read(written([Entry.text("tmp/x", ""), Entry.text("root/.x", "")]))

    assert 0o1777 == members["tmp"].mode
    assert 0o700 == members["root"].mode


def test_owner_mode_time_and_target_are_the_entrys() -> None:
    members = read(
        written(
            [
                Entry("a", BytesContent(b"x"), 0o4755, uid=65532, gid=7),
                Entry.link("b", "/elsewhere"),
            ],
            epoch=1_700_000_000,
        )
    )

    assert (0o4755, 65532, 7, 1_700_000_000) == (
        members["a"].mode,
        members["a"].uid,
        members["a"].gid,
        members["a"].mtime,
    )
    assert ("", "") == (members["a"].uname, members["a"].gname)
    assert members["b"].issym()
    assert "/elsewhere" == members["b"].linkname


_NAMES = st.lists(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1),
    min_size=1,
    max_size=8,
).map("/".join)


@given(st.dictionaries(_NAMES, st.binary(max_size=2000), max_size=5), st.integers(0, 2**33))
def test_what_is_written_is_read_back(files: dict[str, bytes], epoch: int) -> None:
    entries: list[Entry] = []
    for path, data in files.items():
        try:
            arranged([*entries, Entry(path, BytesContent(data))])
            entries.append(Entry(path, BytesContent(data)))
        except BuildError:  # a path above another, or one that is none
            continue
    data = written(entries, epoch)
    members = read(data)

    assert size_of(pieces_of(arranged(entries), epoch)) == len(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for entry in arranged(entries):
            assert epoch == members[entry.path].mtime
            stream = archive.extractfile(entry.path)
            if entry.content is not None:
                assert stream is not None
                assert entry.content.open().read() == stream.read()


@pytest.mark.parametrize("length", [99, 100, 101, 154, 155, 156, 255, 256, 257, 1000])
def test_long_names_and_targets_are_read_back(length: int) -> None:
    flat, deep = "f" * length, "/".join(["d" * 50] * (length // 50) + ["x" * 30])
    members = read(written([Entry.text(flat, ""), Entry.text(deep, ""), Entry.link("l", flat)]))

    assert flat in members
    assert deep in members
    assert flat == members["l"].linkname


@dataclass
class Hole:
    """A content of any length, for headers alone."""

    size_bytes: int

    def open(self) -> BinaryIO:
        return io.BytesIO(b"")


def test_a_file_above_8_gib_has_its_size_in_a_pax_header() -> None:
    size = 10 * 1024**3
    pieces = list(pieces_of([Entry("model", Hole(size))], 0))

    assert b" size=10737418240\n" in pieces[0].data
    assert size_of(pieces) == size + len(pieces[0].data) + 1024


def test_two_entries_at_one_path_are_refused() -> None:
    with pytest.raises(LayerError, match="both at 'a/b'"):
        arranged([Entry.text("a/b", "1"), Entry.text("a//b", "2")])


def test_a_file_below_a_file_is_refused() -> None:
    with pytest.raises(LayerError, match="'a/b' lies below 'a'"):
        arranged([Entry.text("a/b", "1"), Entry.text("a", "2")])


def test_a_name_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(LayerError, match=r"name 'caf\\udce9' is not UTF-8"):
        arranged([Entry.text(os.fsdecode(b"caf\xe9"), "")])


@pytest.mark.parametrize("change", [b"longer than before", b"x"])
def test_a_file_that_changed_since_is_refused(tmp_path: Path, change: bytes) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"before")
    entry = Entry("model", FileContent.of(path))
    path.write_bytes(change)

    with pytest.raises(LayerError, match="model is no longer 6 bytes"):
        written([entry])


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"x")
    entry = Entry("opt/model", FileContent.of(path))
    path.unlink()

    with pytest.raises(LayerError, match="could not read opt/model"):
        written([entry])


def test_a_stream_may_start_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(os.urandom(5000))
    entries = arranged([Entry("a/model", FileContent.of(path)), Entry.text("z", "end")])
    whole = TarStream(pieces_of(entries, 0)).read()

    for start in (0, 1, 512, 1024, 3000, len(whole) - 1, len(whole), len(whole) + 9):
        assert whole[start:] == TarStream(pieces_of(entries, 0), start).read()
