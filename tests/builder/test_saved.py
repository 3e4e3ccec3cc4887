from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from funcs_builder.digest import sha256_of
from funcs_builder.entry import Entry
from funcs_builder.errors import BaseError
from funcs_builder.platforms import LINUX_AMD64
from funcs_builder.saved import ArchiveStore
from funcs_builder.tar import TarStream, arranged, pieces_of

LAYER: bytes = TarStream(pieces_of(arranged([Entry.text("a", "1")]), 0)).read() or b""
CONFIG = json.dumps(
    {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"diff_ids": [sha256_of(LAYER), sha256_of(LAYER)]},
    }
).encode()


def saved(path: Path, images: list[dict[str, object]], links: dict[str, str]) -> ArchiveStore:
    """A tar as old engines save it: layers by the id of an image, some of them links."""
    files = {"c.json": CONFIG, "x/layer.tar": LAYER, "manifest.json": json.dumps(images).encode()}
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return ArchiveStore(path)


def listing(*layers: str, tag: str = "shop:v1") -> dict[str, object]:
    return {"Config": "c.json", "RepoTags": [tag], "Layers": list(layers)}


def test_a_layer_that_is_a_link_to_another_is_read(tmp_path: Path) -> None:
    images = [listing("x/layer.tar", "y/layer.tar")]
    store = saved(tmp_path / "x.tar", images, {"y/layer.tar": "../x/layer.tar"})
    _, image = store.image("", LINUX_AMD64)

    assert [LAYER] * 2 == [_bytes(layer) for layer in image.layers]
    assert image.config.diff_ids == tuple(layer.facts.diff_id for layer in image.layers)


def _bytes(layer: object) -> bytes:
    with layer.open() as stream:  # type: ignore[attr-defined] # a layer
        data: bytes = stream.read()
    return data


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "y/layer.tar"])
def test_a_link_that_leads_out_or_in_a_circle_is_not_followed(tmp_path: Path, target: str) -> None:
    images = [listing("x/layer.tar", "y/layer.tar")]
    store = saved(tmp_path / "x.tar", images, {"y/layer.tar": target})

    with pytest.raises(BaseError, match=r"lacks 'y/layer\.tar'"):
        store.image("", LINUX_AMD64)


def test_of_several_images_one_must_be_named(tmp_path: Path) -> None:
    names = ["x/layer.tar", "x/layer.tar"]
    images = [listing(*names), listing(*names, tag="shop:v2")]
    store = saved(tmp_path / "x.tar", images, {})

    assert 2 == len(store.image("v2", LINUX_AMD64)[1].layers)
    with pytest.raises(BaseError, match="the tar has 2 such images") as caught:
        store.image("", LINUX_AMD64)
    assert "shop:v1, shop:v2" in caught.value.fix


def test_an_archive_that_is_cut_is_told(tmp_path: Path) -> None:
    saved(tmp_path / "x.tar", [listing("x/layer.tar")], {})
    os.truncate(tmp_path / "x.tar", 700)

    with pytest.raises(BaseError, match="is no tar"):
        ArchiveStore(tmp_path / "x.tar")
