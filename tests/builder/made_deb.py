"""Small real Debian packages, and recipes of them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from funcs_builder.recipe import Recipe


def made_deb(folder: Path, name: str, files: Mapping[str, str], version: str = "1:1.0-1") -> Path:
    """A package of ``files``, each a text, or a link where it starts with ``->``."""
    tree = folder / f"{name}.tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
        "Maintainer: shop <shop@example.org>\nDescription: goods\n"
    )
    for path, text in files.items():
        file = tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("->"):
            file.symlink_to(text.removeprefix("->"))
        else:
            file.write_text(text)
    deb = folder / f"{name}_{version.replace(':', '%3a')}_amd64.deb"
    line = ["dpkg-deb", "--build", "--root-owner-group", str(tree), str(deb)]
    subprocess.run(line, check=True, capture_output=True)
    return deb


def made_recipe(*packages: str, **other: object) -> Recipe:
    """A recipe of these packages, from a mirror that is not there."""
    values: dict[str, object] = {
        "name": "shop",
        "distribution": "debian-12",
        "suite": "bookworm",
        "python": "3.11",
        "mirror": "http://127.0.0.1:9/debian",
        "security": "http://127.0.0.1:9/security",
        "keyring": __file__,
        "interpreter": "usr/bin/python3",
        "site": "usr/lib/python3/dist-packages",
        "path": "/usr/bin",
        "packages": packages,
        "dropped": (),
        "links": {},
        "folders": {},
        "files": {},
    }
    return Recipe(**{**values, **other})  # type: ignore[arg-type]
