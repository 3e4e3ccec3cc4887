"""What a build needs from elsewhere, made here: wheels of small packages, and a base image."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from funcs.packaging.workshop import Workshop
from funcs_builder.access import Access
from funcs_builder.cache import Cache
from funcs_builder.config import RunConfig
from funcs_builder.entry import Entry
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64, Platform
from funcs_builder.publish.layout import LayoutPublisher
from funcs_builder.source import Listed

#: What every image installs, in versions that funcs takes.
RUNTIME = {
    "nuclio_sdk": "0.6.0",
    "msgpack": "1.1.0",
    "httptools": "0.7.1",
    "PyYAML": "6.0.2",
    "cronsim": "2.6",
}


def runtime_wheels(folder: Path) -> Path:
    """A folder of wheels with the names of the runtime's, and nothing in them."""
    for name, version in RUNTIME.items():
        fixed_wheel(folder, name, version)
    return folder


def fixed_wheel(folder: Path, name: str, version: str) -> Path:
    """A wheel of one module, the same bytes whenever it is made."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    members = {
        f"{name.lower()}.py": f'"""{name}."""\n',
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    rows = [f"{path},{_digest(text)},{len(text)}\n" for path, text in members.items()]
    members[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for member, text in members.items():
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), text)
    return path


def base_layout(
    folder: Path, python: str = "3.11.9", *, platform: Platform = LINUX_AMD64, path: str = ""
) -> str:
    """An OCI layout that says it has Python, as the official images do; a name for --base."""
    env = {"PYTHON_VERSION": python} if python else {}
    if path:
        env["PATH"] = path
    layer = LayerPlan("base", Listed([Entry.text("etc/base", "a base\n")]))
    plan = BuildPlan(SCRATCH, (layer,), RunConfig(env=env), platform)
    cache = Cache(folder.with_name(f"{folder.name}-cache"))
    image = assemble(plan, Base(Image.scratch(platform)), cache)
    LayoutPublisher(folder).publish(image)
    return str(folder)


def workshop(folder: Path, environ: dict[str, str] | None = None) -> Workshop:
    """One that asks nobody: its wheels are `runtime_wheels`."""
    wheels = runtime_wheels(folder / "wheels")
    given = {"PATH": "/usr/local/bin:/usr/bin:/bin", **(environ or {})}
    cache = Cache(folder / "cache")
    return Workshop(cache, Access(), given, find_links=(wheels,), no_index=True)


def _digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
