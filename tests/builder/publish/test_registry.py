from __future__ import annotations

from pathlib import Path

import pytest

from funcs_builder.access import Access, Retry
from funcs_builder.cache import Cache
from funcs_builder.digest import sha256_of
from funcs_builder.errors import AuthError, BuildError, RegistryError
from funcs_builder.image import Image, ImageIndex
from funcs_builder.platforms import Platform
from funcs_builder.progress import Observer
from funcs_builder.publish.publisher import Published, Publisher
from funcs_builder.publish.registry import RegistryPublisher
from funcs_builder.reference import Reference
from funcs_builder.registry import Repository
from funcs_builder.upload import UploadSizes
from tests.builder.publish.conformance import (
    PublisherCases,
    Seen,
    Told,
    changed_since,
    nonce,
    run_skopeo,
    seen_in_layout,
)
from tests.builder.registries import Fault, Proxy
from tests.builder.samples import sample_image

ACCESS = Access(retry=Retry(attempts=4, first_s=0.01))
SMALL_PARTS = UploadSizes(whole_bytes=0, part_bytes=1000)


def push(
    image: Image | ImageIndex,
    host: str,
    name: str,
    *,
    sizes: UploadSizes | None = None,
    cache: Cache | None = None,
    observer: Observer | None = None,
) -> Published:
    reference = Reference.parse(f"{host}/{name}:v1")
    return RegistryPublisher(
        reference, ACCESS, cache=cache, observer=observer, sizes=sizes
    ).publish(image)


def is_there(host: str, name: str) -> bool:
    repository = Repository(host, name, ACCESS)
    try:
        return bool(repository.manifest_digest("v1"))
    finally:
        repository.close()


class TestRegistry(PublisherCases):
    @pytest.fixture
    def place(self, registry_host: str, repository_name: str) -> object:
        return f"{registry_host}/{repository_name}:v1"

    def publisher(self, place: object, observer: Observer) -> Publisher:
        return RegistryPublisher(Reference.parse(str(place)), ACCESS, observer=observer)

    def see(self, place: object, folder: Path) -> Seen | None:
        host, _, name = str(place).removesuffix(":v1").partition("/")
        if not is_there(host, name):
            return None
        source = f"docker://{place}"
        run_skopeo("copy", "--src-tls-verify=false", source, f"oci:{folder}.layout:v1")
        return seen_in_layout(f"{folder}.layout:v1", folder)


def test_a_blob_is_sent_in_parts(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    push(image, faulty.host, repository_name, sizes=SMALL_PARTS)

    assert faulty.count("PATCH") > len(image.blobs())
    assert is_there(faulty.host, repository_name)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize(("method", "path"), [("HEAD", "blobs"), ("POST", "uploads"), ("PUT", "")])
def test_what_passes_is_tried_again(
    faulty: Proxy,
    repository_name: str,
    tmp_path: Path,
    cache: Cache,
    status: int,
    method: str,
    path: str,
) -> None:
    faulty.faults.append(Fault(method, path, status, headers={"Retry-After": "0"}))
    image = sample_image(tmp_path, cache)
    told = Told()
    push(image, faulty.host, repository_name, observer=told)

    assert is_there(faulty.host, repository_name)
    assert {layer.name: layer.facts.size_bytes for layer in image.layers} == {
        layer.name: told.bytes[layer.name] for layer in image.layers
    }


@pytest.mark.parametrize("sizes", [UploadSizes(), UploadSizes(whole_bytes=0, part_bytes=600_000)])
def test_an_upload_that_is_cut_goes_on(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, sizes: UploadSizes
) -> None:
    method = "PUT" if sizes.whole_bytes else "PATCH"
    faulty.faults.append(Fault(method, "uploads", after_bytes=300_000, times=2))
    image = sample_image(tmp_path, cache, model_bytes=2_000_000)
    told = Told()
    push(image, faulty.host, repository_name, sizes=sizes, observer=told)

    assert is_there(faulty.host, repository_name)
    assert image.layers[1].facts.size_bytes == told.bytes["model digits"]


def test_an_upload_that_the_registry_forgot_starts_anew(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    faulty.faults += [
        Fault("PATCH", "uploads", 503),
        Fault("GET", "uploads", 404),
    ]
    push(sample_image(tmp_path, cache), faulty.host, repository_name, sizes=SMALL_PARTS)

    assert is_there(faulty.host, repository_name)


def test_a_yes_that_was_lost_is_found_out(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    faulty.faults.append(Fault("PUT", "uploads", is_answer_cut=True))
    push(sample_image(tmp_path, cache), faulty.host, repository_name, sizes=SMALL_PARTS)

    assert is_there(faulty.host, repository_name)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (403, b'{"errors":[{"code":"DENIED","message":"no"}]}', "403 DENIED no"),
        (404, b'{"errors":[{"code":"NAME_UNKNOWN","message":"x"}]}', "404 NAME_UNKNOWN x"),
        (413, b"<html>too large", "413"),
        (429, b"", "429"),
        (503, b"[]", "503"),
        (401, b"", "401"),
    ],
)
def test_a_refusal_is_told_with_its_status_and_a_fix(
    faulty: Proxy,
    repository_name: str,
    tmp_path: Path,
    cache: Cache,
    status: int,
    body: bytes,
    message: str,
) -> None:
    faulty.faults.append(Fault("POST", "uploads", status, times=99, body=body))

    with pytest.raises(RegistryError, match=rf"could not push .* to 127.*: {message}") as caught:
        push(sample_image(tmp_path, cache), faulty.host, repository_name)
    assert status == caught.value.status
    assert caught.value.fix
    assert isinstance(caught.value, AuthError) == (status == 401)
    assert not is_there(faulty.host, repository_name)


def test_a_registry_that_makes_no_repository_is_understood(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    body = b'{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}'
    faulty.faults.append(Fault("POST", "uploads", 404, times=99, body=body))

    with pytest.raises(RegistryError, match="404 NAME_UNKNOWN no such repository") as caught:
        push(sample_image(tmp_path, cache), faulty.host, repository_name)
    assert "wants it made first" in caught.value.fix


def test_a_refused_manifest_is_told(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    body = b'{"errors":[{"code":"MANIFEST_INVALID","message":"bad"}]}'
    faulty.faults.append(Fault("PUT", "manifests", 400, body=body))

    with pytest.raises(RegistryError, match="400 MANIFEST_INVALID bad"):
        push(sample_image(tmp_path, cache), faulty.host, repository_name)


def test_a_registry_that_is_not_there_is_told(tmp_path: Path, cache: Cache) -> None:
    with pytest.raises(RegistryError, match="could not reach the registry: Connection refused"):
        push(sample_image(tmp_path, cache), "127.0.0.1:9", "x")


def test_a_model_that_changes_meanwhile_is_refused_by_the_registry(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = changed_since(sample_image(tmp_path, cache), tmp_path / "model.bin")

    with pytest.raises(RegistryError, match="DIGEST_INVALID") as caught:
        push(image, faulty.host, repository_name)
    assert "build again" in caught.value.fix


def test_a_cached_layer_that_is_damaged_is_made_again_by_the_next_build(
    registry_host: str, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    path = cache.path(image.layers[0].facts.digest)
    path.write_bytes(path.read_bytes()[::-1])

    with pytest.raises(RegistryError, match="DIGEST_INVALID"):
        push(image, registry_host, repository_name)
    push(sample_image(tmp_path, cache), registry_host, repository_name)
    assert is_there(registry_host, repository_name)


def test_what_another_repository_has_is_mounted(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache, model_bytes=100_000)
    push(image, faulty.host, repository_name, cache=cache)
    before = faulty.sent_bytes()
    told = Told()
    published = push(image, faulty.host, f"{repository_name}-b", cache=cache, observer=told)

    assert len(image.config_json) == published.sent_bytes == faulty.sent_bytes() - before
    assert {"mounted"} == {told.outcomes[layer.name] for layer in image.layers}


def test_what_cannot_be_mounted_any_more_is_sent(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    for layer in image.layers:
        key = f"{faulty.host} {layer.facts.digest}"
        cache.remember("pushed", key, {"repository": "tests/gone"})
    published = push(image, faulty.host, repository_name, cache=cache)

    assert sum(blob.size_bytes for blob in image.blobs()) == published.sent_bytes


def test_an_unchanged_image_is_one_question(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    push(image, faulty.host, repository_name)
    faulty.seen.clear()
    push(image, faulty.host, repository_name)

    assert [("GET", "/v2/"), ("HEAD", f"/v2/{repository_name}/manifests/v1")] == [
        (seen.method, seen.path) for seen in faulty.seen
    ]


def test_several_platforms_are_one_index(
    registry_host: str, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    images = tuple(
        sample_image(tmp_path, cache, code=nonce(), platform=Platform("linux", architecture))
        for architecture in ("amd64", "arm64")
    )
    published = push(ImageIndex(images), registry_host, repository_name)
    name = f"docker://{registry_host}/{repository_name}:v1"
    for image in images:
        architecture = f"--override-arch={image.config.platform.architecture}"
        raw = run_skopeo(architecture, "inspect", "--tls-verify=false", "--config", "--raw", name)

        assert image.id == sha256_of(raw.encode())
    assert published.place.endswith(published.digest)


def test_a_digest_cannot_be_pushed_to() -> None:
    with pytest.raises(BuildError, match="no image can be brought to"):
        RegistryPublisher(Reference.parse("a/b@sha256:" + "0" * 64), ACCESS)


def test_an_interrupted_push_is_not_seen(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    class Interrupting(Told):
        def advanced(self, act: str, name: str, count_bytes: int) -> None:
            if name == "model digits":
                raise KeyboardInterrupt
            super().advanced(act, name, count_bytes)

    with pytest.raises(KeyboardInterrupt):
        push(sample_image(tmp_path, cache), faulty.host, repository_name, observer=Interrupting())
    assert not is_there(faulty.host, repository_name)
    assert [] == list((cache.root / "part").iterdir())
