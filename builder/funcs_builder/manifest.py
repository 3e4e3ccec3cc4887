"""Manifests and indexes: what an image consists of, by digest (OCI image-spec, Docker schema 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from funcs_builder.checked import checked
from funcs_builder.digest import canonical_json, is_digest
from funcs_builder.document import Document
from funcs_builder.errors import BaseError, BuildError
from funcs_builder.platforms import Platform

__all__ = ["MANIFEST_TYPES", "Descriptor", "Index", "Manifest"]

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
#: What a registry may answer with, to be sent as ``Accept``.
MANIFEST_TYPES = (OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST)

_DOCKER_TO_OCI = {
    "application/vnd.docker.image.rootfs.diff.tar.gzip": (
        "application/vnd.oci.image.layer.v1.tar+gzip"
    ),
    "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.docker.container.image.v1+json": OCI_CONFIG,
}


@checked
class Descriptor(NamedTuple):
    """A blob by type, digest and size.

    Raises on construction:
        BuildError: the digest is not one we can check.
    """

    media_type: str
    digest: str
    size_bytes: int
    annotations: Mapping[str, str] = MappingProxyType({})
    platform: Platform | None = None

    def check(self) -> None:
        """Refuse a digest that nothing can be checked by."""
        if not is_digest(self.digest):
            raise BuildError(
                f"{self.digest!r} is no sha256 digest, so no blob can be checked by it"
            )

    @classmethod
    def of(cls, document: Document) -> Descriptor:
        """The descriptor in a manifest or index; Docker's media types become OCI's.

        Raises:
            BuildError: it lacks a field.
        """
        media_type = document.text("mediaType", "")
        platform = None
        if document.fields.get("platform") is not None:
            words = document.child("platform")
            platform = Platform(
                words.text("os", ""), words.text("architecture", ""), words.text("variant", "")
            )
        return cls(
            _DOCKER_TO_OCI.get(media_type, media_type),
            document.text("digest"),
            document.number("size"),
            document.texts("annotations"),
            platform,
        )

    def to_dict(self) -> dict[str, object]:
        """As a manifest writes it."""
        found: dict[str, object] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": self.size_bytes,
        }
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        if self.platform:
            found["platform"] = self.platform.to_dict()
        return found


class Manifest(NamedTuple):
    """One image for one platform: its config and its layers, lowest first."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def of(cls, document: Document) -> Manifest:
        """The manifest in a document.

        Raises:
            BuildError: it is not one, or one of Docker's first schema.
        """
        if "config" not in document.fields:
            fix = "push it again with a Docker of this decade"
            raise BuildError(f"{document.what} is no manifest of schema 2", fix=fix)
        return cls(
            Descriptor.of(document.child("config")),
            tuple(map(Descriptor.of, document.children("layers"))),
            document.texts("annotations"),
        )

    def to_json(self) -> bytes:
        """The document; its digest is what a registry calls the image."""
        found: dict[str, object] = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.config.to_dict(),
            "layers": [layer.to_dict() for layer in self.layers],
        }
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        return canonical_json(found)


class Index(NamedTuple):
    """Manifests of one image for several platforms."""

    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def of(cls, document: Document) -> Index:
        """The index in a document.

        Raises:
            BuildError: it is not one.
        """
        return cls(
            tuple(map(Descriptor.of, document.children("manifests"))),
            document.texts("annotations"),
        )

    def choose(self, platform: Platform, what: str) -> Descriptor:
        """The manifest for ``platform``; the only one there is where none says its platform.

        Raises:
            BaseError: there is none; it names those that are there.
        """
        for found in self.manifests:
            if found.platform and platform.accepts(found.platform):
                return found
        if len(self.manifests) == 1 and self.manifests[0].platform is None:
            return self.manifests[0]
        fix = f"use --platform with one of: {', '.join(self._platforms()) or 'none'}"
        raise BaseError(f"{what} has no image for {platform}", fix=fix)

    def to_json(self) -> bytes:
        """The document."""
        found: dict[str, object] = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [manifest.to_dict() for manifest in self.manifests],
        }
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        return canonical_json(found)

    def _platforms(self) -> Sequence[str]:
        """Those that images are for; an attestation says ``unknown/unknown``."""
        found = [str(each.platform) for each in self.manifests if each.platform]
        return sorted(name for name in found if not name.startswith("unknown"))
