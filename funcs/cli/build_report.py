"""What `funcs build` says when it is done, or of what it would do."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from funcs.emulator.text import Paint, duration, size
from funcs.packaging.building import Built
from funcs.packaging.destination import Destination, Kind
from funcs.packaging.packager import PackedFunction
from funcs_builder.cache import Cache

_SHOWN = 12


def plans_text(packed: Sequence[PackedFunction], place: Destination) -> str:
    """The plans for a person: layers, configuration, what stays behind."""
    parts = []
    for each in packed:
        plan = each.plan._replace(target=place.reference)
        lines = [plan.to_text(), f"  inputs: {each.inputs}", *left_out(each)]
        steps = [f"  step: {line}" for line in (*each.before, *each.after)]
        parts.append("\n".join([*lines, *steps]))
    return "\n".join([*parts, f"to {_where(place)}"])


def plans_json(packed: Sequence[PackedFunction], place: Destination, cache: Cache) -> str:
    """The plans for a program."""
    plans = [
        {
            **each.plan._replace(target=place.reference).to_dict(cache),
            "digest": each.inputs,
            "steps": [*each.before, *each.after],
            "leftOut": _left_out(each),
        }
        for each in packed
    ]
    found = {"reference": str(place.reference), "to": _where(place), "plans": plans}
    return json.dumps(found, indent=2, ensure_ascii=False)


def built_json(packed: Sequence[PackedFunction], built: Built, sbom: Sequence[Path]) -> str:
    """What was built, for a program."""
    images = [
        {"platform": str(each.plan.platform), "imageId": image_id, "inputs": each.inputs}
        for each, image_id in zip(packed, built.image_ids, strict=True)
    ]
    found: dict[str, Any] = {
        "function": packed[0].record.source.function.name,
        "reference": built.reference.familiar,
        "place": built.published.place,
        "digest": built.published.digest,
        "images": images,
        "sentBytes": built.published.sent_bytes,
        "sbom": [str(path) for path in sbom],
        "leftOut": _left_out(packed[0]),
        "notes": list(packed[0].plan.notes),
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def built_text(
    packed: Sequence[PackedFunction],
    built: Built,
    place: Destination,
    *,
    took_s: float,
    paint: Paint,
) -> str:
    """What was built, and what to do with it."""
    sent = built.published.sent_bytes
    moved = f", {size(sent)} moved" if sent else ""
    lines = [f"{paint('built', 'bold', 'green')} {built.reference.familiar} in {duration(took_s)}"]
    lines[0] += f", {len(packed[0].plan.layers)} layers{moved}"
    if built.published.digest:
        lines.append(f"  digest  {built.published.digest}")
    for each, image_id in zip(packed, built.image_ids, strict=True):
        lines.append(f"  image   {image_id}  {each.plan.platform}")
    lines.append(f"  place   {_where(place)}")
    notes = [*packed[0].plan.notes, *_one_of_several(built, place)]
    lines += [f"  {paint('note:', 'yellow')} {note}" for note in notes]
    lines += left_out(packed[0])
    return "\n".join([*lines, "", *_next(built, place)])


def left_out(packed: PackedFunction) -> list[str]:
    """A line for each file that stays behind, secrets first."""
    rows = [f"  left out: {item['path']} ({item['reason']})" for item in _left_out(packed)]
    more = len(rows) - _SHOWN
    return rows[:_SHOWN] + ([f"  left out: {more} more (--json names all)"] if more > 0 else [])


def _left_out(packed: PackedFunction) -> list[dict[str, str]]:
    found = packed.record.source.left_out
    secrets = set(packed.record.source.secrets)
    ordered = sorted(found, key=lambda item: (item.path not in secrets, item.path))
    return [{"path": item.path, "reason": item.reason} for item in ordered]


def _one_of_several(built: Built, place: Destination) -> list[str]:
    if place.kind is not Kind.ANY or len(built.image_ids) == 1:
        return []
    return ["the engine has the image of its own platform alone; -r HOST and -o FILE keep them all"]


def _where(place: Destination) -> str:
    if place.kind is Kind.ANY:
        return "the Docker engine"
    if place.kind is Kind.REGISTRY:
        return str(place.reference)
    return _shown(place.path or Path())


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _next(built: Built, place: Destination) -> list[str]:
    name = shlex.quote(built.reference.familiar)
    run = f"  docker run --rm -p 8080:8080 {name}"
    if place.kind is Kind.ARCHIVE:
        return [f"  docker load -i {shlex.quote(_shown(place.path or Path()))}", run]
    if place.kind is Kind.LAYOUT:
        path = shlex.quote(f"oci:{_shown(place.path or Path())}:{built.reference.tag}")
        return [f"  skopeo copy {path} docker://…"]
    return [run]
