"""An image: a config, its layers, and the digests that follow; bytes are made when asked for."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import BinaryIO, NamedTuple

from funcs_builder.cache import Cache
from funcs_builder.codec import GZIP, PLAIN, Codec
from funcs_builder.config import ImageConfig, timestamp
from funcs_builder.digest import chunks_of, sha256_of, verified
from funcs_builder.errors import BuildError, LayerError
from funcs_builder.layer import Layer, PackedLayer
from funcs_builder.manifest import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Descriptor, Index, Manifest
from funcs_builder.plan import BuildPlan
from funcs_builder.platforms import Platform
from funcs_builder.progress import Observer, Quiet
from funcs_builder.reference import Reference

__all__ = ["Base", "Blob", "Image", "ImageIndex", "Product", "assemble"]

ENGINE_LAYERS = 125
_AT_ONCE = 3
_ANNOTATION = "org.opencontainers.image"


class Blob(NamedTuple):
    """Bytes by digest, as a publisher moves them; a `Content` too, so that an archive holds it."""

    name: str
    descriptor: Descriptor
    layer: Layer | None = None
    data: bytes = b""

    @property
    def digest(self) -> str:
        """What names it."""
        return self.descriptor.digest

    @property
    def size_bytes(self) -> int:
        """How long it is."""
        return self.descriptor.size_bytes

    @property
    def origin(self) -> Reference | None:
        """Where a registry has it already; None if it is ours."""
        return self.layer.origin if self.layer else None

    def open(self, start: int = 0) -> BinaryIO:
        """Its bytes from ``start`` on; the caller closes the stream.

        Raises:
            BuildError: they cannot be had.
        """
        return self.layer.open(start) if self.layer else io.BytesIO(self.data[start:])

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, checked.

        Raises:
            BuildError: they cannot be had, or are not those that the digest names.
        """
        with contextlib.closing(self.open()) as stream:
            try:
                yield from verified(chunks_of(stream), self.digest, self.name)
            except LayerError:
                self.forget()
                raise

    def forget(self) -> None:
        """Drop a kept copy of its bytes that was found damaged."""
        if self.layer:
            self.layer.forget()


class Image:
    """One image for one platform."""

    def __init__(
        self,
        config: ImageConfig,
        layers: tuple[Layer, ...],
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        self.config = config
        self.layers = layers
        self.annotations = dict(annotations or {})

    @classmethod
    def scratch(cls, platform: Platform) -> Image:
        """The image without a layer, to build on."""
        return cls(ImageConfig(platform, timestamp(0)), ())

    @cached_property
    def config_json(self) -> bytes:
        """The config document."""
        return self.config.to_json()

    @property
    def id(self) -> str:
        """The config's digest: what engines call the image, whatever its layers are packed by."""
        return sha256_of(self.config_json)

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest."""
        config = Descriptor(OCI_CONFIG, self.id, len(self.config_json))
        return Manifest(config, tuple(map(_descriptor, self.layers)), self.annotations)

    @cached_property
    def manifest_json(self) -> bytes:
        """The manifest document."""
        return self.manifest.to_json()

    @property
    def digest(self) -> str:
        """The manifest's digest: what registries call the image."""
        return sha256_of(self.manifest_json)

    @property
    def images(self) -> tuple[Image, ...]:
        """Itself alone."""
        return (self,)

    @property
    def descriptor(self) -> Descriptor:
        """What an index says of it."""
        size = len(self.manifest_json)
        return Descriptor(OCI_MANIFEST, self.digest, size, platform=self.config.platform)

    def documents(self) -> list[tuple[Descriptor, bytes]]:
        """The manifests to be written, the root last."""
        return [(self.descriptor, self.manifest_json)]

    def blobs(self) -> list[Blob]:
        """Its layers, lowest first and each once, and its config."""
        found = {
            descriptor.digest: Blob(layer.name, descriptor, layer)
            for layer, descriptor in zip(self.layers, self.manifest.layers, strict=True)
        }
        return [*found.values(), Blob("config", self.manifest.config, data=self.config_json)]


class ImageIndex:
    """One image for several platforms.

    Raises on construction:
        BuildError: two are for one platform, or there is none.
    """

    def __init__(
        self, images: tuple[Image, ...], annotations: Mapping[str, str] | None = None
    ) -> None:
        names = [str(image.config.platform) for image in images]
        if not names or len(set(names)) < len(names):
            fix = "give each platform one image"
            raise BuildError(f"no index can be made for platforms {names}", fix=fix)
        self.images = images
        self.annotations = dict(annotations or {})

    @cached_property
    def index_json(self) -> bytes:
        """The index document."""
        descriptors = tuple(image.descriptor for image in self.images)
        return Index(descriptors, self.annotations).to_json()

    @property
    def digest(self) -> str:
        """The index's digest."""
        return sha256_of(self.index_json)

    @property
    def descriptor(self) -> Descriptor:
        """What an OCI layout says of it."""
        return Descriptor(OCI_INDEX, self.digest, len(self.index_json))

    def documents(self) -> list[tuple[Descriptor, bytes]]:
        """The manifests to be written, the index last."""
        found = [pair for image in self.images for pair in image.documents()]
        return [*found, (self.descriptor, self.index_json)]

    def blobs(self) -> list[Blob]:
        """The blobs of all its images, each once."""
        return list({blob.digest: blob for image in self.images for blob in image.blobs()}.values())


Product = Image | ImageIndex


class Base(NamedTuple):
    """An image to build on; ``name`` and ``digest`` are what it was found by, empty if nothing."""

    image: Image
    name: str = ""
    digest: str = ""


def assemble(
    plan: BuildPlan,
    base: Base,
    cache: Cache,
    *,
    codec: Codec = GZIP,
    observer: Observer | None = None,
) -> Image:
    """The image of ``plan`` on ``base``; a layer is made only if its inputs have changed.

    The caller holds ``cache.in_use()`` until the image is published.

    Raises:
        BuildError: a layer cannot be made, or the base is for another platform.
    """
    platform = base.image.config.platform
    if not plan.platform.accepts(platform):
        fix = f"use a base for {plan.platform}, or --platform {platform}"
        raise BuildError(f"the base is for {platform}, the image for {plan.platform}", fix=fix)
    if len(base.image.layers) + len(plan.layers) > ENGINE_LAYERS:
        total = f"{len(base.image.layers)} of the base and {len(plan.layers)} of the plan"
        fix = "use a base of fewer layers"
        raise BuildError(f"too many layers ({total}): engines refuse the image", fix=fix)
    layers = [
        PackedLayer(
            layer.name,
            layer.source,
            codec=codec if layer.is_packed else PLAIN,
            epoch=plan.epoch,
            cache=cache,
            observer=observer,
        )
        for layer in plan.layers
    ]
    _make(layers, observer or Quiet())
    created = timestamp(plan.created)
    config = base.image.config.extended(
        plan.run,
        created=created,
        diff_ids=[layer.facts.diff_id for layer in layers],
        steps=[f"funcs build: {layer.name}" for layer in layers],
    )
    annotations = {f"{_ANNOTATION}.created": created, **plan.annotations}
    for key, value in (("digest", base.digest), ("name", base.name)):
        if value:
            annotations[f"{_ANNOTATION}.base.{key}"] = value
    return Image(config, (*base.image.layers, *layers), annotations)


def _make(layers: list[PackedLayer], observer: Observer) -> None:
    """See to it that each layer's facts are known; several are made at once."""
    unknown = []
    for layer in layers:
        if layer.is_known:
            observer.started("pack", layer.name, layer.facts.size_bytes)
            observer.finished("pack", layer.name, "present")
        else:  # it tells the observer itself
            unknown.append(layer)
    if len(unknown) < 2:
        for layer in unknown:
            _ = layer.facts
        return
    from concurrent.futures import ThreadPoolExecutor  # code alone has changed, most often

    with ThreadPoolExecutor(_AT_ONCE, "pack") as pool:
        jobs = [pool.submit(_facts, layer) for layer in unknown]
        try:
            for job in jobs:
                job.result()
        except BaseException:  # an interrupt too: no thread may go on for minutes
            for layer in unknown:
                layer.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _facts(layer: PackedLayer) -> object:
    return layer.facts


def _descriptor(layer: Layer) -> Descriptor:
    return Descriptor(layer.media_type, layer.facts.digest, layer.facts.size_bytes)
