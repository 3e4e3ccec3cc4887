"""Where the parts of a wheel go in an image."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Scheme"]


class Scheme(NamedTuple):
    """Folders of the image, without a leading slash; ``python`` is what scripts are run by."""

    site: str
    scripts: str
    headers: str
    data: str
    python: str

    @classmethod
    def under(cls, folder: str, *, python: str) -> Scheme:
        """All of it in one folder, as ``pip install --target`` lays it out."""
        return cls(folder, f"{folder}/bin", f"{folder}/include", folder, python)

    @classmethod
    def prefix(cls, folder: str, minor: str, *, python: str) -> Scheme:
        """An installation of Python ``minor`` at ``folder``: ``usr/local``."""
        site, headers = f"lib/python{minor}/site-packages", f"include/python{minor}"
        return cls(f"{folder}/{site}", f"{folder}/bin", f"{folder}/{headers}", folder, python)

    def folder_of(self, part: str) -> str | None:
        """Where a wheel's ``.data/<part>`` goes; None if there is no such part."""
        parts = {"purelib": self.site, "platlib": self.site, "scripts": self.scripts}
        return (parts | {"headers": self.headers, "data": self.data}).get(part)
