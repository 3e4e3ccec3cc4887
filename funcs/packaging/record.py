"""What an image says of itself: /opt/funcs, a folder with what was built and how it is started.

``build.json`` and ``sbom.cdx.json`` are for people and tools; ``processor.yaml`` is what the
processor reads where no platform mounts one.
"""

from __future__ import annotations

import json
from functools import cached_property

import funcs
from funcs.packaging.foundation import Foundation
from funcs.packaging.models import PackedModel
from funcs.packaging.packages import Packages
from funcs.packaging.source import FunctionSource
from funcs.processor.image import PLACE
from funcs_builder.cache import Cache
from funcs_builder.digest import canonical_json, sha256_of
from funcs_builder.entry import Entry
from funcs_builder.plan import LayerPlan
from funcs_builder.source import Deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs_builder.sbom import Component

FOLDER = PLACE.lstrip("/")
SBOM = "sbom.cdx.json"
VERSION = 1
_FORMAT = 1


class ImageRecord:
    """The record of one image; ``platform`` is the image's, ``notes`` what a person was told."""

    def __init__(
        self,
        source: FunctionSource,
        foundation: Foundation,
        packages: Packages,
        platform: str,
        notes: tuple[str, ...],
        cache: Cache,
    ) -> None:
        self.source = source
        self.foundation = foundation
        self.packages = packages
        self.platform = platform
        self.notes = notes
        self.cache = cache

    def layer(self) -> LayerPlan:
        """The layer; what it holds is written only when it must be made."""
        key = sha256_of(canonical_json([_FORMAT, self._sbom_key, self._build, self._processor]))
        return LayerPlan("record", Deferred(f"record {key}", self._entries))

    @cached_property
    def sbom(self) -> str:
        """What the image holds, as CycloneDX."""
        known = self.cache.recall("sbom", self._sbom_key, "digest")
        data = self.cache.read(str(known["digest"])) if known else None
        if data is None:
            data = self._made_sbom().encode()
            digest, _ = self.cache.add([data])
            self.cache.remember("sbom", self._sbom_key, {"digest": digest})
        return data.decode()

    def _entries(self) -> list[Entry]:
        texts = {"build.json": self._build, "processor.yaml": self._processor, SBOM: self.sbom}
        return [Entry.text(f"{FOLDER}/{name}", text) for name, text in sorted(texts.items())]

    @cached_property
    def _build(self) -> str:
        function = self.source.function
        wheels = self.packages.lock.wheels
        value = {
            "version": VERSION,
            "function": function.name,
            "handler": function.handler,
            "graph": function.graph,
            "python": self.foundation.python,
            "platform": self.platform,
            "funcs": funcs.__version__,
            "base": {"name": self.foundation.name, "digest": self.foundation.digest},
            "packages": [
                {"name": wheel.name, "version": wheel.version, "sha256": wheel.sha256}
                for wheel in wheels
            ],
            "models": [_model(model) for model in self.source.models.models],
            "notes": list(self.notes),
        }
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

    @cached_property
    def _processor(self) -> str:
        return self.source.function.processor_yaml(f"python:{self.foundation.python}")

    @property
    def _sbom_key(self) -> str:
        models = [[m.artifact.path, m.artifact.sha256] for m in self.source.models.models]
        base = [self.foundation.name, self.foundation.digest]
        name = [self.source.function.name, self.source.function.version]
        own = self.packages.own_digest
        parts = [_FORMAT, name, base, self.packages.lock.digest, own, models]
        return sha256_of(canonical_json(parts))

    def _made_sbom(self) -> str:
        from funcs_builder import sbom

        found = sbom.wheel_components(self.packages.wheels(), self.packages.with_own())
        if self.foundation.debian is not None:
            found += sbom.debian_components(self.foundation.debian)
        elif self.foundation.name:
            found.append(self._base_component())
        for model in self.source.models.models:
            artifact = model.artifact
            found.append(
                sbom.Component(
                    ref=f"model:{artifact.path}",
                    name=artifact.path,
                    version=artifact.sha256[:12],
                    sha256=artifact.sha256,
                    kind="machine-learning-model",
                )
            )
        function = self.source.function
        return sbom.sbom(function.name, found, version=str(function.version))

    def _base_component(self) -> Component:
        from funcs_builder import sbom

        name, digest = self.foundation.name, self.foundation.digest
        return sbom.Component(ref=f"base:{digest}", name=name, version=digest, kind="container")


def _model(model: PackedModel) -> dict[str, object]:
    artifact = model.artifact
    return {
        "path": artifact.path,
        "sha256": artifact.sha256,
        "size": artifact.size_bytes,
        "format": artifact.format,
        "elsewhere": model.elsewhere,
    }
