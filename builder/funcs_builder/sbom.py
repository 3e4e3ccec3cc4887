"""What an image holds, as CycloneDX 1.6 JSON: the same text for the same parts.

The fields and their order of precedence are the specification's
(cyclonedx.org/docs/1.6/json).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Any
from urllib.parse import quote

from funcs_builder.debian import DebianBase, DebianPackage
from funcs_builder.lock import Lock, normal_name
from funcs_builder.target import Target
from funcs_builder.wheels import Wheel

__all__ = ["Component", "debian_components", "sbom", "wheel_components"]

_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_NAMESPACE = uuid.UUID("6f2f6d0c-6c0e-5d0c-9e39-1f6f8d5f4b6a")
#: A licence text pasted into METADATA is no name.
_NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Component:
    """One part of an image. ``ref`` is its package URL; ``needs`` are refs of other parts.

    ``kind`` is CycloneDX's word: ``library``, ``machine-learning-model``, ``file``.
    """

    ref: str
    name: str
    version: str
    sha256: str = ""
    kind: str = "library"
    description: str = ""
    expression: str = ""
    license: str = ""
    website: str = ""
    needs: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The component as CycloneDX has it; what is not known is left out."""
        licenses: list[dict[str, Any]] = []
        if self.expression:
            licenses = [{"expression": self.expression}]
        elif self.license:
            licenses = [{"license": {"name": self.license}}]
        value: dict[str, Any] = {
            "type": self.kind,
            "bom-ref": self.ref,
            "name": self.name,
            "version": self.version,
            "description": self.description,
            "hashes": [{"alg": "SHA-256", "content": self.sha256}] if self.sha256 else [],
            "licenses": licenses,
            "purl": self.ref if self.ref.startswith("pkg:") else "",
            "externalReferences": [{"type": "website", "url": self.website}]
            if self.website
            else [],
        }
        return {key: item for key, item in value.items() if item}


def sbom(
    name: str, components: Iterable[Component], *, version: str = "", created: str = ""
) -> str:
    """The bill of materials of the image ``name``.

    ``created`` is the image's time (``2026-01-02T03:04:05Z``); without one there is no timestamp.
    """
    parts = sorted(components, key=lambda part: part.ref)
    known = {part.ref for part in parts}
    image = {"type": "container", "bom-ref": "image", "name": name, "version": version or "0"}
    depends = [{"ref": "image", "dependsOn": [part.ref for part in parts]}]
    for part in parts:
        needs = sorted(known.intersection(part.needs))
        depends.append({"ref": part.ref, "dependsOn": needs} if needs else {"ref": part.ref})
    body: dict[str, Any] = {
        "metadata": {**({"timestamp": created} if created else {}), "component": image},
        "components": [part.to_dict() for part in parts],
        "dependencies": depends,
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(body, sort_keys=True))
    head = {"$schema": _SCHEMA, "bomFormat": "CycloneDX", "specVersion": "1.6"}
    value = {**head, "serialNumber": f"urn:uuid:{serial}", "version": 1, **body}
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def wheel_components(wheels: Iterable[Wheel], lock: Lock) -> list[Component]:
    """Each wheel, by what its METADATA says; ``lock`` has their hashes and the target.

    Raises:
        BuildError: a wheel's METADATA cannot be read.
    """
    hashes = {locked.name: locked.sha256 for locked in lock.wheels}
    there = {wheel.name: wheel for wheel in wheels}
    refs = {name: _pypi(name, wheel.version) for name, wheel in there.items()}
    found = []
    for name, wheel in sorted(there.items()):
        said = HeaderParser().parsestr(wheel.metadata)
        needs = tuple(refs[need] for need in _needs(said, lock.target) if need in refs)
        found.append(_wheel(wheel, said, hashes.get(name, ""), needs))
    return found


def debian_components(base: DebianBase) -> list[Component]:
    """Each Debian package of a base."""
    return [_debian(package, base) for package in base.packages]


def _wheel(wheel: Wheel, said: Message, sha256: str, needs: tuple[str, ...]) -> Component:
    return Component(
        ref=_pypi(wheel.name, wheel.version),
        name=said.get("Name") or wheel.name,
        version=said.get("Version") or wheel.version,
        sha256=sha256,
        description=_line(said.get("Summary")),
        expression=_line(said.get("License-Expression")),
        license=_license(said),
        website=_website(said),
        needs=needs,
    )


def _debian(package: DebianPackage, base: DebianBase) -> Component:
    version = quote(package.version, safe="")
    query = f"arch={base.architecture}&distro={base.recipe.distribution}"
    ref = f"pkg:deb/debian/{quote(package.name, safe='')}@{version}?{query}"
    return Component(ref, package.name, package.version, package.sha256)


def _license(said: Message) -> str:
    """A licence's name: METADATA's own, else its classifier's."""
    name = (said.get("License") or "").strip()
    if name and len(name) <= _NAME_LENGTH and "\n" not in name and name != "UNKNOWN":
        return name
    classifiers = said.get_all("Classifier") or []
    named = [line.split(" :: ")[-1] for line in classifiers if line.startswith("License :: ")]
    return named[0] if named else ""


def _website(said: Message) -> str:
    urls = [line.partition(",")[2].strip() for line in said.get_all("Project-URL") or []]
    for url in [said.get("Home-page") or "", *urls]:
        if url.startswith(("https://", "http://")) and quote(url, safe="/:?&=#%+,;@~!$'()*") == url:
            return url
    return ""


def _needs(said: Message, target: Target) -> list[str]:
    """The names that it asks for on the target, without extras."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for line in said.get_all("Requires-Dist") or []:
        try:
            asked = Requirement(line)
        except InvalidRequirement:
            continue
        if asked.marker is None or asked.marker.evaluate({**target.markers(), "extra": ""}):
            found.append(normal_name(asked.name))
    return found


def _pypi(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{quote(version, safe='')}"


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
