"""The Python packages of an image as layers: few of them, and little in the one that changes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from funcs.errors import FuncsError
from funcs.packaging.bytecode import bytecode_layer, layer_key
from funcs.packaging.foundation import Foundation
from funcs.packaging.own_wheel import DISTRIBUTION, own_wheel, wheel_requirements
from funcs.packaging.source import FunctionSource
from funcs.packaging.workshop import Workshop
from funcs_builder.bytecode import Compiler
from funcs_builder.entry import Entry
from funcs_builder.fingerprint import file_digest
from funcs_builder.grouping import grouped
from funcs_builder.lock import Lock, LockedWheel
from funcs_builder.plan import LayerPlan
from funcs_builder.requirements import Requirements
from funcs_builder.source import Deferred
from funcs_builder.target import Target
from funcs_builder.wheelhouse import Wheelhouse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs_builder.resolver import Resolver
    from funcs_builder.wheels import Wheel

_FORMAT = 1
_FUNCS = re.compile(r"^\s*funcs[-_.]serving\b", re.IGNORECASE | re.MULTILINE)


class Packages:
    """The wheels of an image: those of ``lock``, at ``paths``, and ``own``, which is funcs."""

    def __init__(
        self,
        lock: Lock,
        paths: tuple[Path, ...],
        own: Path,
        own_digest: str,
        foundation: Foundation,
        compiler: Compiler,
    ) -> None:
        self.lock = lock
        self.paths = paths
        self.own = own
        self.own_digest = own_digest
        self.foundation = foundation
        self.compiler = compiler
        self._opened: dict[Path, Wheel] = {}
        self._opening = threading.Lock()

    @classmethod
    def of(
        cls, source: FunctionSource, foundation: Foundation, platform: str, workshop: Workshop
    ) -> Packages:
        """What the function and funcs ask for, resolved for the image and here afterwards.

        Raises:
            BuildError: they cannot be had.
            FuncsError: one is a stranger's funcs.
        """
        target = Target(foundation.python, platform)
        own = own_wheel(workshop.folder("own"))
        lines = (*source.lines, *wheel_requirements(own))
        # who asks for funcs itself gets the one that runs here
        links = (*workshop.find_links, *([own.parent] if _names_funcs(source) else []))
        asked = Requirements(source.files, lines, links, workshop.no_index)
        house = Wheelhouse(workshop.folder("wheels"), partial(_resolver, workshop))
        found = house.lock(asked, target, refresh=workshop.refresh)
        _refuse_stranger(found)
        others = tuple(wheel for wheel in found.wheels if wheel.name != DISTRIBUTION)
        lock = Lock(target, others)
        compiler = Compiler.from_environ(
            workshop.folder("pyc"), foundation.python, workshop.environ
        )
        digest = file_digest(own, workshop.cache)
        return cls(lock, tuple(house.paths(lock)), own, digest, foundation, compiler)

    @property
    def versions(self) -> dict[str, str]:
        """Each package's version."""
        return {wheel.name: wheel.version for wheel in self.lock.wheels}

    def layers(self) -> tuple[LayerPlan, ...]:
        """The large packages alone, the others together, their bytecode, then funcs."""
        by_name = dict(zip(self.lock.wheels, self.paths, strict=True))
        found = []
        for group in grouped(self.lock.wheels):
            paths = tuple(by_name[wheel] for wheel in group.wheels)
            source = Deferred(self._key(group.wheels), partial(self._unpacked, paths))
            found.append(LayerPlan(group.title, source, detail=_detail(group.wheels)))
        if self.paths:
            found += bytecode_layer(
                "bytecode of packages",
                self.compiler,
                self._key(self.lock.wheels),
                partial(self._unpacked, self.paths),
            )
        return (*found, self._own_layer())

    def with_own(self) -> Lock:
        """The lock with funcs in it, for who lists what is there."""
        own = LockedWheel.of(self.own)
        return Lock(self.lock.target, tuple(sorted([*self.lock.wheels, own])))

    def wheels(self) -> list[Wheel]:
        """All of them, opened."""
        return [self._wheel(path) for path in (*self.paths, self.own)]

    def _wheel(self, path: Path) -> Wheel:
        """The one at ``path``, which several layers and the bill of materials are made of."""
        from funcs_builder.wheels import Wheel  # a known layer is not unpacked

        with self._opening:
            if path not in self._opened:
                self._opened[path] = Wheel(path)
            return self._opened[path]

    def _own_layer(self) -> LayerPlan:
        key = f"own {_FORMAT} {self.foundation.scheme} {self.own_digest}"
        name = layer_key(self.compiler, key)
        return LayerPlan("funcs", Deferred(name, partial(self._own_entries, key)))

    def _own_entries(self, key: str) -> Iterable[Entry]:
        entries = self._unpacked((self.own,))
        return [*entries, *self.compiler.compiled(entries, key).entries]

    def _unpacked(self, paths: tuple[Path, ...]) -> list[Entry]:
        from funcs_builder.wheels import unpacked

        return unpacked([self._wheel(path) for path in paths], self.foundation.scheme)

    def _key(self, wheels: Iterable[LockedWheel]) -> str:
        names = " ".join(f"{wheel.file}={wheel.sha256}" for wheel in wheels)
        return f"wheels {_FORMAT} {self.foundation.scheme} {names}"


def _refuse_stranger(lock: Lock) -> None:
    """Refuse the index's package that has our import name: it would lie in the same folder.

    Raises:
        FuncsError: it is among the wheels.
    """
    if any(wheel.name == "funcs" for wheel in lock.wheels):
        fix = f"take it out of requirements.txt; {DISTRIBUTION} is in every image"
        raise FuncsError("the package 'funcs' of the index is a stranger's", fix=fix)


def _resolver(workshop: Workshop) -> Resolver:
    from funcs_builder.resolver import Resolver

    return Resolver.from_environ(workshop.environ)


def _names_funcs(source: FunctionSource) -> bool:
    texts = [*source.lines, *(file.read_text("utf-8", "replace") for file in source.files
                              if file.is_file())]  # fmt: skip
    return any(_FUNCS.search(text) for text in texts)


def _detail(wheels: tuple[LockedWheel, ...]) -> str:
    if len(wheels) == 1:
        return f"{wheels[0].size_bytes / 1e6:.1f} MB as a wheel"
    return ", ".join(wheel.name for wheel in wheels)
