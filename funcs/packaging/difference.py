"""In what two images differ, and why their layers do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from funcs.packaging.inspection import Inspection
from funcs.packaging.running import HIDDEN, is_secret
from funcs_builder.contents import LayerFound

SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"


@dataclass(frozen=True, slots=True)
class LayerChange:
    """What became of a layer, from the first image to the second; one of the two may be missing."""

    kind: str
    before: LayerFound | None
    after: LayerFound | None


@dataclass(frozen=True, slots=True)
class Change:
    """A package, a model, a variable, a label that is not the same: "" is not there."""

    what: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The layers in order, and the changes that explain them."""

    layers: tuple[LayerChange, ...]
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, before: Inspection, after: Inspection) -> Difference:
        """From ``before`` to ``after``.

        Raises:
            BuildError: a layer that tells of them cannot be read.
        """
        return cls(tuple(_layers(before, after)), tuple(_changes(before, after)))

    @property
    def is_none(self) -> bool:
        """Whether they are one and the same to whoever runs them."""
        return not self.changes and all(layer.kind == SAME for layer in self.layers)

    def to_dict(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


def _layers(before: Inspection, after: Inspection) -> Iterator[LayerChange]:
    """Layers are paired by what they are, else by what our builder called them."""
    old = {layer.diff_id: layer for layer in before.layers}
    new = {layer.diff_id for layer in after.layers}
    left = [layer for layer in before.layers if layer.diff_id not in new]
    named = {layer.name: layer for layer in left if layer.name}
    for layer in after.layers:
        if layer.diff_id in old:
            yield LayerChange(SAME, old[layer.diff_id], layer)
            continue
        was = named.pop(layer.name, None)
        if was is not None:
            left.remove(was)
        yield LayerChange(CHANGED if was is not None else ADDED, was, layer)
    for layer in left:
        yield LayerChange(REMOVED, layer, None)


def _changes(before: Inspection, after: Inspection) -> Iterator[Change]:
    first, second = before.running, after.running
    for what, one, other in (
        ("package", _packages(before), _packages(after)),
        ("model", _models(before), _models(after)),
        ("variable", first.env, second.env),
        ("label", first.labels, second.labels),
        ("config", _config(before), _config(after)),
    ):
        for name in sorted(one.keys() | other.keys()):
            was, now = one.get(name, ""), other.get(name, "")
            if was != now:
                is_hidden = what == "variable" and is_secret(name)
                yield Change(what, name, *((HIDDEN, HIDDEN) if is_hidden else (was, now)))


def _packages(of: Inspection) -> Mapping[str, str]:
    return {found.name: found.version for found in of.packages or ()}


def _models(of: Inspection) -> Mapping[str, str]:
    return {model.path: f"sha256 {model.sha256[:12]}" for model in of.models}


def _config(of: Inspection) -> Mapping[str, str]:
    running = of.running
    return {
        "platform": str(of.contents.config.platform),
        "command": " ".join(running.command),
        "user": running.user,
        "folder": running.working_dir,
        "ports": " ".join(running.ports),
        "healthcheck": " ".join(running.healthcheck),
    }
