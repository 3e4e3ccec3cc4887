"""What an image holds, as data: layers, packages, models, how it runs, what Nuclio needs of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from funcs.packaging.needs import Need, needs_of
from funcs.packaging.running import Running
from funcs_builder.contents import Contents, LayerFound
from funcs_builder.errors import BuildError

#: The folder of the record that `funcs build` leaves in an image, and that layer's name.
RECORD, RECORD_LAYER = "opt/funcs", "record"
_FUNCTION = "io.funcs.function"
_DIST_INFO = re.compile(r"(?:^|.*/)([^/]+)-([^/-]+)\.dist-info/METADATA")
_PURL = re.compile(r"pkg:(\w+)/")


@dataclass(frozen=True, slots=True)
class PackageFound:
    """A package; ``kind`` is ``pypi`` or ``deb``."""

    name: str
    version: str
    kind: str


@dataclass(frozen=True, slots=True)
class ModelFound:
    """A model by its path below /opt/nuclio; ``elsewhere`` says where it is, if not in there."""

    path: str
    sha256: str
    size_bytes: int
    format: str
    elsewhere: str = ""


@dataclass(frozen=True)
class Inspection:
    """One image, called ``name``, looked into as far as it is asked.

    ``reads_layers`` lets packages of an image without a list of them be looked for in all layers.
    """

    name: str
    contents: Contents
    reads_layers: bool = False

    @property
    def size_bytes(self) -> int:
        """Its layers' sizes as they are kept: packed, or in an engine unpacked."""
        return sum(layer.size_bytes for layer in self.layers)

    @cached_property
    def layers(self) -> Sequence[LayerFound]:
        """Its layers, lowest first."""
        return self.contents.layers

    @cached_property
    def running(self) -> Running:
        """How it runs.

        Raises:
            BuildError: its config is none.
        """
        return Running.of(self.contents.config)

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return self.running.labels

    @property
    def needs(self) -> tuple[Need, ...]:
        """What Nuclio's dashboard needs of it."""
        return needs_of(self.running)

    @property
    def is_ours(self) -> bool:
        """Whether `funcs build` made it."""
        return _FUNCTION in self.labels

    @cached_property
    def sbom(self) -> str:
        """The bill of materials in it, CycloneDX; empty where it has none.

        Raises:
            BuildError: the layer it is in cannot be read.
        """
        return self._record("sbom.cdx.json")

    @cached_property
    def packages(self) -> tuple[PackageFound, ...] | None:
        """Its packages, by its bill of materials or by what is installed; None: not looked for.

        Raises:
            BuildError: a layer cannot be read.
        """
        if self.sbom:
            return tuple(sorted(_components(self.sbom), key=_order))
        if not self.reads_layers:
            return None
        return tuple(sorted(_installed(self.contents.paths()), key=_order))

    @cached_property
    def models(self) -> tuple[ModelFound, ...]:
        """The models that its record names.

        Raises:
            BuildError: the layer it is in cannot be read, or it is damaged.
        """
        found = self.build.get("models")
        return tuple(map(_model, found)) if isinstance(found, list) else ()

    @cached_property
    def build(self) -> Mapping[str, Any]:
        """build.json; empty where there is none.

        Raises:
            BuildError: it is damaged.
        """
        text = self._record("build.json")
        return _object(text, "build.json") if text else {}

    def to_dict(self) -> dict[str, Any]:
        """The inspection for a program."""
        config, packages = self.contents.config, self.packages
        return {
            "name": self.name,
            "place": self.contents.place,
            "digest": self.contents.digest,
            "image_id": self.contents.image_id,
            "platform": str(config.platform),
            "created": config.created,
            "size_bytes": self.size_bytes,
            "layers": [{**asdict(layer), "name": layer.name} for layer in self.layers],
            "packages": None if packages is None else [asdict(found) for found in packages],
            "models": [asdict(model) for model in self.models],
            "running": self.running.to_dict(),
            "labels": dict(self.labels),
            "build": dict(self.build),
            "nuclio": [asdict(need) for need in self.needs],
        }

    def _record(self, name: str) -> str:
        """A file of the record: of the layer that has it, or of any where it is not told."""
        if not self.is_ours:
            return ""
        is_told = any(layer.name == RECORD_LAYER for layer in self.layers)
        data = self.contents.file(f"{RECORD}/{name}", layer=RECORD_LAYER if is_told else "")
        return data.decode("utf-8", "replace") if data else ""


def _order(found: PackageFound) -> tuple[str, str]:
    return found.kind, found.name.lower()


def _components(sbom: str) -> Iterator[PackageFound]:
    listed = _object(sbom, "the bill of materials").get("components")
    for each in listed if isinstance(listed, list) else []:
        purl = _PURL.match(str(each.get("purl", ""))) if isinstance(each, dict) else None
        if purl is not None:
            version = unquote(str(each.get("version", "")))
            yield PackageFound(str(each.get("name", "")), version, purl[1])


def _installed(paths: Iterator[str]) -> Iterator[PackageFound]:
    for path in paths:
        found = _DIST_INFO.fullmatch(path)
        if found is not None:
            yield PackageFound(found[1], found[2], "pypi")


def _model(entry: Any) -> ModelFound:
    try:
        return ModelFound(
            str(entry["path"]),
            str(entry["sha256"]),
            int(entry["size"]),
            str(entry["format"]),
            str(entry.get("elsewhere", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BuildError(f"build.json of the image names a model badly: {entry!r}") from error


def _object(text: str, what: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BuildError(f"{what} of the image is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise BuildError(f"{what} of the image is no JSON object")
    return value
