from __future__ import annotations

import json
import threading
from functools import partial
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.codec import PLAIN
from funcs_builder.config import RunConfig
from funcs_builder.digest import sha256_of
from funcs_builder.entry import Entry, FileContent
from funcs_builder.errors import BuildError, LayerError
from funcs_builder.image import Base, Image, ImageIndex, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64, Platform
from funcs_builder.source import Deferred, Listed
from tests.builder.samples import sample_image, sample_plan

ARM64 = Platform("linux", "arm64")


def scratch(platform: Platform = LINUX_AMD64) -> Base:
    return Base(Image.scratch(platform))


def test_an_image_is_named_by_its_config_and_its_manifest(tmp_path: Path, cache: Cache) -> None:
    image = sample_image(tmp_path, cache)
    config = json.loads(image.config_json)

    assert sha256_of(image.config_json) == image.id
    assert sha256_of(image.manifest_json) == image.digest
    assert [layer.facts.diff_id for layer in image.layers] == config["rootfs"]["diff_ids"]
    assert 3 == len(config["history"])
    assert image.id == json.loads(image.manifest_json)["config"]["digest"]


def test_the_image_id_does_not_depend_on_the_codec(tmp_path: Path, cache: Cache) -> None:
    plan = sample_plan(tmp_path)
    packed, plain = assemble(plan, scratch(), cache), assemble(plan, scratch(), cache, codec=PLAIN)

    assert packed.id == plain.id
    assert packed.digest != plain.digest


def test_only_the_layer_that_changed_is_made_again(tmp_path: Path, cache: Cache) -> None:
    told: list[tuple[str, str]] = []

    class Told:
        def started(self, act: str, name: str, size_bytes: int) -> None: ...
        def advanced(self, act: str, name: str, count_bytes: int) -> None: ...
        def finished(self, act: str, name: str, outcome: str) -> None:
            told.append((name, outcome))

    plan = sample_plan(tmp_path, code="1")
    assemble(plan, scratch(), cache)
    code = LayerPlan("code", Listed([Entry.text("opt/nuclio/main.py", "2")]))
    changed = plan._replace(layers=(*plan.layers[:2], code))
    assemble(changed, scratch(), cache, observer=Told())

    assert [("packages", "present"), ("model digits", "present"), ("code", "done")] == told


def test_layers_are_made_at_once(cache: Cache) -> None:
    """Each is listed only while the other is."""
    meeting = threading.Barrier(2, timeout=30)

    def listing(name: str) -> list[Entry]:
        meeting.wait()
        return [Entry.text(name, name)]

    layers = [LayerPlan(name, Deferred(name, partial(listing, name))) for name in ("one", "two")]
    image = assemble(BuildPlan(SCRATCH, tuple(layers), RunConfig()), scratch(), cache)

    assert 2 == len({layer.facts.digest for layer in image.layers})


def test_a_cached_layer_that_is_damaged_is_refused_once_and_made_again(
    tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    code = image.blobs()[2]
    path = cache.path(code.digest)
    path.write_bytes(path.read_bytes()[::-1])

    with pytest.raises(LayerError, match="code has digest"):
        list(code.chunks())
    assert code.size_bytes == sum(map(len, code.chunks()))


def test_an_image_on_a_base_has_the_bases_layers_below(tmp_path: Path, cache: Cache) -> None:
    base = sample_image(tmp_path, cache, code="base")
    plan = BuildPlan("x", (LayerPlan("top", Listed([Entry.text("a", "1")])),))
    image = assemble(plan, Base(base, "docker.io/library/x:1", base.digest), cache)

    assert base.layers == image.layers[:3]
    assert "docker.io/library/x:1" == image.annotations["org.opencontainers.image.base.name"]
    assert base.digest == image.annotations["org.opencontainers.image.base.digest"]
    assert "/opt/run" == json.loads(image.config_json)["config"]["Entrypoint"][0]


def test_a_base_for_another_platform_is_refused(tmp_path: Path, cache: Cache) -> None:
    with pytest.raises(BuildError, match="the base is for linux/arm64, the image for linux/amd64"):
        assemble(sample_plan(tmp_path), scratch(ARM64), cache)


def test_more_layers_than_engines_take_are_refused(tmp_path: Path, cache: Cache) -> None:
    base = sample_image(tmp_path, cache)
    deep = Base(Image(base.config, base.layers * 42))

    with pytest.raises(BuildError, match=r"too many layers \(126 of the base and 3 of the plan\)"):
        assemble(sample_plan(tmp_path), deep, cache)


def test_a_missing_model_is_named_before_anything_is_made(tmp_path: Path, cache: Cache) -> None:
    model = FileContent(tmp_path / "gone.bin", 5)
    plan = BuildPlan(SCRATCH, (LayerPlan("model", Listed([Entry("m", model)])),))

    with pytest.raises(LayerError, match=r"could not read .*gone\.bin: No such file"):
        assemble(plan, scratch(), cache)


def test_each_blob_is_moved_once(tmp_path: Path, cache: Cache) -> None:
    same = tuple(LayerPlan(name, Listed([Entry.text("a", "1")])) for name in ("one", "two"))
    image = assemble(BuildPlan(SCRATCH, same), scratch(), cache)

    assert 2 == len(image.layers)
    assert ["two", "config"] == [blob.name for blob in image.blobs()]


def test_a_blob_that_changed_since_it_was_named_is_refused(tmp_path: Path, cache: Cache) -> None:
    image = sample_image(tmp_path, cache)
    (tmp_path / "model.bin").write_bytes(bytes(3000))

    with pytest.raises(LayerError, match="model digits has digest"):
        list(image.blobs()[1].chunks())


def test_an_index_has_each_platform_once(tmp_path: Path, cache: Cache) -> None:
    amd64 = sample_image(tmp_path, cache, code="x")
    arm64 = sample_image(tmp_path, cache, code="x", platform=ARM64)
    index = ImageIndex((amd64, arm64))

    assert [amd64.digest, arm64.digest, index.digest] == [
        descriptor.digest for descriptor, _ in index.documents()
    ]
    assert ["code", "config", "config", "model digits", "packages"] == sorted(
        blob.name for blob in index.blobs()
    )
    with pytest.raises(BuildError, match="no index can be made"):
        ImageIndex((amd64, amd64))
