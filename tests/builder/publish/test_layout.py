from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.errors import BuildError
from funcs_builder.image import ImageIndex
from funcs_builder.platforms import Platform
from funcs_builder.progress import Observer
from funcs_builder.publish.layout import LayoutPublisher
from funcs_builder.publish.publisher import Publisher
from funcs_builder.reference import Reference
from tests.builder.publish.conformance import (
    PublisherCases,
    Seen,
    Told,
    changed_since,
    nonce,
    seen_in_layout,
)
from tests.builder.samples import sample_image

NAME = Reference.parse("shop:v1")


class TestLayout(PublisherCases):
    @pytest.fixture
    def place(self, tmp_path: Path) -> object:
        return tmp_path / "layout"

    def publisher(self, place: object, observer: Observer) -> Publisher:
        return LayoutPublisher(Path(str(place)), NAME, observer=observer)

    def see(self, place: object, folder: Path) -> Seen | None:
        if not Path(str(place), "index.json").exists():
            return None
        return seen_in_layout(f"{place}:v1", folder)


def test_images_of_other_names_stay(tmp_path: Path, cache: Cache) -> None:
    layout = tmp_path / "layout"
    images = [sample_image(tmp_path, cache, code=nonce()) for _ in range(3)]
    for image, name in zip(images, ("shop:v1", "shop:v2", "shop:v1"), strict=True):
        LayoutPublisher(layout, Reference.parse(name)).publish(image)
    found = json.loads((layout / "index.json").read_bytes())["manifests"]

    assert ["v2", "v1"] == [
        each["annotations"]["org.opencontainers.image.ref.name"] for each in found
    ]
    assert images[2].digest == found[1]["digest"]


def test_several_platforms_are_one_index(tmp_path: Path, cache: Cache) -> None:
    images = tuple(
        sample_image(tmp_path, cache, code="x", platform=Platform("linux", architecture))
        for architecture in ("amd64", "arm64")
    )
    layout = tmp_path / "layout"
    published = LayoutPublisher(layout, NAME).publish(ImageIndex(images))
    (root,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    index = json.loads((layout / "blobs" / root["digest"].replace(":", "/")).read_bytes())

    assert ("", root["digest"]) == (published.image_id, published.digest)
    assert ["amd64", "arm64"] == [each["platform"]["architecture"] for each in index["manifests"]]


def test_a_folder_of_other_things_is_refused(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("")

    with pytest.raises(BuildError, match="the folder holds something else") as caught:
        LayoutPublisher(tmp_path / "out", NAME).publish(sample_image(tmp_path, cache))
    assert str(tmp_path / "out") == caught.value.where


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(BuildError, match="could not write the image: Not a directory"):
        LayoutPublisher(tmp_path / "file" / "x", NAME).publish(sample_image(tmp_path, cache))


def test_a_failed_write_leaves_no_part_behind(tmp_path: Path, cache: Cache) -> None:
    broken = changed_since(sample_image(tmp_path, cache), tmp_path / "model.bin")

    with pytest.raises(BuildError):
        LayoutPublisher(tmp_path / "out", NAME, observer=Told()).publish(broken)
    assert [] == list((tmp_path / "out").glob(".*"))


_WRITER = """
import sys
from pathlib import Path
from funcs_builder.cache import Cache
from funcs_builder.publish.layout import LayoutPublisher
from funcs_builder.reference import Reference
from tests.builder.samples import sample_image
folder, name = Path(sys.argv[1]), sys.argv[2]
(folder / name).mkdir()
cache = Cache(folder / "cache")
print("ready", flush=True)
sys.stdin.readline()
with cache.in_use():
    image = sample_image(folder / name, cache)
    LayoutPublisher(folder / "out", Reference.parse(f"shop:{name}")).publish(image)
"""


def test_two_builds_at_once_in_one_cache_and_layout_both_arrive(tmp_path: Path) -> None:
    names = ["v1", "v2", "v3"]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        )
        for name in names
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert "ready\n" == writer.stdout.readline()
    for writer in writers:
        writer.communicate("go\n")
    index = json.loads((tmp_path / "out" / "index.json").read_bytes())

    assert [0, 0, 0] == [writer.returncode for writer in writers]
    assert names == sorted(
        each["annotations"]["org.opencontainers.image.ref.name"] for each in index["manifests"]
    )
