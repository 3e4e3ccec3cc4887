from __future__ import annotations

from pathlib import Path

import pytest

from funcs_builder.access import Access, Retry
from funcs_builder.base import BaseFinder
from funcs_builder.cache import Cache
from funcs_builder.entry import Entry
from funcs_builder.errors import BaseError, BuildError, ImageReferenceError, LayerError
from funcs_builder.image import Base, Image, ImageIndex, assemble
from funcs_builder.plan import BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64, Platform
from funcs_builder.publish.archive import ArchivePublisher
from funcs_builder.publish.layout import LayoutPublisher
from funcs_builder.publish.registry import RegistryPublisher
from funcs_builder.reference import Reference
from funcs_builder.source import Listed
from tests.builder.publish.conformance import Told, nonce, run_skopeo
from tests.builder.registries import Fault, Proxy
from tests.builder.samples import sample_image

ACCESS = Access(retry=Retry(attempts=3, first_s=0.01))
ARM64 = Platform("linux", "arm64")
NAME = Reference.parse("shop:v1")


@pytest.fixture
def fresh(tmp_path: Path) -> Cache:
    """The cache of a machine that has built nothing yet."""
    return Cache(tmp_path / "fresh")


def pushed(host: str, name: str, image: Image | ImageIndex) -> str:
    text = f"{host}/{name}:v1"
    RegistryPublisher(Reference.parse(text), ACCESS).publish(image)
    return text


def whole(image: Image) -> list[bytes]:
    """Every layer's bytes, checked."""
    return [b"".join(blob.chunks()) for blob in image.blobs()]


def on(base: Base, cache: Cache) -> Image:
    code = LayerPlan("code", Listed([Entry.text("opt/code", nonce())]))
    return assemble(BuildPlan("x", (code,)), base, cache)


def test_scratch_has_nothing(cache: Cache) -> None:
    assert () == BaseFinder(cache, ACCESS).find("scratch", LINUX_AMD64).image.layers


def test_a_registrys_image_is_found_and_pulled_when_asked_for(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    name = pushed(faulty.host, repository_name, image)
    faulty.seen.clear()
    told = Told()
    base = BaseFinder(fresh, ACCESS, told).find(name, LINUX_AMD64)
    blobs_before = faulty.count("GET", "/blobs/")

    assert (name, image.digest) == (base.name, base.digest)
    assert 1 == blobs_before  # the config alone
    assert whole(image) == whole(base.image)
    assert 4 == faulty.count("GET", "/blobs/")
    assert {"base 1/3", "base 2/3", "base 3/3"} == set(told.outcomes)


def test_a_base_is_asked_for_once_and_again_when_told_to(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    first = sample_image(tmp_path, cache, code=nonce())
    name = pushed(faulty.host, repository_name, first)
    finder = BaseFinder(fresh, ACCESS)
    finder.find(name, LINUX_AMD64)
    second = sample_image(tmp_path, cache, code=nonce())
    pushed(faulty.host, repository_name, second)
    faulty.seen.clear()

    assert first.digest == finder.find(name, LINUX_AMD64).digest
    assert [] == faulty.seen
    refreshing = finder._replace(refresh=True)
    assert second.digest == refreshing.find(name, LINUX_AMD64).digest
    assert second.digest == finder.find(name, LINUX_AMD64).digest


def test_a_base_that_its_registry_has_forgotten_is_asked_for_again(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    name = pushed(faulty.host, repository_name, image)
    fresh.remember("base", name, {"digest": "sha256:" + "0" * 64})

    assert image.digest == BaseFinder(fresh, ACCESS).find(name, LINUX_AMD64).digest


def test_a_digest_is_what_it_says(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    pushed(faulty.host, repository_name, image)
    name = f"{faulty.host}/{repository_name}@{image.digest}"

    assert image.id == BaseFinder(fresh, ACCESS).find(name, LINUX_AMD64).image.id


def test_the_platform_of_an_index_is_chosen(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    amd64 = sample_image(tmp_path, cache, code="x")
    arm64 = sample_image(tmp_path, cache, code="x", platform=ARM64)
    index = ImageIndex((amd64, arm64))
    name = pushed(faulty.host, repository_name, index)
    base = BaseFinder(fresh, ACCESS).find(name, ARM64)

    assert (arm64.id, index.digest) == (base.image.id, base.digest)
    with pytest.raises(BaseError, match="has no image for linux/s390x") as caught:
        BaseFinder(fresh, ACCESS).find(name, Platform("linux", "s390x"))
    assert "linux/amd64, linux/arm64" in caught.value.fix


def test_layers_of_a_base_are_mounted_in_its_own_registry(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    name = pushed(faulty.host, repository_name, sample_image(tmp_path, cache))
    image = on(BaseFinder(fresh, ACCESS).find(name, LINUX_AMD64), fresh)
    faulty.seen.clear()
    told = Told()
    reference = Reference.parse(f"{faulty.host}/{repository_name}-top:v1")
    RegistryPublisher(reference, ACCESS, observer=told).publish(image)

    assert {"mounted"} == {told.outcomes[f"base {n}/3"] for n in (1, 2, 3)}
    assert 0 == faulty.count("GET", "/blobs/")


def test_a_blob_that_comes_cut_or_damaged_is_asked_for_again(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    name = pushed(faulty.host, repository_name, image)
    told = Told()
    base = BaseFinder(fresh, ACCESS, told).find(name, LINUX_AMD64)
    faulty.faults += [
        Fault("GET", "/blobs/", is_answer_cut=True, after_bytes=50),
        Fault("GET", "/blobs/", is_answer_damaged=True),
    ]

    assert whole(image) == whole(base.image)
    assert image.layers[0].facts.size_bytes == told.bytes["base 1/3"]


def test_a_blob_that_stays_damaged_is_refused_and_not_kept(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    base = BaseFinder(fresh, ACCESS).find(pushed(faulty.host, repository_name, image), LINUX_AMD64)
    faulty.faults.append(Fault("GET", "/blobs/", is_answer_damaged=True, times=9))

    with pytest.raises(LayerError, match="came with digest"):
        whole(base.image)
    assert not fresh.has(image.layers[0].facts.digest)


def test_no_network_and_nothing_cached_names_the_way_out(fresh: Cache) -> None:
    with pytest.raises(BaseError, match="could not get the base 127") as caught:
        BaseFinder(fresh, ACCESS).find("127.0.0.1:9/x", LINUX_AMD64)
    assert "--base scratch" in caught.value.fix


def test_what_is_cached_needs_no_network(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, fresh: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    name = pushed(faulty.host, repository_name, image)
    whole(BaseFinder(fresh, ACCESS).find(name, LINUX_AMD64).image)
    faulty.faults += [Fault(method, "", 503, times=99) for method in ("GET", "HEAD")]

    assert whole(image) == whole(BaseFinder(fresh, ACCESS).find(name, LINUX_AMD64).image)


@pytest.mark.parametrize(
    ("status", "fix"), [(401, "docker login"), (404, "check the name"), (503, "try again later")]
)
def test_a_registry_that_refuses_is_told(
    faulty: Proxy, repository_name: str, fresh: Cache, status: int, fix: str
) -> None:
    faulty.faults.append(Fault("GET", "manifests", status, times=9))

    with pytest.raises(BaseError, match=f"could not get .*: {status}") as caught:
        BaseFinder(fresh, ACCESS).find(f"{faulty.host}/{repository_name}:v1", LINUX_AMD64)
    assert fix in caught.value.fix


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"schemaVersion":1,"fsLayers":[]}'])
def test_what_is_no_manifest_is_told(
    faulty: Proxy, repository_name: str, fresh: Cache, body: bytes
) -> None:
    faulty.faults.append(Fault("GET", "manifests", 200, body=body))

    with pytest.raises(BuildError, match=r"the manifest of .* is no"):
        BaseFinder(fresh, ACCESS).find(f"{faulty.host}/{repository_name}:v1", LINUX_AMD64)


def test_a_manifest_of_any_size_is_not_read(
    faulty: Proxy, repository_name: str, fresh: Cache
) -> None:
    faulty.faults.append(Fault("GET", "manifests", 200, body=bytes(5 << 20)))

    with pytest.raises(BaseError, match="it is larger than 4194304 bytes"):
        BaseFinder(fresh, ACCESS).find(f"{faulty.host}/{repository_name}:v1", LINUX_AMD64)


def test_a_layout_is_a_base(tmp_path: Path, cache: Cache) -> None:
    images = [sample_image(tmp_path, cache, code=nonce()) for _ in range(2)]
    layout = tmp_path / "layout"
    LayoutPublisher(layout, NAME).publish(images[0])
    finder = BaseFinder(cache, ACCESS)

    assert images[0].id == finder.find(str(layout), LINUX_AMD64).image.id
    LayoutPublisher(layout, Reference.parse("shop:v2")).publish(images[1])
    assert images[1].id == finder.find(f"oci:{layout}:v2", LINUX_AMD64).image.id
    assert whole(images[1]) == whole(finder.find(f"{layout}:v2", LINUX_AMD64).image)
    with pytest.raises(BaseError, match="there are 2 images") as caught:
        finder.find(str(layout), LINUX_AMD64)
    assert "v1, v2" in caught.value.fix


@pytest.mark.parametrize("kind", ["ours", "docker", "oci"])
def test_an_archive_is_a_base(tmp_path: Path, cache: Cache, kind: str) -> None:
    image = sample_image(tmp_path, cache)
    path, layout = tmp_path / "shop.tar", tmp_path / "layout"
    LayoutPublisher(layout, NAME).publish(image)
    if kind == "ours":
        ArchivePublisher(path, NAME).publish(image)
    else:
        name = "shop:v1" if kind == "docker" else "v1"
        run_skopeo("copy", f"oci:{layout}:v1", f"{kind}-archive:{path}:{name}")
    base = BaseFinder(cache, ACCESS).find(f"{path}", LINUX_AMD64)
    found = base.image.config

    assert image.config.diff_ids == found.diff_ids
    assert image.config.run["Entrypoint"] == found.run["Entrypoint"]
    assert 3 == len(whole(base.image)) - 1
    assert 4 == len(on(base, cache).layers)


def test_a_damaged_blob_of_a_layout_is_refused(tmp_path: Path, cache: Cache) -> None:
    image = sample_image(tmp_path, cache)
    layout = tmp_path / "layout"
    LayoutPublisher(layout, NAME).publish(image)
    blobs = layout / "blobs" / "sha256"
    manifest = blobs / image.digest.removeprefix("sha256:")
    manifest.write_bytes(manifest.read_bytes() + b" ")

    with pytest.raises(BaseError, match="is damaged"):
        BaseFinder(cache, ACCESS).find(str(layout), LINUX_AMD64)
    manifest.unlink()
    with pytest.raises(BaseError, match="lacks blob"):
        BaseFinder(cache, ACCESS).find(str(layout), LINUX_AMD64)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is no OCI layout"),
        (lambda path: path.write_bytes(b"\x1f\x8b nonsense"), "is no tar"),
        (lambda path: path.write_bytes(bytes(10240)), "holds no image"),
    ],
)
def test_a_path_that_is_no_base_is_told(
    tmp_path: Path, cache: Cache, make: object, message: str
) -> None:
    path = tmp_path / "base"
    make(path)  # type: ignore[operator] # a lambda of the list above

    with pytest.raises(BaseError, match=message) as caught:
        BaseFinder(cache, ACCESS).find(str(path), LINUX_AMD64)
    assert str(path) == caught.value.where


def test_a_name_that_is_none_is_refused(cache: Cache) -> None:
    with pytest.raises(ImageReferenceError):
        BaseFinder(cache, ACCESS).find("Not A Name", LINUX_AMD64)
