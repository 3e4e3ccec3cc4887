"""Which wheels exactly: names, versions and hashes, never where they came from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from funcs_builder.errors import BuildError
from funcs_builder.target import Target

__all__ = ["Lock", "LockedWheel", "normal_name", "sha256_of"]

_SEPARATORS = re.compile(r"[-_.]+")


class LockedWheel(NamedTuple):
    """One wheel: ``name`` as indexes write it, ``file`` without a folder, ``sha256`` in hex."""

    name: str
    version: str
    sha256: str
    file: str
    size_bytes: int

    @classmethod
    def of(cls, path: Path) -> LockedWheel:
        """The wheel at ``path``, read once for its sha256.

        Raises:
            BuildError: its name is not that of a wheel.
        """
        name, version = wheel_name(path.name)
        return cls(name, version, sha256_of(path), path.name, path.stat().st_size)


class Lock(NamedTuple):
    """The wheels of one image, by name; the same inputs give the same ``digest`` anywhere."""

    target: Target
    wheels: tuple[LockedWheel, ...] = ()

    @classmethod
    def of(cls, target: Target, paths: Iterable[Path]) -> Lock:
        """The lock of the wheels at ``paths``.

        Raises:
            BuildError: one is no wheel, or two are of one package.
        """
        wheels = sorted(LockedWheel.of(path) for path in paths)
        for first, second in pairwise(wheels):
            if first.name == second.name:
                what = f"two wheels are there for {first.name!r}: {first.file} and {second.file}"
                raise BuildError(what, fix="ask for one version")
        return cls(target, tuple(wheels))

    @property
    def digest(self) -> str:
        """The sha256 of everything in it, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_requirements(self) -> str:
        """Lines for ``pip --require-hashes``."""
        lines = [f"{w.name}=={w.version} --hash=sha256:{w.sha256}\n" for w in self.wheels]
        return "".join(lines)

    def to_json(self) -> str:
        """The text that `from_json` reads; the same for equal locks."""
        value = {"target": self.target._asdict(), "wheels": [w._asdict() for w in self.wheels]}
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Lock:
        """The lock that `to_json` wrote.

        Raises:
            ValueError: it is no such text.
        """
        try:
            value: dict[str, Any] = json.loads(text)
            wheels = tuple(LockedWheel(**wheel) for wheel in value["wheels"])
            return cls(Target(**value["target"]), wheels)
        except (KeyError, TypeError, BuildError) as error:
            raise ValueError(f"not a lock: {error}") from error


def normal_name(name: str) -> str:
    """A package's name as indexes compare it: ``"Scikit_Learn"`` is ``"scikit-learn"``."""
    return _SEPARATORS.sub("-", name).lower()


def wheel_name(file: str) -> tuple[str, str]:
    """Name and version of a wheel by its file's name.

    Raises:
        BuildError: it is not the name of a wheel.
    """
    stem, dot, suffix = file.rpartition(".")
    parts = stem.split("-")
    if not dot or suffix != "whl" or len(parts) not in (5, 6) or not all(parts):
        fix = "a wheel is named NAME-VERSION-PYTHON-ABI-PLATFORM.whl"
        raise BuildError(f"{file!r} is no wheel", fix=fix)
    return normal_name(parts[0]), parts[1].replace("_", "-")


def sha256_of(path: Path) -> str:
    """The sha256 of the file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
