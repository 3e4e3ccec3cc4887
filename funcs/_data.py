"""Finds the folders shipped as data: ``handlers`` and ``templates``."""

from __future__ import annotations

from pathlib import Path

from funcs.errors import LoadError

_PACKAGE = Path(__file__).parent


def data_folder(name: str) -> Path:
    """The folder ``name`` inside the installed wheel, or beside the package in a checkout."""
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise LoadError(
        f"the data folder {name!r} is missing from this installation",
        where=str(_PACKAGE),
        fix="install funcs-serving again",
    )
