"""What an image holds is told the same wherever it lies, and little is read for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from funcs.packaging.difference import Difference
from funcs.packaging.inspection import Inspection, PackageFound
from funcs_builder.access import Access
from funcs_builder.base import BaseFinder
from funcs_builder.cache import Cache
from funcs_builder.config import RunConfig
from funcs_builder.contents import EngineContents, StoredContents
from funcs_builder.engine import Engine
from funcs_builder.entry import BytesContent, Entry
from funcs_builder.errors import BuildError, EngineError
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64
from funcs_builder.publish.archive import ArchivePublisher
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.publish.layout import LayoutPublisher
from funcs_builder.publish.registry import RegistryPublisher
from funcs_builder.reference import Reference
from funcs_builder.source import Listed
from tests.builder.registries import Proxy
from tests.funcs.packaging.made_image import RUN, function_image

STEPS = ["packages", "model digits.skops", "record", "code"]


def looked(name: str, cache: Cache, *, reads_layers: bool = False) -> Inspection:
    base = BaseFinder(cache, Access.of({})).look(name, LINUX_AMD64)
    return Inspection(name, StoredContents(base, "there"), reads_layers)


def test_the_same_is_told_of_it_wherever_it_lies(
    tmp_path: Path, cache: Cache, registry_host: str, repository_name: str, engine: Engine
) -> None:
    image = function_image(tmp_path, cache)
    here = Reference.parse(f"{repository_name}:v1")
    there = Reference.parse(f"{registry_host}/{repository_name}:v1")
    LayoutPublisher(tmp_path / "layout", here).publish(image)
    ArchivePublisher(tmp_path / "image.tar", here).publish(image)
    RegistryPublisher(there, Access.of({}), cache=cache).publish(image)
    EnginePublisher(engine, here).publish(image)
    fresh = Cache(tmp_path / "fresh")

    found = [looked(str(place), fresh) for place in (f"{tmp_path}/layout", f"{tmp_path}/image.tar")]
    found.append(looked(str(there), fresh))
    found.append(Inspection(here.familiar, EngineContents(engine, here.familiar)))

    for each in found:
        assert image.id == each.contents.image_id
        assert STEPS == [layer.name for layer in each.layers]
        assert [*image.config.diff_ids] == [layer.diff_id for layer in each.layers]
        assert "linux/amd64" == str(each.contents.config.platform)
        assert (PackageFound("libc6", "2.36", "deb"), PackageFound("numpy", "2.1.3", "pypi")) == (
            each.packages
        )
        assert ["digits.skops"] == [model.path for model in each.models]
        assert RUN.entrypoint == each.running.command
        assert [True, True, True] == [need.is_met for need in each.needs]
    assert image.digest == found[0].contents.digest == found[2].contents.digest
    assert 7 == found[3].layers[1].size_bytes


def test_of_a_registry_only_the_record_is_pulled(
    tmp_path: Path, cache: Cache, faulty: Proxy, repository_name: str
) -> None:
    image = function_image(tmp_path, cache)
    name = Reference.parse(f"{faulty.host}/{repository_name}:v1")
    RegistryPublisher(name, Access.of({}), cache=cache).publish(image)
    faulty.seen.clear()

    found = looked(str(name), Cache(tmp_path / "fresh"))
    assert found.packages
    assert found.models
    assert found.build["function"] == "shop"

    pulled = [seen.path.rpartition("/")[2] for seen in faulty.seen if "/blobs/" in seen.path]
    assert [image.id, image.layers[2].facts.digest] == pulled


def test_looking_at_a_tag_does_not_change_what_builds_take_it_for(
    tmp_path: Path, cache: Cache, registry_host: str, repository_name: str
) -> None:
    name = Reference.parse(f"{registry_host}/{repository_name}:v1")
    finder = BaseFinder(cache, Access.of({}))
    first, second = (function_image(tmp_path, cache, code=code) for code in ("1", "2"))
    RegistryPublisher(name, Access.of({}), cache=cache).publish(first)
    pinned = finder.find(str(name), LINUX_AMD64).digest
    RegistryPublisher(name, Access.of({}), cache=cache).publish(second)

    seen = finder.look(str(name), LINUX_AMD64).digest

    assert (first.digest, second.digest) == (pinned, seen)
    assert first.digest == finder.find(str(name), LINUX_AMD64).digest


def foreign(cache: Cache, layers: list[list[Entry]], run: RunConfig | None = None) -> Image:
    plans = tuple(LayerPlan(f"l{at}", Listed(each)) for at, each in enumerate(layers))
    plan = BuildPlan(SCRATCH, plans, run or RunConfig(), LINUX_AMD64)
    return assemble(plan, Base(Image.scratch(LINUX_AMD64)), cache)


SITE = "usr/lib/python3/site-packages"
LAYERS = [
    [
        Entry.text(f"{SITE}/{name}.dist-info/METADATA", "")
        for name in ("numpy-1.26.4", "old_thing-1.0", "kept-3.0")
    ],
    [
        Entry.text(f"{SITE}/.wh.old_thing-1.0.dist-info", ""),
        Entry.text(f"{SITE}/.wh.numpy-1.26.4.dist-info", ""),
        Entry.text(f"{SITE}/numpy-2.1.3.dist-info/METADATA", ""),
    ],
]


def test_of_a_foreign_image_packages_are_those_that_no_layer_took_away(
    tmp_path: Path, cache: Cache
) -> None:
    LayoutPublisher(tmp_path / "layout", Reference.parse("x:1")).publish(foreign(cache, LAYERS))

    asked = looked(f"{tmp_path}/layout", cache, reads_layers=True)
    unasked = looked(f"{tmp_path}/layout", cache)

    assert asked.packages == (
        PackageFound("kept", "3.0", "pypi"),
        PackageFound("numpy", "2.1.3", "pypi"),
    )
    assert unasked.packages is None
    assert not asked.is_ours
    assert () == asked.models


def test_packages_of_a_foreign_image_in_an_engine_are_found_too(
    tmp_path: Path, cache: Cache, engine: Engine, repository_name: str
) -> None:
    name = Reference.parse(f"{repository_name}:v1")
    EnginePublisher(engine, name).publish(foreign(cache, LAYERS[:1]))

    contents = EngineContents(engine, name.familiar)
    found = Inspection(name.familiar, contents, reads_layers=True)

    assert ["kept", "numpy", "old_thing"] == [each.name for each in found.packages or ()]


def test_what_nuclio_needs_and_an_image_lacks_is_told(tmp_path: Path, cache: Cache) -> None:
    LayoutPublisher(tmp_path / "layout", Reference.parse("x:1")).publish(foreign(cache, LAYERS))

    needs = looked(f"{tmp_path}/layout", cache).needs

    assert [False, False, False] == [need.is_met for need in needs]
    assert "the dashboard's process ends" in needs[0].said
    assert "exposes no port" in needs[2].said


def test_secrets_in_the_environment_are_masked(tmp_path: Path, cache: Cache) -> None:
    image = function_image(tmp_path, cache)
    LayoutPublisher(tmp_path / "layout", Reference.parse("x:1")).publish(image)

    told = looked(f"{tmp_path}/layout", cache).to_dict()

    assert {"PATH": "/usr/bin", "API_TOKEN": "•••"} == told["running"]["env"]
    assert "hidden from view" not in str(told)


def test_an_engine_without_the_image_says_so(engine: Engine) -> None:
    found = Inspection("no/such:image", EngineContents(engine, "no/such:image"))

    with pytest.raises(EngineError, match="has no image 'no/such:image'"):
        _ = found.layers


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("build.json", "{", "is no JSON"),
        ("build.json", "[]", "is no JSON object"),
        ("build.json", '{"models": [{"path": 1}]}', "names a model badly"),
        ("build.json", '{"models": ["x"]}', "names a model badly"),
        ("sbom.cdx.json", "[" * 100_000, "is no JSON"),
    ],
)
def test_a_record_that_is_damaged_is_told(
    name: str, text: str, what: str, tmp_path: Path, cache: Cache
) -> None:
    image = foreign(cache, [[Entry.text(f"opt/funcs/{name}", text)]], RUN)
    LayoutPublisher(tmp_path / "layout", Reference.parse("x:1")).publish(image)
    found = looked(f"{tmp_path}/layout", cache)

    with pytest.raises(BuildError, match=what):
        _ = (found.models, found.packages)


def test_a_layer_that_is_no_tar_is_told(tmp_path: Path, cache: Cache) -> None:
    image = foreign(cache, [[Entry("a", BytesContent(b"x"))]], RUN)
    LayoutPublisher(tmp_path / "layout", Reference.parse("x:1")).publish(image)
    blob = tmp_path / "layout" / "blobs" / "sha256" / image.layers[0].facts.digest[7:]
    blob.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(64))

    with pytest.raises(BuildError, match="could not read base 1/1"):
        _ = looked(f"{tmp_path}/layout", cache).sbom


Changed = Callable[[Path, Cache], Image]


@pytest.mark.parametrize(
    ("changed", "layers", "changes"),
    [
        (lambda folder, cache: function_image(folder, cache), [], []),
        (lambda folder, cache: function_image(folder, cache, code="print(2)"), ["code"], []),
        (
            lambda folder, cache: function_image(folder, cache, numpy="2.2.0"),
            ["packages", "record"],
            [("package", "numpy", "2.1.3", "2.2.0")],
        ),
        (
            lambda folder, cache: function_image(
                folder, cache, run=RUN._replace(env={"PATH": "/bin", "API_TOKEN": "other"})
            ),
            [],
            [("variable", "API_TOKEN", "•••", "•••"), ("variable", "PATH", "/usr/bin", "/bin")],
        ),
    ],
    ids=["nothing", "code", "package", "variable"],
)
def test_two_images_differ_in_what_was_changed(
    changed: Changed,
    layers: list[str],
    changes: list[tuple[str, ...]],
    tmp_path: Path,
    cache: Cache,
) -> None:
    LayoutPublisher(tmp_path / "a", Reference.parse("x:1")).publish(function_image(tmp_path, cache))
    LayoutPublisher(tmp_path / "b", Reference.parse("x:1")).publish(changed(tmp_path, cache))

    before, after = (looked(f"{tmp_path}/{name}", cache) for name in "ab")
    found = Difference.of(before, after)

    moved = [each.after.name for each in found.layers if each.kind == "changed" and each.after]
    assert layers == moved
    told = [(each.what, each.name, each.before, each.after) for each in found.changes]
    assert changes == told
    assert found.is_none == (not layers and not changes)
