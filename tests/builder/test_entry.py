from __future__ import annotations

from pathlib import Path

import pytest

from funcs_builder.entry import Entry, FileContent
from funcs_builder.errors import BuildError


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../up", "a/../../b", "nul\0"])
def test_a_path_that_leaves_the_image_is_refused(path: str) -> None:
    with pytest.raises(BuildError, match="no path in an image"):
        Entry(path)


def test_a_text_is_a_file_of_utf_8() -> None:
    entry = Entry.text("opt/a.txt", "é")

    assert entry.content is not None
    assert not entry.is_folder
    with entry.content.open() as stream:
        assert "é".encode() == stream.read()


def test_folders_and_links_have_no_content() -> None:
    folder, link = Entry.folder("tmp", 0o1777), Entry.link("usr/bin/python3", "python3.11")

    assert folder.is_folder
    assert not link.is_folder
    assert "python3.11" == link.target


def test_a_file_is_as_large_as_it_is_now(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"abc")

    assert 3 == FileContent.of(path).size_bytes
