"""What is to be built, as data: it can be printed, compared and tested before anything is done.

A `BuildPlan` is all that crosses from those who know functions to those who know images.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from funcs_builder.cache import Cache
from funcs_builder.checked import checked
from funcs_builder.config import RunConfig, timestamp
from funcs_builder.digest import canonical_json, sha256_of
from funcs_builder.errors import BuildError
from funcs_builder.platforms import LINUX_AMD64, Platform
from funcs_builder.reference import Reference
from funcs_builder.source import EntrySource

__all__ = ["SCRATCH", "BuildPlan", "LayerPlan"]

#: The base that has no layer.
SCRATCH = "scratch"
#: Docker's storage takes 127 of them; some room is left to those who build on our images.
MAX_LAYERS = 100
_TIME_END = 253_402_300_800  # the year 10000, which images cannot write


class LayerPlan(NamedTuple):
    """One layer that is wanted: its ``name`` for people and where its entries come from.

    ``is_packed`` is off for what compression does not help: it is then plain tar and never copied.
    ``detail`` says in a few words what is in it: ``7 wheels, 213 MB``.
    """

    name: str
    source: EntrySource
    is_packed: bool = True
    detail: str = ""


@checked
class BuildPlan(NamedTuple):
    """An image that is wanted, for one platform; several platforms are several plans.

    ``base`` is an image's name, a path of an OCI layout or archive, or ``scratch``. ``layers``
    lie on it in order: what changes seldom comes first. ``epoch`` is the time of all files and
    ``created`` the image's, in seconds, UTC. ``notes`` are decisions that a person should see.

    Raises on construction:
        BuildError: a layer's name is taken twice, there are too many layers, or a time is none.
    """

    base: str
    layers: tuple[LayerPlan, ...]
    run: RunConfig = RunConfig()
    platform: Platform = LINUX_AMD64
    target: Reference | None = None
    epoch: int = 0
    created: int = 0
    annotations: Mapping[str, str] = MappingProxyType({})
    notes: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse what no image can be."""
        names = [layer.name for layer in self.layers]
        for name in names:
            if names.count(name) > 1:
                raise BuildError(f"two layers are called {name!r}", fix="give each its own name")
        if len(names) > MAX_LAYERS:
            fix = "put packages together into fewer layers"
            raise BuildError(f"{len(names)} layers, {MAX_LAYERS} at most", fix=fix)
        for time in (self.epoch, self.created):
            if not 0 <= time < _TIME_END:
                fix = "give seconds since 1970, as SOURCE_DATE_EPOCH does"
                raise BuildError(f"{time} is no time that an image can have", fix=fix)
        if not self.base:
            raise BuildError("a plan needs a base", fix=f"name an image, or {SCRATCH!r}")

    def to_dict(self, cache: Cache) -> dict[str, object]:
        """The plan as JSON data; each layer with the key of its inputs.

        Raises:
            LayerError: a file cannot be read.
        """
        return {
            "base": self.base,
            "platform": str(self.platform),
            "target": str(self.target) if self.target else None,
            "created": timestamp(self.created),
            "epoch": self.epoch,
            "config": self.run.to_dict(),
            "annotations": dict(self.annotations),
            "layers": [
                {
                    "name": layer.name,
                    "detail": layer.detail,
                    "packed": layer.is_packed,
                    "inputs": layer.source.key(cache),
                }
                for layer in self.layers
            ],
            "notes": list(self.notes),
        }

    def digest(self, cache: Cache) -> str:
        """What names the plan: equal digests give equal images, if the base is pinned.

        Its target and its notes do not count.
        """
        found = self.to_dict(cache)
        del found["target"], found["notes"]
        return sha256_of(canonical_json(found))

    def to_text(self) -> str:
        """The plan for a person to read."""
        target = self.target.familiar if self.target else "no name"
        rows = [f"image {target} for {self.platform}", f"  base: {self.base}"]
        for layer in self.layers:
            packing = "" if layer.is_packed else " (not compressed)"
            detail = f": {layer.detail}" if layer.detail else ""
            rows.append(f"  layer {layer.name}{detail}{packing}")
        for key, value in self.run.to_dict().items():
            rows.append(f"  {key}: {canonical_json(value).decode()}")
        rows += [f"  created: {timestamp(self.created)}"]
        rows += [f"  note: {note}" for note in self.notes]
        return "\n".join(rows)
