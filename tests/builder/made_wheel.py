"""Small real wheels, as a build backend writes them."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path


def made_wheel(
    folder: Path,
    name: str = "shop",
    version: str = "1.0",
    *,
    files: Mapping[str, bytes] | None = None,
    tag: str = "py3-none-any",
    needs: tuple[str, ...] = (),
    entry_points: str = "",
    wheel_version: str = "1.0",
    metadata: str = "",
) -> Path:
    """A wheel of ``files`` (a module ``name`` if none are given) in ``folder``."""
    info = f"{name}-{version}.dist-info"
    lines = [f"Requires-Dist: {need}" for need in needs]
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    members = dict(files if files is not None else {f"{name}.py": b"PRICE = 3\n"})
    members[f"{info}/METADATA"] = (head + metadata + "\n".join(lines) + "\n").encode()
    members[f"{info}/WHEEL"] = f"Wheel-Version: {wheel_version}\nTag: {tag}\n".encode()
    if entry_points:
        members[f"{info}/entry_points.txt"] = entry_points.encode()
    rows = [f"{path},{digest(data)},{len(data)}\n" for path, data in members.items()]
    members[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    path = folder / f"{name}-{version}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return path


def with_member(wheel: Path, member: zipfile.ZipInfo, data: bytes) -> Path:
    """The wheel with one more member, whatever that is."""
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(member, data)
    return wheel


def digest(data: bytes) -> str:
    """The digest as RECORD has it."""
    raw = hashlib.sha256(data).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
