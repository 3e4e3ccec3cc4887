from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.errors import BuildError
from funcs_builder.progress import Observer
from funcs_builder.publish.archive import ArchivePublisher
from funcs_builder.publish.publisher import Publisher
from funcs_builder.reference import Reference
from tests.builder.publish.conformance import (
    PublisherCases,
    Seen,
    run_skopeo,
    seen_in_layout,
)
from tests.builder.samples import sample_image

NAME = Reference.parse("shop:v1")


class TestArchive(PublisherCases):
    is_incremental = False

    @pytest.fixture
    def place(self, tmp_path: Path) -> object:
        return tmp_path / "out" / "shop.tar"

    def publisher(self, place: object, observer: Observer) -> Publisher:
        return ArchivePublisher(Path(str(place)), NAME, observer=observer)

    def see(self, place: object, folder: Path) -> Seen | None:
        if not Path(str(place)).exists():
            return None
        run_skopeo("copy", f"oci-archive:{place}:v1", f"oci:{folder}.layout:v1")
        return seen_in_layout(f"{folder}.layout:v1", folder)


def test_docker_load_and_oci_readers_see_one_image(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "shop.tar"
    image = sample_image(tmp_path, cache)
    ArchivePublisher(path, NAME).publish(image)
    for kind in ("docker", "oci"):
        name = "shop:v1" if kind == "docker" else "v1"
        config = run_skopeo("inspect", "--config", "--raw", f"{kind}-archive:{path}:{name}")
        diff_ids = json.loads(config)["rootfs"]["diff_ids"]

        assert [layer.facts.diff_id for layer in image.layers] == diff_ids


def test_an_archive_is_the_same_each_time(tmp_path: Path, cache: Cache) -> None:
    image = sample_image(tmp_path, cache)
    for name in ("a.tar", "b.tar"):
        ArchivePublisher(tmp_path / name, NAME).publish(image)

    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_a_failed_write_leaves_no_file(tmp_path: Path, cache: Cache) -> None:
    image = sample_image(tmp_path, cache)
    (tmp_path / "model.bin").unlink()
    out = tmp_path / "out"

    with pytest.raises(BuildError):
        ArchivePublisher(out / "shop.tar", NAME).publish(image)
    assert [] == list(out.iterdir())


def test_an_image_without_a_name_has_none_in_the_archive(tmp_path: Path, cache: Cache) -> None:
    ArchivePublisher(tmp_path / "x.tar").publish(sample_image(tmp_path, cache))
    with tarfile.open(tmp_path / "x.tar") as archive:
        stream = archive.extractfile("manifest.json")
        assert stream is not None
        (found,) = json.loads(stream.read())

    assert [] == found["RepoTags"]
