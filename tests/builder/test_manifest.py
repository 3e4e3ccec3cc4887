from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from funcs_builder.digest import sha256_of
from funcs_builder.document import Document
from funcs_builder.errors import BaseError, BuildError
from funcs_builder.manifest import Descriptor, Index, Manifest
from funcs_builder.platforms import LINUX_AMD64, Platform

DIGEST = sha256_of(b"")


def document(fields: Mapping[str, object]) -> Document:
    return Document.of(json.dumps(fields).encode(), "manifest")


def in_index(platform: Platform | None, digest: str = DIGEST) -> Descriptor:
    return Descriptor("application/vnd.oci.image.manifest.v1+json", digest, 1, platform=platform)


def test_a_manifest_is_read_as_it_was_written() -> None:
    layer = Descriptor("application/vnd.oci.image.layer.v1.tar", DIGEST, 5, {"a": "b"})
    manifest = Manifest(Descriptor("application/x", DIGEST, 2), (layer,), {"c": "d"})

    assert manifest == Manifest.of(Document.of(manifest.to_json(), "manifest"))


def test_dockers_media_types_become_ocis() -> None:
    found = Manifest.of(
        document(
            {
                "config": {
                    "mediaType": "application/vnd.docker.container.image.v1+json",
                    "digest": DIGEST,
                    "size": 1,
                },
                "layers": [
                    {
                        "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                        "digest": DIGEST,
                        "size": 1,
                    }
                ],
            }
        )
    )

    assert "application/vnd.oci.image.config.v1+json" == found.config.media_type
    assert "application/vnd.oci.image.layer.v1.tar+gzip" == found.layers[0].media_type


def test_an_index_gives_the_manifest_of_a_platform() -> None:
    arm = sha256_of(b"arm")
    index = Index(
        (
            in_index(Platform("unknown", "unknown"), sha256_of(b"attestation")),
            in_index(LINUX_AMD64),
            in_index(Platform("linux", "arm64", "v8"), arm),
        )
    )

    assert index == Index.of(Document.of(index.to_json(), "index"))
    assert arm == index.choose(Platform.parse("linux/arm64"), "python").digest
    with pytest.raises(BaseError, match="python has no image for linux/s390x") as caught:
        index.choose(Platform("linux", "s390x"), "python")
    assert "use --platform with one of: linux/amd64, linux/arm64/v8" == caught.value.fix


def test_the_only_manifest_of_an_index_need_not_say_its_platform() -> None:
    assert DIGEST == Index((in_index(None),)).choose(LINUX_AMD64, "x").digest


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"schemaVersion": 1, "fsLayers": []}, "no manifest of schema 2"),
        ({"config": {"digest": "md5:1", "size": 1}}, "no sha256 digest"),
        ({"config": {"digest": DIGEST}}, "'size' is not a number"),
        ({"config": {"digest": DIGEST, "size": -1}}, "'size' is not a number"),
        ({"config": {"digest": DIGEST, "size": 1}, "layers": {}}, "'layers' is not a list"),
    ],
)
def test_what_is_no_manifest_is_refused_by_its_field(
    fields: Mapping[str, object], message: str
) -> None:
    with pytest.raises(BuildError, match=message):
        Manifest.of(document(fields))
